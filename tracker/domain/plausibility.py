"""What is possible but unusual: sentences that hold a record until a person says why.

The bounds are of DOMAIN 4.5 (W17, W18, W24) and 7.2 (H02, H03, H08), proposals [P] for clinics
to confirm; none of them blocks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tracker.domain.calendar import start_of_day
from tracker.domain.danger import NEVER_DAYS, How, RefillDanger, Stated
from tracker.domain.doses import DrugDose, changed_secondaries
from tracker.domain.records import Mode, Programme
from tracker.domain.residual import Grade, Residual
from tracker.domain.risk import RiskClass
from tracker.domain.units import format_number

HIGH_FLOW_ML_PER_DAY = Fraction(2)  # DOMAIN W18: a "per hour" taken for "per day" passes 24
SHORT_INTERVAL = timedelta(days=10)  # DOMAIN W18
DOSE_STEP = Fraction(1, 2)  # DOMAIN H03: half as much again, or half
THOUSANDFOLD = 500  # DOMAIN H01: mg for mcg is 1000, with a dose change in the same entry
SMALL_FILL = Fraction(4, 5)  # DOMAIN H08
SHARE_OFF = Fraction(2, 100)  # DOMAIN 7.2, H33: of what a fill lasts, beside MISMATCH_DAYS
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class UsualDose:
    """A drug's usual daily range, in mcg a day; either end may be unknown."""

    drug: str
    low_mcg: Decimal | None
    high_mcg: Decimal | None


def about_dose(
    old_mcg_per_day: Fraction | None, new_mcg_per_day: Fraction | None, usual: UsualDose | None
) -> Iterator[str]:
    """What is unusual in a daily dose, beside the last one and the drug's range."""
    if not new_mcg_per_day:
        return
    yield from _beside_last(old_mcg_per_day, new_mcg_per_day)
    if usual is None:
        return
    if usual.low_mcg is not None and new_mcg_per_day < usual.low_mcg:
        yield f"{_mcg(new_mcg_per_day)} is below the usual range of {usual.drug}."
    if usual.high_mcg is not None and new_mcg_per_day > usual.high_mcg:
        yield f"{_mcg(new_mcg_per_day)} is above the usual range of {usual.drug}."


def _beside_last(old: Fraction | None, new: Fraction) -> Iterator[str]:
    if not old:
        return
    change = new / old
    if change >= THOUSANDFOLD or change <= Fraction(1, THOUSANDFOLD):
        yield f"{_mcg(new)} is {_times(change)} the last dose, {_mcg(old)}: mg or mcg?"
    elif abs(change - 1) > DOSE_STEP:
        yield f"{_mcg(new)} is more than 50 % away from the last dose, {_mcg(old)}."


def about_secondary(old: Sequence[DrugDose], new: Sequence[DrugDose]) -> Iterator[str]:
    """The other drugs of a mixture, which the flow carries along (DOMAIN W38)."""
    for one in changed_secondaries(old, new):
        before, then = one.before or Fraction(0), one.then or Fraction(0)
        share = abs(one.share or Fraction(0)) * 100
        way = "falls" if then < before else "rises"
        yield (
            f"{one.name} {way} by {round(share)} %, from {_mcg(before)} to {_mcg(then)}: it"
            " follows the flow, which the primary drug sets. (Asked about over 10 %; that limit"
            " is ours.)"
        )


def about_flow(flow_ml_per_day: Fraction | None) -> Iterator[str]:
    """A flow that a pump can deliver and a patient hardly ever needs."""
    if flow_ml_per_day is not None and flow_ml_per_day > HIGH_FLOW_ML_PER_DAY:
        yield (
            f"The flow would be {_short(flow_ml_per_day)} mL/day, above 2 mL/day:"
            " was a dose per hour meant, or another concentration?"
        )


def about_minimum_rate(programme: Programme, least_ml_per_day: Decimal | None) -> Iterator[str]:
    """More than the model gives in its mode "minimum rate" is not that mode, or is mistyped."""
    flow = programme.flow_ml_per_day
    if programme.mode is not Mode.MINIMUM or least_ml_per_day is None or flow is None:
        return
    if flow > least_ml_per_day:
        yield (
            f"At its minimum rate this model gives {_short(Fraction(least_ml_per_day))} mL/day;"
            f" {_short(Fraction(flow))} mL/day is more."
        )


def about_stop(programme: Programme, risk: RiskClass) -> Iterator[str]:
    """A pump that is stopped gives nothing, whatever its refill-by says (DOMAIN 3.2, H13)."""
    if programme.mode is not Mode.STOPPED:
        return
    if risk is RiskClass.LOW:
        yield "The pump is stopped: no drug will reach the patient."
    else:
        yield (
            "The pump is stopped: no drug will reach the patient; withdrawal may begin within"
            " hours."
        )


