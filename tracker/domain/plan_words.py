"""Why a visit is planned for its day, or for none: in words that a coordinator can check."""

from collections.abc import Callable, Sequence
from datetime import date

from tracker.domain.planning import Due, Plan, PlanDay, costs_of
from tracker.domain.proposing import LEAD
from tracker.domain.wording import write_day

MOST_NAMED = 4  # ours: more days than these are counted, not named
OUTSIDE = "today, outside the plan: call now"


def short_day(day: date) -> str:
    """Thu 4 Mar 2027."""
    return f"{day:%a} {write_day(day)}"


def placed_words(due: Due, plan: Plan, days: Sequence[PlanDay]) -> str:
    """How long before refill-by, and what stood against each later day."""
    on = plan.placed[due.key]
    before = ((due.refill_by_on or due.last_on) - on).days
    said = "on its refill-by" if before == 0 else f"{_count(before, 'day')} before refill-by"
    later = [day for day in days if on < day.on <= due.last_on]
    reasons = _against(due, plan, later)
    if sum(day.is_open for day in later) < LEAD:
        tail = "; little time is left for a second try"
    elif _is_kept_free(due, plan, later):
        tail = f"; the {LEAD} open days after it are kept for a second try"
    else:
        tail = ""
    return f"{said}{', because ' if reasons else ''}{_listed(reasons)}{tail}"


def unplaced_words(due: Due, plan: Plan, days: Sequence[PlanDay]) -> str:
    """What stands against every day until refill-by."""
    begin = max(due.earliest_on, due.drug_from or due.earliest_on)
    until = [day for day in days if day.on <= due.last_on]
    if not any(day.is_open for day in until):
        closed = [day for day in until if day.closed_because]
        named = f": {_reason('closed', closed, due)}" if closed else ""
        return f"no open day before refill-by{named}"
    inside = [day for day in until if day.on >= begin]
    reasons = _against(due, plan, inside)
    if due.drug_from and due.drug_from > due.earliest_on:
        reasons.append(f"the drug can't be there before {short_day(due.drug_from)}")
    elif due.earliest_on > until[0].on:
        reasons.append(
            f"before {short_day(due.earliest_on)} half of the filling would be thrown away"
        )
    if due.key in plan.unproven:
        reasons.append("not every exchange with other visits could be tried")
    return f"no day until {short_day(due.last_on)}: {_listed(reasons)}"


def _against(due: Due, plan: Plan, days: Sequence[PlanDay]) -> list[str]:
    """What stands against days of this visit, each with its days."""
    tests: tuple[tuple[str, Callable[[PlanDay], bool]], ...] = (
        ("full", lambda day: _is_free(due, day) and day.is_full),
        ("short", lambda day: _is_free(due, day) and not day.is_full and _is_short(due, day)),
        ("filled", lambda day: _fills(due, plan, day) and plan.days[day.on].is_full),
        ("left", lambda day: _fills(due, plan, day) and not plan.days[day.on].is_full),
        ("away", lambda day: day.is_open and due.is_away(day.on)),
        ("closed", lambda day: bool(day.closed_because) and not day.is_open),
        ("not for home", lambda day: _is_not_for_home(due, day)),
    )
    found = [(what, [day for day in days if holds(day)]) for what, holds in tests]
    return [_reason(what, some, due) for what, some in found if some]


def _is_free(due: Due, day: PlanDay) -> bool:
    return day.is_open and not due.is_away(day.on) and (day.is_for_home or not due.is_home)


def _is_short(due: Due, day: PlanDay) -> bool:
    return not day.holds(due.way_minutes)


def _fills(due: Due, plan: Plan, day: PlanDay) -> bool:
    """Whether it is only this plan that leaves the day without room for the visit."""
    is_short = not _is_short(due, day) and _is_short(due, plan.days[day.on])
    return is_short and _is_free(due, day)


def _is_not_for_home(due: Due, day: PlanDay) -> bool:
    return day.is_open and due.is_home and not day.is_for_home and not due.is_away(day.on)


def _is_kept_free(due: Due, plan: Plan, later: Sequence[PlanDay]) -> bool:
    """Whether a later day with room was passed over for a second try, or an absence."""
    costs = costs_of(due, later)
    return any(day.on in costs and not _is_short(due, plan.days[day.on]) for day in later)


WORDS: dict[str, Callable[[int], str]] = {
    "full": lambda n: f"{'is' if n == 1 else 'are'} booked up",
    "short": lambda n: f"{'has' if n == 1 else 'have'} too few places left for the visit",
    "filled": lambda n: f"{'is' if n == 1 else 'are'} full with this plan",
    "left": lambda n: (
        f"{'has' if n == 1 else 'have'} with this plan too few left for the visit"
    ),
    "not for home": lambda n: f"{'is no day' if n == 1 else 'are no days'} for home visits",
}


def _reason(what: str, days: Sequence[PlanDay], due: Due) -> str:
    if what == "away":
        return f"the patient is away on {_days([day.on for day in days])}"
    if what == "closed":
        names = [f"{short_day(day.on)} ({day.closed_because})" for day in days[:MOST_NAMED]]
        return f"the clinic is closed on {_listed(names)}"
    way = f" and {due.way_minutes} minutes on the way" if what in ("short", "left") else ""
    return f"{_days([day.on for day in days])} {WORDS[what](len(days))}{way}"


def _days(days: Sequence[date]) -> str:
    """The days by name; many of them as from when to when."""
    if len(days) <= MOST_NAMED:
        return _listed([short_day(day) for day in days])
    return f"{len(days)} days from {short_day(days[0])} to {short_day(days[-1])}"


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
