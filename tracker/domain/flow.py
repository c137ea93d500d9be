"""The records as flow over time, from a fill on: spans in which one cycle runs."""

from collections.abc import Iterator
from dataclasses import dataclass
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
from tracker.domain.records import Bolus, BolusUse, Fill, History, Programme


def patient_flow(programme: Programme, fill: Fill, use: BolusUse) -> Fraction:
    """The patient's boluses as an even flow, mL/day."""
    patient = programme.patient
    if patient is None or use is BolusUse.NONE:
        return ZERO
    count = Fraction(patient.max_per_day)
    if use is BolusUse.AVERAGE and patient.average_per_day is not None:
        count = Fraction(patient.average_per_day)
    return count * Fraction(patient.dose_mcg) * millilitres_per_mcg(fill)


def bolus_volume(bolus: Bolus, fill: Fill) -> Fraction:
    """The mL of this fill that a bolus takes."""
    if bolus.volume_ml is not None:
        return Fraction(bolus.volume_ml)
    return Fraction(bolus.dose_mcg or 0) * millilitres_per_mcg(fill)


@dataclass(frozen=True, slots=True)
class Run:
    """A span in which one programme and the same boluses run; `end` None is for ever.

    `leaves_at_once` mL go at its start; `extra` is the flow of the boluses, `patient` that of
    the patient's, both mL/day.
    """

    start: int
    end: int | None
    programme: Programme
    basal: Cycle
    suspended: bool
    extra: Fraction
    patient: Fraction
    leaves_at_once: Fraction

    def cycle(self) -> Cycle:
        """All that flows in this span."""
        basal = NOTHING if self.suspended else self.basal
        extra = self.extra + self.patient
        return basal.plus(extra) if extra else basal


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
    patient = patient_flow(programme, fill, BolusUse.MAXIMUM)
    return Fraction(cycle.total, cycle.period * cycle.scale) + patient


def runs(history: History, fill: Fill, until: int | None, use: BolusUse) -> Iterator[Run]:
    """The spans from a fill on, up to `until` (µs; None: without end), in order of time.

    The programme in force at the fill goes on with the new concentration, and so does a bolus
    for the time that is left of it. If the first programme ever starts after the fill, its flow
    is taken back to the fill: what ran before it is not known, and earlier is safer.
    """
    begin = microseconds(fill.at)
    programmes = [(microseconds(one.at), one) for one in ordered_programmes(history, fill)]
    boluses = [_span(one) for one in history.boluses]
    if until is not None and until <= begin:
        return
    cuts = {begin, *(at for at, _ in programmes)}
    for at, over, _ in boluses:
        cuts.update((at, over))
    inside = sorted(at for at in cuts if at >= begin and (until is None or at < until))
    place, basal = -1, NOTHING
    ends: list[int | None] = [*inside[1:], until]
    for start, end in zip(inside, ends, strict=True):
        before = place
        while place + 1 < len(programmes) and (place < 0 or programmes[place + 1][0] <= start):
            place += 1
        programme = programmes[place][1]
        if place != before:
            basal = cycle_of(programme, fill)
        now = [one for at, over, one in boluses if at <= start < over] if boluses else []
        yield Run(
            start=start,
            end=end,
            programme=programme,
            basal=basal,
            suspended=any(one.suspends_basal for one in now),
            extra=sum((_flow(one, fill) for one in now), ZERO),
            patient=patient_flow(programme, fill, use),
            leaves_at_once=sum(
                (bolus_volume(one, fill) for at, over, one in boluses if at == over == start),
                ZERO,
            ),
        )


def _span(bolus: Bolus) -> tuple[int, int, Bolus]:
    start = microseconds(bolus.at)
    return start, start + bolus.duration // MICROSECOND, bolus


def _flow(bolus: Bolus, fill: Fill) -> Fraction:
    return bolus_volume(bolus, fill) * DAY_US / (bolus.duration // MICROSECOND)
