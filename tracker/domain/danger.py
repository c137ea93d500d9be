"""When a pump needs somebody: refill-by with its binding rule, and the dates around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from tracker.domain.calendar import OpenDays, start_of_day
from tracker.domain.errors import CannotProject
from tracker.domain.facts import (
    ClinicRules,
    DrugClock,
    How,
    PumpFacts,
    Rule,
    Stated,
    WatchKind,
)
from tracker.domain.levels import Levels, Question, credible_band, levels, questions
from tracker.domain.records import History
from tracker.domain.reservoir import counts_from, later, latest_fill
from tracker.domain.urgency import Bucket, bucket, bucket_between, bucket_edges

__all__ = [
    "Basis",
    "Bucket",
    "ClinicRules",
    "DrugClock",
    "How",
    "PumpFacts",
    "RefillDanger",
    "Rule",
    "Stated",
    "Term",
    "WatchKind",
    "bucket",
    "bucket_between",
    "bucket_edges",
    "project_refill",
]


REFILL_RULES = (  # of two terms at the same instant the one that stands first here is named
    Rule.DRUG_LIMIT,
    Rule.FIRST_FILL_LIMIT,
    Rule.ALARM_LESS_BUFFER,
    Rule.ALARM_AT_RAISED_FLOW,
    Rule.PRINTED_ALARM_LESS_BUFFER,
    Rule.BEYOND_USE,
    Rule.CLINIC_INTERVAL,
    Rule.END_OF_SERVICE,
    Rule.EARLIEST_EMPTY,
)
MISMATCH_DAYS = 1  # DOMAIN 7.2, H33: more than a day apart has to be explained
NEVER_DAYS = -9999  # the mismatch of a printed date with a reservoir that never gets low


@dataclass(frozen=True, slots=True)
class Term:
    """One date of the minimum."""

    rule: Rule
    at: datetime


@dataclass(frozen=True, slots=True)
class RefillDanger:
    """Refill-by, the rule that binds, and the dates around it; `*_at` None where never.

    `low_at` and `empty_at` count every allotted patient bolus at the programmed flow. `terms`
    are sorted by time. `mismatch_days` is the stated date less ours, where they are over a
    day apart (NEVER_DAYS where ours never comes).
    """

    counts_from: datetime
    refill_by_at: datetime
    before_closures_at: datetime
    binding: Rule
    terms: tuple[Term, ...]
    low_at: datetime | None
    earliest_low_at: datetime | None
    likely_low_at: datetime | None
    latest_low_at: datetime | None
    empty_at: datetime | None
    earliest_empty_at: datetime | None
    stated: Stated | None
    mismatch_days: int | None

    @property
    def printed_alarm_on(self) -> date | None:
        """The stated alarm date, printed or reckoned."""
        return None if self.stated is None else self.stated.on


@dataclass(frozen=True, slots=True)
class Basis:
    """All that a refill-by follows from, kept beside it so that it can be explained by it."""

    history: History
    pump: PumpFacts
    clinic: ClinicRules
    drug: DrugClock
    ratios: tuple[Fraction, ...] = ()
    end_of_service_at: datetime | None = None
    stated: Stated | None = None

    @property
    def margin(self) -> Fraction:
        """The factor of the raised flow."""
        return 1 + Fraction(self.clinic.flow_margin_percent) / 100

    @property
    def questions(self) -> dict[str, Question]:
        """How each date of the reservoir is asked for."""
        band = credible_band(self.ratios, accuracy=self.pump.accuracy, margin=self.margin)
        return questions(
            alarm_volume_ml=self.pump.alarm_volume_ml,
            unusable_ml=self.pump.unusable_ml,
            margin=self.margin,
            band=band,
        )

    def project(self) -> RefillDanger:
        """What follows from it; raises what `project_refill` raises."""
        return project_refill(
            self.history,
            self.pump,
            self.clinic,
            self.drug,
            ratios=self.ratios,
            end_of_service_at=self.end_of_service_at,
            stated=self.stated,
        )


def project_refill(
    history: History,
    pump: PumpFacts,
    clinic: ClinicRules,
    drug: DrugClock,
    *,
    ratios: Sequence[Fraction] = (),
    end_of_service_at: datetime | None = None,
    stated: Stated | None = None,
) -> RefillDanger:
    """The refill-by of a pump: the earliest of its terms, moved back to an open day.

    `ratios` are the pump's own accuracy ratios. Raises NoFill, NoProgramme, and CannotProject
    where nothing at all limits the fill. Flows outside the pump's range are projected as they
    stand: `check_rates` refuses them where they are written down. Source: DESIGN 7, DOMAIN 4.
    """
    printed_on = None if stated is None else stated.on
    margin = 1 + Fraction(clinic.flow_margin_percent) / 100
    reached = levels(
        history,
        alarm_volume_ml=pump.alarm_volume_ml,
        unusable_ml=pump.unusable_ml,
        margin=margin,
        ratios=ratios,
        accuracy=pump.accuracy,
    )
    filled_at = counts_from(latest_fill(history))
    ends = {
        **_reservoir_ends(reached, clinic, printed_on),
        **_fill_ends(filled_at, clinic, drug, end_of_service_at),
    }
    terms = [Term(rule, at) for rule in REFILL_RULES if (at := ends.get(rule)) is not None]
    if not terms:
        raise CannotProject(
            "Nothing limits this fill: no flow, no drug limit, no longest interval are known."
        )
    terms.sort(key=lambda term: term.at)  # stable: among equals the order of the rules stays
    return RefillDanger(
        counts_from=filled_at,
        refill_by_at=clinic.open_days.moved_back(terms[0].at),
        before_closures_at=terms[0].at,
        binding=terms[0].rule,
        terms=tuple(terms),
        low_at=reached.low,
        earliest_low_at=reached.low_fast,
        likely_low_at=reached.low_likely,
        latest_low_at=reached.low_slow,
        empty_at=reached.empty,
        earliest_empty_at=reached.empty_fast,
        stated=stated,
        mismatch_days=_mismatch_days(reached, clinic.open_days, printed_on),
    )


def _less_buffer(at: datetime | None, clinic: ClinicRules) -> datetime | None:
    return None if at is None else later(at, -clinic.buffer_days)


def _reservoir_ends(
    reached: Levels, clinic: ClinicRules, printed_on: date | None
) -> dict[Rule, datetime | None]:
    """The terms that follow from what is left in the reservoir."""
    ends = {
        Rule.ALARM_LESS_BUFFER: _less_buffer(reached.low, clinic),
        Rule.ALARM_AT_RAISED_FLOW: reached.low_raised,
        Rule.EARLIEST_EMPTY: reached.empty_fast,
    }
    if printed_on is not None:
        zone = clinic.open_days.zone
        ours = None if reached.low is None else reached.low.astimezone(zone).date()
        if ours is None or (ours - printed_on).days > MISMATCH_DAYS:
            printed_at = start_of_day(printed_on, zone)
            ends[Rule.PRINTED_ALARM_LESS_BUFFER] = _less_buffer(printed_at, clinic)
    return ends


def _fill_ends(
    filled_at: datetime,
    clinic: ClinicRules,
    drug: DrugClock,
    end_of_service_at: datetime | None,
) -> dict[Rule, datetime | None]:
    """The terms that hold however little flows. A beyond-use day ends the drug as it begins."""
    limit = Rule.FIRST_FILL_LIMIT if drug.is_first_fill_limit else Rule.DRUG_LIMIT
    ends: dict[Rule, datetime | None] = {}
    if drug.limit_days is not None:
        ends[limit] = later(filled_at, drug.limit_days)
    if drug.beyond_use_on is not None:
        ends[Rule.BEYOND_USE] = start_of_day(drug.beyond_use_on, clinic.open_days.zone)
    if clinic.longest_interval_days is not None:
        ends[Rule.CLINIC_INTERVAL] = later(filled_at, clinic.longest_interval_days)
    ends[Rule.END_OF_SERVICE] = _less_buffer(end_of_service_at, clinic)
    return ends


def _mismatch_days(reached: Levels, open_days: OpenDays, printed_on: date | None) -> int | None:
    """Printed less ours in days of the clinic, where they are more than a day apart.

    Ours is the span from all patient boluses taken to none, for whether a printed date counts
    them is an open question (DOMAIN 10.1, 3).
    """
    if printed_on is None:
        return None
    if reached.low is None:
        return NEVER_DAYS
    first = reached.low.astimezone(open_days.zone).date()
    last = reached.low_unused and reached.low_unused.astimezone(open_days.zone).date()
    if (printed_on - first).days < -MISMATCH_DAYS:
        return (printed_on - first).days
    if last is not None and (printed_on - last).days > MISMATCH_DAYS:
        return (printed_on - last).days
    return None
