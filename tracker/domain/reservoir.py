"""When the reservoir is low and when it is empty, and what it holds at an instant.

Elapsed time is absolute and a day has 24 hours. Everything is exact; the one rounding is the
floor to the whole second at the end, for earlier is safer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from tracker.domain.cycle import DAY_US, EPOCH, MICROSECOND, ONE, SECOND_US, ZERO, microseconds
from tracker.domain.errors import NoFill, TrackerError
from tracker.domain.flow import bolus_volume, ordered_fills, runs
from tracker.domain.records import BolusUse, Fill, History
from tracker.domain.tally import Tally

LAST_SECOND = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Projection:
    """What follows from the latest fill; None where it never comes."""

    counts_from: datetime
    low_at: datetime | None
    empty_at: datetime | None


def second_at(instant_us: Fraction | int | None) -> datetime | None:
    """The whole second at or before an instant (µs); None for none, or past the year 9999."""
    if instant_us is None:
        return None
    seconds = instant_us // SECOND_US
    return EPOCH + timedelta(seconds=seconds) if seconds <= LAST_SECOND else None


def later(at: datetime, days: Decimal | Fraction | int) -> datetime | None:
    """The second that lies so many days of 24 hours after an instant (before, if negative).

    None past the year 9999; never earlier than the year 1.
    """
    span = Fraction(days) * DAY_US
    earliest = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
    return second_at(max(microseconds(at) + span, Fraction(earliest)))


def latest_fill(history: History) -> Fill:
    """The fill from which everything counts. Raises NoFill if there is none."""
    fills = ordered_fills(history)
    if not fills:
        raise NoFill("No refill is recorded, so nothing can be projected.")
    return fills[-1]


def reach(
    history: History, asked: Sequence[tuple[Fraction, BolusUse]]
) -> list[datetime | None]:
    """For each volume, the second at which that much has left since the latest fill.

    At once for a volume of zero or less; None where so much never leaves. One walk for all.
    """
    fill = latest_fill(history)
    begin = microseconds(fill.at)
    counts = any([one.patient is not None for one in history.programmes])
    asked = asked if counts else [(volume, BolusUse.NONE) for volume, _ in asked]
    tallies: dict[BolusUse, Tally] = {}
    for use in {use for _, use in asked}:
        wanted = sorted({one for one, its in asked if its is use and one > 0}, reverse=True)
        tallies[use] = Tally(use, wanted, {one: begin for one, _ in asked if one <= 0})
    for run in runs(history, fill, None):
        for tally in tallies.values():
            if tally.wanted:
                tally.take(run)
        if not any([tally.wanted for tally in tallies.values()]):
            break
    return [second_at(tallies[use].found.get(volume)) for volume, use in asked]


def check_factor(flow_factor: Fraction) -> None:
    """Refuse a factor by which nothing would flow."""
    if flow_factor <= 0:
        raise TrackerError("A flow factor is above zero.")


def project(
    history: History,
    *,
    alarm_volume_ml: Decimal,
    flow_factor: Fraction = ONE,
    use: BolusUse = BolusUse.MAXIMUM,
    unusable_ml: Decimal = Decimal(0),
) -> Projection:
    """When the reservoir falls to the alarm volume and to empty, counted from the latest fill.

    All flow is taken times `flow_factor`. A fill at or under the alarm volume is low at once.
    Raises NoFill and NoProgramme.
    """
    check_factor(flow_factor)
    fill = latest_fill(history)
    left = (alarm_volume_ml, unusable_ml)
    volumes = [(Fraction(fill.volume_ml) - Fraction(one)) / flow_factor for one in left]
    low_at, empty_at = reach(history, [(one, use) for one in volumes])
    return Projection(counts_from(fill), low_at, empty_at)


def counts_from(fill: Fill) -> datetime:
    """The second of the fill, in UTC."""
    return fill.at.astimezone(UTC).replace(microsecond=0)


def volume_at(
    history: History,
    at: datetime,
    *,
    flow_factor: Fraction = ONE,
    use: BolusUse = BolusUse.MAXIMUM,
) -> Fraction:
    """The mL in the reservoir, from the latest fill at or before that instant; never below 0.

    A bolus that leaves at once at that very instant has left.
    """
    check_factor(flow_factor)
    known = tuple(one for one in history.fills if one.at <= at)
    fill = latest_fill(History(known))
    used = _used(history, fill, fill.at, at, use)
    at_once = [one for one in history.boluses if one.at == at and not one.duration]
    used += sum((bolus_volume(one, fill) for one in at_once), ZERO)
    return max(ZERO, Fraction(fill.volume_ml) - used * flow_factor)


def volume_used(
    history: History,
    since: datetime,
    until: datetime,
    *,
    flow_factor: Fraction = ONE,
    use: BolusUse = BolusUse.MAXIMUM,
) -> Fraction:
    """The mL that the records say left the reservoir from `since` up to `until`.

    Over refills too; what was programmed, also where the reservoir would have been empty.
    Raises NoFill if nothing was filled by `since`.
    """
    check_factor(flow_factor)
    fills = ordered_fills(history)
    if not any(one.at <= since for one in fills):
        raise NoFill("No refill is recorded before that time.", field="since")
    ends = [one.at for one in fills[1:]] + [until]
    used = ZERO
    for fill, end in zip(fills, ends, strict=True):
        first, last = max(fill.at, since), min(end, until)
        if first < last:
            used += _used(history, fill, first, last, use)
    return used * flow_factor


def _used(
    history: History, fill: Fill, since: datetime, until: datetime, use: BolusUse
) -> Fraction:
    """The mL of one fill between two instants; what leaves at once at `until` is still in."""
    first, last = microseconds(since), microseconds(until)
    used = ZERO
    for run in runs(history, fill, last):
        start, end = max(run.start, first), last if run.end is None else run.end
        if run.start >= first:
            used += run.leaves_at_once
        if start < end:
            cycle = run.cycle(use)
            used += Fraction(cycle.amount(start, end), cycle.unit)
    return used
