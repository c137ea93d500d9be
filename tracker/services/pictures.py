"""The level of a reservoir over time, as points to draw: measured, projected, band, marks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from tracker.domain.danger import RefillDanger
from tracker.domain.errors import CannotProject
from tracker.domain.infusion import BolusUse, Fill, History
from tracker.domain.reservoir import volume_at
from tracker.models import Pump
from tracker.services.charts import Chart, chart_of
from tracker.services.outlooks import look_ahead, planning_volume_ml

Point = tuple[datetime, Fraction]
CYCLES = 4  # as many fills as one can read at a glance


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, to be named on the picture."""

    at: datetime
    kind: str  # refill, dose
    words: str


@dataclass(frozen=True, slots=True)
class LevelPicture:
    """What to draw, in mL over time. Past lines run from fill to fill; the last runs on."""

    lines: tuple[tuple[Point, ...], ...]
    band: tuple[Point, ...]  # a closed shape: the fast edge out, the slow edge back
    measured: tuple[Point, ...]
    marks: tuple[Mark, ...]
    capacity_ml: Fraction
    alarm_ml: Fraction
    danger: RefillDanger | None
    begins_at: datetime
    ends_at: datetime
    now: datetime


def level_picture(session: Session, pump: Pump, *, now: datetime) -> LevelPicture | None:
    """The last cycles and what is to come; None while there is no fill to draw."""
    chart = chart_of(session, pump)
    if not chart.fills:
        return None
    danger = look_ahead(pump, chart).refill
    fills = chart.fills[-CYCLES:]
    begins_at = fills[0].fill.at
    ends_at = _ends_at(danger, fills[-1].fill.at, now)
    measured = [(one.fill.at, Fraction(one.fill.volume_ml)) for one in fills]
    measured += [
        (one.fill.at, Fraction(one.actual_residual_ml))
        for one in fills[1:]
        if one.actual_residual_ml is not None
    ]
    return LevelPicture(
        lines=_lines(chart, begins_at, ends_at),
        band=_band(danger, fills[-1].fill, Fraction(planning_volume_ml(pump))),
        measured=tuple(sorted(measured)),
        marks=_marks(chart, begins_at),
        capacity_ml=Fraction(pump.reservoir_capacity_ml),
        alarm_ml=Fraction(planning_volume_ml(pump)),
        danger=danger,
        begins_at=begins_at,
        ends_at=ends_at,
        now=now,
    )


def _ends_at(danger: RefillDanger | None, filled_at: datetime, now: datetime) -> datetime:
    ends = [filled_at + timedelta(days=14), now + timedelta(days=3)]
    if danger is not None:
        ends.append(danger.refill_by_at + timedelta(days=7))
        ends += [at for at in (danger.latest_low_at, danger.empty_at) if at is not None]
    # a nearly still pump would squeeze everything else into the margin
    return min(max(ends), now + timedelta(days=400))


def _lines(
    chart: Chart, begins_at: datetime, ends_at: datetime
) -> tuple[tuple[Point, ...], ...]:
    fills = [one.fill.at for one in chart.fills if one.fill.at >= begins_at]
    changes = sorted(
        [one.at for one in chart.programmes]
        + [one.at for one in chart.boluses]
        + [one.at + one.duration for one in chart.boluses]
    )
    lines = []
    for start, end in zip(fills, [*fills[1:], ends_at], strict=True):
        earlier = chart.before(end).history if end in fills else chart.history
        line = _line(earlier, start, end, [at for at in changes if start < at < end])
        if line:
            lines.append(line)
    return tuple(lines)


def _line(
    history: History, start: datetime, end: datetime, between: list[datetime]
) -> tuple[Point, ...]:
    step = max((end - start) / 24, timedelta(hours=12))
    even = [start + step * n for n in range(1, 25) if start + step * n < end]
    times = [start, *sorted({*between, *even}), end - timedelta(seconds=1)]
    try:
        return tuple((at, volume_at(history, at, use=BolusUse.AVERAGE)) for at in times)
    except CannotProject:
        return ()


def _band(danger: RefillDanger | None, fill: Fill, alarm_ml: Fraction) -> tuple[Point, ...]:
    """Between the fast and the slow edge, from the fill to the alarm volume."""
    if danger is None or danger.earliest_low_at is None or danger.latest_low_at is None:
        return ()
    return (
        (fill.at, Fraction(fill.volume_ml)),
        (danger.earliest_low_at, alarm_ml),
        (danger.latest_low_at, alarm_ml),
    )


def _marks(chart: Chart, begins_at: datetime) -> tuple[Mark, ...]:
    refills = [Mark(one.fill.at, "refill", "refill") for one in chart.fills]
    fill_times = {one.fill.at for one in chart.fills}
    doses = [
        Mark(one.at, "dose", "dose changed")
        for one in chart.programmes
        if one.at not in fill_times
    ]
    return tuple(
        sorted((m for m in [*refills, *doses] if m.at >= begins_at), key=lambda mark: mark.at)
    )