def about_interval(filled_at: datetime, low_at: datetime | None) -> Iterator[str]:
    """A fill that would last less than ten days."""
    if low_at is not None and low_at - filled_at < SHORT_INTERVAL:
        days = max(0, (low_at - filled_at) // timedelta(days=1))
        yield f"The low-reservoir alarm would come after {days} days, in under 10 days."


def about_order(filled_at: datetime, newest_filled_at: datetime | None) -> Iterator[str]:
    """A refill before the newest one, or very soon after it."""
    if newest_filled_at is None:
        return
    if filled_at < newest_filled_at:
        yield "This refill is dated before the newest one on record (a late entry)."
    elif filled_at - newest_filled_at < SHORT_INTERVAL:
        yield f"The last refill on record was only {_days(filled_at - newest_filled_at)}."


def _days(span: timedelta) -> str:
    days = span // timedelta(days=1)
    if days == 0:
        return "hours before this one"
    return f"{days} day{'s' if days > 1 else ''} before this one"


def about_programme_order(at: datetime, newest: Programme | None) -> Iterator[str]:
    """A change that a newer one has overtaken already."""
    if newest is not None and at < newest.at:
        yield (
            "This change is dated before the newest one on record (a late entry): the pump runs"
            f" on with {_runs_with(newest)}."
        )


def _runs_with(programme: Programme) -> str:
    if programme.mode is Mode.SIMPLE and programme.dose_mcg_per_day is not None:
        return _mcg(Fraction(programme.dose_mcg_per_day))
    return f"the programme “{programme.mode.replace('_', ' ')}”"


def about_volume(volume_ml: Decimal, capacity_ml: Decimal) -> Iterator[str]:
    """A reservoir that is not nearly filled."""
    if Fraction(volume_ml) < SMALL_FILL * Fraction(capacity_ml):
        yield f"{volume_ml:f} mL is less than 80 % of the {capacity_ml:f} mL reservoir."


def about_mismatch(danger: RefillDanger | None) -> Iterator[str]:
    """The programmer's alarm date and ours more than a day apart: some record is wrong."""
    if danger is None or danger.mismatch_days is None or danger.stated is None:
        return
    printed = _stated(danger.stated)
    check = "Check concentration, volume and dose against the printout."
    days = abs(danger.mismatch_days)
    if danger.mismatch_days == NEVER_DAYS:
        yield f"{printed} never comes by our records. {check}"
    else:
        side = "before" if danger.mismatch_days < 0 else "after"
        yield f"{printed} is {days} days {side} ours. {check}"


def about_printed_share(
    danger: RefillDanger | None, filled_at: datetime, zone: ZoneInfo
) -> Iterator[str]:
    """A printed date within a day of ours, but of a fill so short that it is over 2 % of it.

    Whole days can't tell better, so the distance is that from ours to the nearest hour of the
    printed day. A pump with patient boluses has a span of dates, and a later one is within it.
    """
    if danger is None or danger.mismatch_days is not None or danger.stated is None:
        return
    if danger.stated.how is not How.PRINTED or danger.low_at is None:
        return
    on, lasts = danger.stated.on, danger.low_at - filled_at
    before = danger.low_at - start_of_day(on + timedelta(days=1), zone)
    after = start_of_day(on, zone) - danger.low_at
    if danger.likely_low_at != danger.low_at:
        after = timedelta(0)
    off = max(before, after)
    if lasts > timedelta(0) and off // MICROSECOND > SHARE_OFF * (lasts // MICROSECOND):
        side = "before" if before > after else "after"
        yield (
            f"{_stated(danger.stated)} is {_hours(off)} {side} ours, over 2 % of this fill."
            " Check concentration, volume and dose against the printout."
        )


def _hours(span: timedelta) -> str:
    hours = max(1, span // timedelta(hours=1))
    return f"{hours} hour{'s' if hours > 1 else ''}"


def about_lot(expires_on: date | None, filled_on: date) -> Iterator[str]:
    """Drug that was too old on the day on which it was put in."""
    if expires_on is not None and expires_on < filled_on:
        yield f"The lot expired on {expires_on.day} {expires_on:%b %Y}, before this refill."


def about_residual(residual: Residual) -> Iterator[str]:
    """A residual that is graded red, and what was expected in its place."""
    if residual.grade is not Grade.RED:
        return
    way = "more" if residual.discrepancy_ml > 0 else "less"
    yield (
        f"{format_number(Decimal(residual.measured_ml))} mL was measured where about"
        f" {_tenths(residual.expected_ml)} mL was expected:"
        f" {_tenths(abs(residual.discrepancy_ml))} mL {way}."
    )


def _tenths(amount: Decimal) -> str:
    return format_number(Decimal(amount).quantize(Decimal("0.1")))


def _stated(stated: Stated) -> str:
    on = f"{stated.on.day} {stated.on:%b %Y}"
    if stated.how is How.PRINTED or stated.volume_ml is None:
        return f"The programmer's alarm date, {on},"
    ours = ""
    if stated.ours_ml is not None:
        ours = f"; by our records it held {stated.ours_ml:f} mL"
    volume = f"{stated.volume_ml.normalize():f}"
    return f"The programmer stated {volume} mL{ours}. The alarm date by that volume, {on},"


def _mcg(amount: Fraction) -> str:
    return f"{_short(amount)} mcg/day"


def _times(change: Fraction) -> str:
    return f"{_short(change)} times" if change > 1 else f"1/{_short(1 / change)} of"


def _short(amount: Fraction) -> str:
    """At most four significant decimals, for a sentence; nothing is reckoned with it."""
    shown = Decimal(amount.numerator) / Decimal(amount.denominator)
    return f"{shown.quantize(Decimal('0.0001')).normalize():f}"
