"""The arithmetic of a date in words: where each term comes from, what ran, how old it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from flask import g

from tracker.domain.account import Line
from tracker.domain.changes import tell_move
from tracker.domain.danger import Basis, RefillDanger, Rule, WatchKind
from tracker.domain.infusion import BolusUse, Mode, daily_dose_mcg
from tracker.domain.records import Programme
from tracker.domain.units import format_number
from tracker.domain.wording import write_day
from tracker.models import DateChange
from tracker.services.explanations import Explanation, Reckoned
from tracker.web.filters import dose, flow, local_day, plain_day, rounded
from tracker.web.words import words_for

NAMES = {WatchKind.REFILL: "Refill-by", WatchKind.BATTERY: "The day to book the surgery by"}
DATES = {
    "low_likely": ("Low reservoir, likely", "Planning volume, likely"),
    "low": ("Low reservoir, with every patient bolus", "Planning volume"),
    "low_raised": ("Low reservoir at the raised flow", "Planning volume at the raised flow"),
    "low_fast": ("Low reservoir, earliest credible", "Planning volume, earliest credible"),
    "low_slow": ("Low reservoir, latest", "Planning volume, latest"),
    "low_unused": ("Low reservoir, no patient bolus", "Planning volume, no patient bolus"),
    "empty_fast": ("Empty, earliest credible", "Empty, earliest credible"),
    "empty": ("Empty at the programmed flow", "Empty at the programmed flow"),
}
USES = {
    BolusUse.NONE: "no patient bolus",
    BolusUse.AVERAGE: "patient boluses as used on average",
    BolusUse.MAXIMUM: "every patient bolus that is allowed",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One date of the reservoir with its name and how it was asked for."""

    name: str
    title: str
    how: str
    reckoned: Reckoned


def shown_dates(explanation: Explanation, *, has_alarm: bool) -> list[Shown]:
    """Every date of the reservoir; those of patient boluses only where there are any."""
    found = {one.name: one for one in explanation.reckoned}
    asks = _has_boluses(explanation)
    left_out = set() if asks else {"low", "low_unused"}
    return [
        Shown(name, titles[not has_alarm], _how(found[name], asks), found[name])
        for name, titles in DATES.items()
        if name in found and name not in left_out
    ]


def _has_boluses(explanation: Explanation) -> bool:
    lines = [line for one in explanation.reckoned for line in one.lines]
    return any(line.programme.patient is not None for line in lines)


def _how(reckoned: Reckoned, asks: bool) -> str:
    factor = reckoned.question.flow_factor
    parts = ["the programmed flow" if factor == 1 else f"the flow times {_times(factor)}"]
    if asks:
        parts.append(USES[reckoned.question.use])
    return ", ".join(parts)


def _times(factor: Fraction) -> str:
    return format_number(rounded(factor, 4))


def band_words(explanation: Explanation) -> str:
    """Where the fast and the slow edge come from."""
    basis = explanation.outlook.basis
    if explanation.own_ratios:
        count = len(explanation.own_ratios)
        return f"what the last {count} refills of this very pump show, and never less than 5 %"
    if basis is not None and basis.pump.accuracy is not None:
        percent = format_number(basis.pump.accuracy * 100)
        return f"the accuracy that the maker states, {percent} % to either side"
    return "the clinic's margin of flow, for this model's accuracy is not known"


def term_words(rule: Rule, explanation: Explanation) -> str:
    """Where one term of the minimum comes from, with its own numbers."""
    basis, danger = explanation.outlook.basis, explanation.outlook.refill
    words = TERMS.get(rule)
    return words(basis, danger) if words and basis and danger else ""


def _alarm(basis: Basis, danger: RefillDanger) -> str:
    return f"{_day(danger.low_at)}, less the buffer of {basis.clinic.buffer_days} days"


def _raised(basis: Basis, danger: RefillDanger) -> str:
    return f"as if the pump ran {format_number(basis.clinic.flow_margin_percent)} % faster"


def _printed(basis: Basis, danger: RefillDanger) -> str:
    on = danger.printed_alarm_on
    said = write_day(on) if on else "not recorded"
    return f"{said}, less the buffer of {basis.clinic.buffer_days} days"


def _drug(basis: Basis, danger: RefillDanger) -> str:
    days = basis.drug.limit_days
    limit = format_number(days) if days is not None else "no"
    return f"{limit} days from the fill of {_day(danger.counts_from)}"


def _label(basis: Basis, danger: RefillDanger) -> str:
    on = basis.drug.beyond_use_on
    return f"the label says {write_day(on)}" if on else ""


def _interval(basis: Basis, danger: RefillDanger) -> str:
    days = basis.clinic.longest_interval_days
    return f"{days} days from the fill of {_day(danger.counts_from)}"


def _service(basis: Basis, danger: RefillDanger) -> str:
    return (
        f"{_day(basis.end_of_service_at)}, less the buffer of {basis.clinic.buffer_days} days"
    )


def _empty(basis: Basis, danger: RefillDanger) -> str:
    return f"{_times(basis.questions['empty_fast'].flow_factor)} times the programmed flow"


TERMS: dict[Rule, Callable[[Basis, RefillDanger], str]] = {
    Rule.ALARM_LESS_BUFFER: _alarm,
    Rule.ALARM_AT_RAISED_FLOW: _raised,
    Rule.PRINTED_ALARM_LESS_BUFFER: _printed,
    Rule.DRUG_LIMIT: _drug,
    Rule.FIRST_FILL_LIMIT: _drug,
    Rule.BEYOND_USE: _label,
    Rule.CLINIC_INTERVAL: _interval,
    Rule.END_OF_SERVICE: _service,
    Rule.EARLIEST_EMPTY: _empty,
}


def _day(at: datetime | None) -> str:
    return plain_day(at)


def line_words(line: Line) -> str:
    """What runs in a span."""
    words = _programme(line.programme)
    if line.is_bridged:
        return f"bridge bolus; the programme waits ({words})"
    return words


def _programme(programme: Programme) -> str:
    mode = words_for(programme.mode)
    given = None if programme.mode is Mode.STOPPED else daily_dose_mcg(programme)
    if given is not None:
        return f"{mode}, {dose(given)}"
    amount = programme.flow_ml_per_day
    return f"{mode}, {flow(amount)}" if amount is not None else mode


def printed_words(danger: RefillDanger) -> str:
    """The programmer's date beside ours, with the days between them."""
    stated, ours = danger.stated, danger.likely_low_at
    if stated is None:
        return ""
    if ours is None:
        return "by our records the alarm never comes"
    days = (stated.on - local_day(ours)).days
    if days == 0:
        return "the same day as ours"
    side = "before" if days < 0 else "after"
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {side} ours of {_day(ours)}"


def age_words(at: datetime | None) -> str:
    """How old a record is, in days of the clinic."""
    if at is None:
        return "none on record"
    days = (local_day(g.now) - local_day(at)).days
    old = "today" if days == 0 else f"{days} day{'' if days == 1 else 's'} ago"
    return f"{plain_day(at)}, {old}"


def move_words(change: DateChange) -> str:
    """How a date moved and why, in one sentence."""
    was, now_is = (
        None if at is None else local_day(at) for at in (change.was_at, change.is_at)
    )
    rules = (_rule(change.was_rule), _rule(change.is_rule))
    return tell_move(NAMES[WatchKind(change.kind)], was, now_is, change.because, rules=rules)


def _rule(code: str | None) -> str:
    known = {rule.value: rule for rule in Rule}
    return words_for(known[code]) if code in known else (code or "records").replace("_", " ")
