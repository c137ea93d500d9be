"""The fields of a ladder: a row for each step, read from and put into a form."""

from collections.abc import Iterator
from datetime import timedelta

from tracker.domain.errors import SilentPolicy
from tracker.domain.escalation import Anchor, Ladder, Level, Step, Target
from tracker.domain.message import Channel
from tracker.web.forms import Form, rows_typed
from tracker.web.policy_words import UNITS, span_words

MOST_STEPS = 30  # ours: more rungs than anybody can keep in view
UNIT_OPTIONS = [(one, one) for one in UNITS]
PLACES = [("before", "before"), ("after", "after")]
WAYS = [
    ("email", "e-mail"),
    ("email sms", "e-mail, then SMS"),
    ("sms email", "SMS, then e-mail"),
    ("sms", "SMS"),
]
FURTHEST = 2_000_000  # minutes; the rules say what is too far
LONG = 7  # digits, which no time of a step has
SPANS = ("a", "b")  # a step counts from at most two dates here


def rows(form: Form) -> range:
    """The steps that the form shows."""
    return range(len(list(rows_typed(form, "steps", least=1, most=MOST_STEPS))))


def put_ladder(form: Form, ladder: Ladder) -> None:
    """Fill a stored ladder in."""
    form.put("steps_rows", len(ladder.steps))
    for row, step in enumerate(ladder.steps):
        _put_step(form, f"steps-{row}-", step)


def _put_step(form: Form, stem: str, step: Step) -> None:
    for name in ("name", "template"):
        form.put(stem + name, getattr(step, name))
    form.put(stem + "level", step.level.value)
    for letter, (anchor, offset) in zip(SPANS, step.offsets, strict=False):
        _put_span(form, f"{stem}{letter}_", abs(offset))
        form.put(f"{stem}{letter}_place", "before" if offset < timedelta() else "after")
        form.put(f"{stem}{letter}_anchor", anchor.value)
    if step.repeat is not None:
        _put_span(form, f"{stem}repeat_", step.repeat)
    form.put(stem + "by", " ".join(step.channels))
    for name in (*(f"to_{one.value}" for one in step.targets),
                 *(f"person_{one}" for one in step.people)):  # fmt: skip
        form.put(stem + name, "yes")
    form.put(stem + "keeps_quiet", "yes" if step.keeps_quiet_hours else "")


def _put_span(form: Form, stem: str, span: timedelta) -> None:
    unit = next(one for one in ("days", "hours", "minutes") if not span % UNITS[one])
    form.put(stem + "amount", span // UNITS[unit])
    form.put(stem + "unit", unit)


def in_days(form: Form, stem: str) -> str:
    """Hours of several days in words, as nobody counts in them; empty for other times."""
    amount = form[stem + "amount"]
    if form[stem + "unit"] != "hours" or not (amount.isdecimal() and len(amount) < LONG):
        return ""
    span = int(amount) * UNITS["hours"]
    return span_words(span) if span > timedelta(days=2) else ""


def read_ladder(form: Form, people: list[int]) -> Ladder | None:
    """The ladder that was typed; None where something can't be read. The rules come later."""
    steps = [_read_step(form, row, people) for row in rows(form)]
    found = tuple(one for one in steps if one is not None)
    return Ladder(found) if form.is_right else None


def _read_step(form: Form, row: int, people: list[int]) -> Step | None:
    stem = f"steps-{row}-"
    name = form.text(stem + "name", needed="Give the step a name.", longest=120)
    level = form.choice(stem + "level", Level, needed="Choose how loud it is.")
    template = form.text(stem + "template", needed="Choose what it says.", longest=40)
    offsets = tuple(_offsets(form, stem))
    repeat = _span(form, f"{stem}repeat_")
    by = form.text(stem + "by", needed="Choose by which way.")
    if by and by not in dict(WAYS):
        form.refuse(stem + "by", "Choose one of the list.")
    if level is None or not form.is_right:
        return None
    return Step(
        ordinal=row + 1,
        name=name,
        offsets=offsets,
        targets=tuple(one for one in Target if form.flag(f"{stem}to_{one.value}")),
        level=level,
        template=template,
        repeat=repeat,
        keeps_quiet_hours=form.flag(stem + "keeps_quiet"),
        channels=tuple(Channel(one) for one in by.split()),
        people=tuple(one for one in people if form.flag(f"{stem}person_{one}")),
    )


def _offsets(form: Form, stem: str) -> Iterator[tuple[Anchor, timedelta]]:
    for letter in SPANS:
        part = f"{stem}{letter}_"
        is_first = letter == SPANS[0]
        if not is_first and not form[part + "amount"].strip():
            continue
        span = _span(form, part, needed="Say how long before or after.")
        anchor = form.choice(part + "anchor", Anchor, needed="Choose the date it counts from.")
        if span is not None and anchor is not None:
            yield anchor, -span if form[part + "place"] == "before" else span


def _span(form: Form, stem: str, *, needed: str = "") -> timedelta | None:
    if not form.text(stem + "amount", needed=needed):
        return None
    amount = form.whole(stem + "amount", highest=FURTHEST)
    unit = UNITS.get(form[stem + "unit"])
    if unit is None:
        form.refuse(stem + "unit", "Choose minutes, hours or days.")
    return amount * unit if amount is not None and unit is not None else None


def refuse_step(form: Form, error: SilentPolicy) -> None:
    """Put a refusal of the rules beside the step it is about."""
    row = (error.step or len(rows(form))) - 1
    form.refuse(f"steps-{row}-name", error.message)


def change_rows(form: Form) -> bool:
    """Whether a step was to be added or removed; the form then has it so."""
    after, gone = _number(form["add"]), _number(form["remove"])
    count = len(rows(form))
    if after is not None and after < count < MOST_STEPS:
        for row in range(count - 1, after, -1):
            _move(form, row, row + 1)
        form.put("steps_rows", count + 1)
        new = f"steps-{after + 1}-"
        form.typed |= {new + "by": "email", new + "keeps_quiet": "yes"}
        form.focus = new + "name"
        return True
    if gone is not None and gone < count and count > 1:
        _clear(form, gone)
        for row in range(gone + 1, count):
            _move(form, row, row - 1)
        form.put("steps_rows", count - 1)
        form.focus = f"steps-{min(gone, count - 2)}-name"
        return True
    return after is not None or gone is not None


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) < 3 else None


def _move(form: Form, row: int, to: int) -> None:
    fields = _fields(form, row)
    _clear(form, row)
    _clear(form, to)
    form.typed |= {f"steps-{to}-{name}": value for name, value in fields.items()}


def _fields(form: Form, row: int) -> dict[str, str]:
    stem = f"steps-{row}-"
    return {k.removeprefix(stem): v for k, v in form.typed.items() if k.startswith(stem)}


def _clear(form: Form, row: int) -> None:
    for name in _fields(form, row):
        del form.typed[f"steps-{row}-{name}"]
