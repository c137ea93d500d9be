"""When a pump's battery ends, and when its replacement must be planned and booked.

Days, not instants: no maker states an hour, and an end that is a day early harms nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import floor

from tracker.domain.calendar import add_months
from tracker.domain.danger import Rule
from tracker.domain.errors import CannotProject, NegativeQuantity

INDICATOR_TO_END = timedelta(days=90)  # S:4, S:5: it stops 90 days after the indicator (ERI)
PLAN_LEAD = timedelta(days=180)  # S:4: arrange it about 6 months before, don't await the alarm
BOOK_LEAD = timedelta(days=90)  # S:29: schedule replacement at least 3 months ahead


@dataclass(frozen=True, slots=True)
class BatteryFacts:
    """What is known of one pump's battery; months of the estimate count to the indicator."""

    implanted_on: date | None  # None: nobody knows, and no service life counts from it
    service_life_months: int | None = None
    eri_on: date | None = None
    estimate: tuple[date, Decimal] | None = None  # read on, months stated


@dataclass(frozen=True, slots=True)
class BatteryTerm:
    """One reason why the battery ends on a day."""

    rule: Rule
    on: date


@dataclass(frozen=True, slots=True)
class BatteryDanger:
    """The end of service, the days before it, and all terms of the minimum, earliest first."""

    end_of_service_on: date
    plan_from_on: date
    book_by_on: date
    binding: Rule
    terms: tuple[BatteryTerm, ...]


@dataclass(frozen=True, slots=True)
class EstimateTold:
    """One estimate of a programmer: the day of the indicator by it, and how that has moved.

    `moved_days` is against the estimate before it: below zero the end has come nearer.
    """

    read_on: date
    months: Decimal
    indicator_on: date
    moved_days: int | None


def estimates_told(estimates: Sequence[tuple[date, Decimal]]) -> tuple[EstimateTold, ...]:
    """The estimates in the order in which they were read, each against the one before it."""
    told: list[EstimateTold] = []
    for read_on, months in estimates:
        on = add_months(read_on, floor(months))
        moved = (on - told[-1].indicator_on).days if told else None
        told.append(EstimateTold(read_on, months, on, moved))
    return tuple(told)


def project_battery(facts: BatteryFacts) -> BatteryDanger:
    """The earliest of service life, replacement indicator and programmer's estimate.

    Raises CannotProject when none of them is known, as for a SynchroMed EL, which does not
    stop by itself (S:5), until it has been interrogated.
    """
    terms = tuple(sorted(_terms(facts), key=lambda term: term.on))
    if not terms:
        raise CannotProject(
            "The end of the battery can't be worked out: record the programmer's estimate"
            " in months, or the date of the replacement indicator (ERI).",
            field="battery_months",
        )
    end_on = terms[0].on
    return BatteryDanger(
        end_of_service_on=end_on,
        plan_from_on=end_on - PLAN_LEAD,
        book_by_on=end_on - BOOK_LEAD,
        binding=terms[0].rule,
        terms=terms,
    )


def _terms(facts: BatteryFacts) -> list[BatteryTerm]:
    terms = []
    if facts.eri_on is not None:
        terms.append(BatteryTerm(Rule.REPLACEMENT_INDICATOR, facts.eri_on + INDICATOR_TO_END))
    if facts.service_life_months is not None and facts.implanted_on is not None:
        end_on = add_months(facts.implanted_on, facts.service_life_months)
        terms.append(BatteryTerm(Rule.SERVICE_LIFE, end_on))
    if facts.estimate is not None:
        read_on, months = facts.estimate
        if months < 0:
            raise NegativeQuantity("Months can't be less than zero.", field="battery_months")
        # a part of a month is left away: earlier is safer
        indicator_on = add_months(read_on, floor(months))
        terms.append(BatteryTerm(Rule.PROGRAMMER_ESTIMATE, indicator_on + INDICATOR_TO_END))
    return terms
