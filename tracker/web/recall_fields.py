"""The fields of a field-safety notice, read into its facts and filled in from them."""

import re
from collections.abc import Sequence

from tracker.domain.errors import TrackerError
from tracker.domain.recall import RecallClass, RecallFacts, Scope, Span
from tracker.models import PumpModel
from tracker.web.forms import Form

APART = re.compile(r"[,;\n]+")  # not a blank: some print their numbers in groups


def read_facts(form: Form, models: Sequence[PumpModel]) -> RecallFacts | None:
    """What was typed; None where something is missing or wrong, said beside its field."""
    authority = form.text("authority", needed="Say who issued it.", longest=120)
    reference = form.text("reference", needed="Give its number or date.", longest=120)
    title = form.text("title", needed="Say in a few words what it is about.", longest=200)
    klass = form.choice("klass", RecallClass, needed="Choose its class.")
    action = form.text("action", needed="Say what is to be done for each pump.")
    letter, source = form.text("letter"), form.text("source", longest=300)
    chosen = tuple(one.code for one in models if form.flag(f"model_{one.code}"))
    if not chosen:
        form.refuse("models", "Choose the models that it is about.")
    issued_on, scope = form.day("issued_on"), _scope(form)
    if not form.is_right or klass is None or scope is None:
        return None
    return RecallFacts(
        authority=authority,
        reference=reference,
        title=title,
        issued_on=issued_on,
        klass=klass,
        models=chosen,
        scope=scope,
        action=action,
        letter=letter,
        source=source,
    )


def _scope(form: Form) -> Scope | None:
    listed = [one.strip() for one in APART.split(form["serials"]) if one.strip()]
    made, implanted = _span(form, "made"), _span(form, "implanted")
    if made is None or implanted is None:
        return None
    first = form.text("first_serial", longest=60)
    last = form.text("last_serial", longest=60)
    try:
        return Scope(first, last, tuple(listed), made, implanted)
    except TrackerError as refused:
        form.refuse_error(refused)
        return None


def _span(form: Form, name: str) -> Span | None:
    first, last = form.day(f"{name}_from_on"), form.day(f"{name}_until_on")
    try:
        return Span(first, last)
    except TrackerError as refused:
        form.refuse(f"{name}_until_on", refused.message)
        return None


def put_facts(form: Form, facts: RecallFacts) -> None:
    """Fill the form in, for somebody to read it against the notice itself."""
    for name, value in facts.as_columns().items():
        form.put(name, value)
    form.put("serials", ", ".join(facts.scope.serials))
    for code in facts.models:
        form.put(f"model_{code}", "yes")
