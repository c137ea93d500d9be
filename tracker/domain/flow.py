"""The records as flow over time, from a fill on: spans in which one cycle runs."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tracker.domain.cycle import (
    DAY_US,
    MICROSECOND,
    NOTHING,
    ZERO,
    Cycle,
    cycle_of,
    microseconds,
    millilitres_per_mcg,
)
from tracker.domain.errors import NoProgramme
from tracker.domain.records import Bolus, BolusUse, Fill, History, PatientBolus, Programme


def patient_flow(patient: PatientBolus, fill: Fill, use: BolusUse) -> Fraction:
    """The patient's boluses as an even flow, mL/day."""
    count: Decimal | int = patient.max_per_day
    if use is BolusUse.AVERAGE and patient.average_per_day is not None:
        count = patient.average_per_day
    if use is BolusUse.NONE:
        return ZERO
    return Fraction(patient.dose_mcg) * Fraction(count) * millilitres_per_mcg(fill)


def bolus_volume(bolus: Bolus, fill: Fill) -> Fraction:
    """The mL of this fill that a bolus takes."""
    if bolus.volume_ml is not None:
        return Fraction(bolus.volume_ml)
    return Fraction(bolus.dose_mcg or 0) * millilitres_per_mcg(fill)


@dataclass(frozen=True, slots=True)
class Run:
    """A span of a fill in which one programme and the same boluses run; `end` None: for ever.

    `leaves_at_once` mL go at its start; `extra` is the flow of the boluses in mL/day.
    """

    fill: Fill
    start: int
    end: int | None
    programme: Programme
    basal: Cycle
    suspended: bool
    extra: Fraction
    leaves_at_once: Fraction

    def parts(self, use: BolusUse) -> tuple[Cycle, Fraction]:
        """What repeats in this span, and the steady flow on top: boluses, the patient's too."""
        steady = self.extra
        if self.programme.patient is not None and use is not BolusUse.NONE:
            steady += patient_flow(self.programme.patient, self.fill, use)
        return NOTHING if self.suspended else self.basal, steady

    def cycle(self, use: BolusUse) -> Cycle:
        """All that flows in this span."""
        basal, steady = self.parts(use)
        return basal.plus(steady) if steady else basal


def ordered_fills(history: History) -> list[Fill]:
    """Fills from the oldest on; of two at one instant the one that lasts less comes last."""
    return sorted(
        history.fills, key=lambda one: (one.at, -one.volume_ml, -one.concentration_mcg_per_ml)
    )


def ordered_programmes(history: History, fill: Fill) -> list[Programme]:
    """Programmes from the oldest on; of two at one instant the thirstier comes last and counts.

    Raises NoProgramme if there is none.
    """
    found = sorted(history.programmes, key=lambda one: one.at)
    if not found:
        raise NoProgramme("No programme is recorded, so nothing can be projected.")
    if len({one.at for one in found}) < len(found):
        found.sort(key=lambda one: (one.at, _thirst(one, fill), repr(one)))
    return found


def _thirst(programme: Programme, fill: Fill) -> Fraction:
    cycle = cycle_of(programme, fill)
    mean = Fraction(cycle.total, cycle.period * cycle.scale)
    if programme.patient is None:
        return mean
    return mean + patient_flow(programme.patient, fill, BolusUse.MAXIMUM)


def runs(history: History, fill: Fill, until: int | None) -> Iterator[Run]:
    """The spans from a fill on, up to `until` (µs; None: without end), in order of time.

    The programme in force at the fill goes on with the new concentration, and so does a bolus
    for the time that is left of it. If the first programme ever starts after the fill, its flow
    is taken back to the fill: what ran before it is not known, and earlier is safer.
    """
    begin = microseconds(fill.at)
    programmes = ordered_programmes(history, fill)
    starts = [microseconds(one.at) for one in programmes]
    boluses = [_span(one) for one in history.boluses]
    cuts = {begin, *starts, *[one[0] for one in boluses], *[one[1] for one in boluses]}
    inside = sorted([at for at in cuts if at >= begin and (until is None or at < until)])
    ends: list[int | None] = [*inside[1:], until]
    place, basal = -1, NOTHING
    for start, end in zip(inside, ends if inside else [], strict=True):
        newest = max(0, bisect_right(starts, start) - 1)
        if newest != place:
            place, basal = newest, cycle_of(programmes[newest], fill)
        now = [one for one in boluses if one[0] <= start <= one[1]] if boluses else []
        yield Run(
            fill,
            start,
            end,
            programmes[place],
            basal,
            suspended=any([one.suspends_basal for _, over, one in now if over > start]),
            extra=_together([_flow(one, fill) for _, over, one in now if over > start]),
            leaves_at_once=_together(
                [bolus_volume(one, fill) for at, over, one in now if at == over]
            ),
        )


def _together(amounts: list[Fraction]) -> Fraction:
    return sum(amounts, ZERO) if amounts else ZERO


def _span(bolus: Bolus) -> tuple[int, int, Bolus]:
    start = microseconds(bolus.at)
    return start, start + bolus.duration // MICROSECOND, bolus


def _flow(bolus: Bolus, fill: Fill) -> Fraction:
    return bolus_volume(bolus, fill) * DAY_US / (bolus.duration // MICROSECOND)
