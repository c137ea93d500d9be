"""The catalogue: what the makers state, with its source, and the clinic's own value beside it.

What can only bring dates forward comes at once; what could make one later is proposed.
"""

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.domain.catalogue import load
from tracker.domain.errors import TrackerError
from tracker.domain.own_values import DRUG_VALUES, PUMP_VALUES, Settable
from tracker.domain.proposal import Outcome
from tracker.domain.sourced import MARKS, Entry, Fact
from tracker.models import OwnValue, Proposal
from tracker.services import date_previews, own_values, proposals
from tracker.services.catalogues import newest_values
from tracker.services.own_values import as_values, of_value
from tracker.web.confirm import stepped_up
from tracker.web.fact_words import fact_name, fact_value, kept, shown
from tracker.web.forms import Form
from tracker.web.saving import save

bp = Blueprint("catalogues", __name__)
MOST_PAST = 50  # ours: what one page can hold


@dataclass(frozen=True, slots=True)
class Line:
    """One value: the maker's, and the clinic's own."""

    name: str
    label: str
    fact: Fact | None
    value: str
    own: str
    own_value: OwnValue | None
    is_settable: bool


@bp.get("/catalogue")
def index() -> ResponseReturnValue:
    """Pumps, drugs and alarms."""
    catalogue = load()
    own = {one.subject for one in g.clinic.own_values}
    return render_template("catalogues/index.html", catalogue=catalogue, own=own)


@bp.get("/catalogue/pumps/<model_code>")
def pump(model_code: str) -> ResponseReturnValue:
    """What is known of a pump model."""
    return _page(_subject("pump", model_code), Form())


@bp.get("/catalogue/drugs/<drug_code>")
def drug(drug_code: str) -> ResponseReturnValue:
    """What is known of a drug."""
    return _page(_subject("drug", drug_code), Form())


@bp.get("/catalogue/alarms")
def alarms() -> ResponseReturnValue:
    """What each alarm means, and how soon somebody must answer."""
    entries = [(one, _lines(one, "")) for one in load().alarms.values()]
    return render_template("catalogues/alarms.html", entries=entries, marks=MARKS)


@bp.post("/catalogue/check")
def check() -> ResponseReturnValue:
    """Show which dates would move; nothing is written."""
    form = Form(request.form)
    subject = _subject(*_split(form["subject"]))
    after = _read(form, subject)
    return _page(subject, form, after=after, status=200 if after else 422)


@bp.post("/catalogue/value")
@stepped_up
def update() -> ResponseReturnValue:
    """Change or propose the clinic's own value."""
    form = Form(request.form)
    subject = _subject(*_split(form["subject"]))
    reason = form.text("reason", needed="Say why.", longest=300)
    after, made = _read(form, subject), list[Proposal]()

    def act() -> None:
        assert after is not None
        about = of_value(subject, form["name"])
        made.append(
            proposals.change(
                g.session, g.clinic, about, after, reason=reason, by=g.staff, now=g.now
            )
        )

    if not (form.is_right and after and save(form, act)):
        return _page(subject, form, after=after, status=422)
    if made[0].outcome is Outcome.AT_ONCE:
        flash("The value is in force, and every date is worked out anew.")
        return redirect(_address(subject))
    flash("It is proposed. Nothing has changed yet: a second person has to agree.")
    return redirect(url_for("proposals.show", proposal_id=made[0].id))


def _split(typed: str) -> tuple[str, str]:
    kind, _, code = typed.partition(":")
    return kind, code


def _subject(kind: str, code: str) -> str:
    """What the page is about; what the catalogue doesn't have is not there."""
    subject = f"{kind}:{code}"
    try:
        own_values.entry_at(subject)
    except TrackerError:
        abort(404)
    return subject


def _address(subject: str) -> str:
    kind, code = _split(subject)
    if kind == "pump":
        return url_for("catalogues.pump", model_code=code)
    return url_for("catalogues.drug", drug_code=code)


def _allowed(subject: str) -> dict[str, Settable]:
    if not subject:
        return {}
    return PUMP_VALUES if subject.startswith("pump:") else DRUG_VALUES


def _read(form: Form, subject: str) -> dict[str, object] | None:
    """What was typed as a proposal keeps it; an empty value is the maker's again."""
    name = form.text("name", needed="Choose the value.")
    if name and name not in _allowed(subject):
        form.refuse("name", "Choose one of the list.")
    typed, source = form.number("value"), form.text("source", longest=200)
    if not form.is_right:
        return None
    value = None if typed is None else kept(name, Decimal(typed))
    part = f"{subject}:{name}"
    after = as_values(part, value, source)
    try:
        own_values.check(g.session, g.clinic, part, after)
    except TrackerError as refused:
        form.refuse_error(refused)
        return None
    return after


def _lines(entry: Entry, subject: str) -> list[Line]:
    own, allowed = newest_values(g.clinic, subject), _allowed(subject)
    names = dict.fromkeys((*entry.facts, *allowed))
    lines = []
    for name in names:
        fact, mine = entry.fact(name), own.get(name)
        lines.append(
            Line(
                name,
                fact_name(name),
                fact,
                fact_value(name, fact) if fact else "not known",
                shown(name, mine.value) if mine and mine.value else "",
                mine,
                name in allowed,
            )
        )
    return lines


def _history(subject: str) -> list[Proposal]:
    people = (joinedload(Proposal.proposed_by), joinedload(Proposal.decided_by))
    asked = sa.select(Proposal).where(
        Proposal.clinic_id == g.clinic.id,
        Proposal.subject.in_([of_value(subject, name) for name in _allowed(subject)]),
    )
    newest = asked.order_by(Proposal.id.desc()).limit(MOST_PAST).options(*people)
    return list(g.session.scalars(newest))


def _page(
    subject: str, form: Form, *, after: dict[str, object] | None = None, status: int = 200
) -> ResponseReturnValue:
    foreseen, is_safer = None, False
    if after is not None:
        about = of_value(subject, form["name"])
        before = own_values.read(g.session, g.clinic, f"{subject}:{form['name']}")
        is_safer = own_values.is_safer(g.session, g.clinic, before, after)
        foreseen = date_previews.foresee(g.session, g.clinic, about, after, now=g.now)
    entry = own_values.entry_at(subject)
    page = render_template(
        "catalogues/show.html",
        subject=subject,
        entry=entry,
        lines=_lines(entry, subject),
        names=[(name, fact_name(name)) for name in _allowed(subject)],
        marks=MARKS,
        form=form,
        foreseen=foreseen,
        is_safer=is_safer,
        history=_history(subject),
    )
    return page, status
