"""How good our projections were: for each past refill, what was foreseen and what was measured.

Each is worked out anew from nothing but what had been written down before that refill.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tracker.domain.drift import median
from tracker.domain.errors import CannotProject
from tracker.domain.infusion import BolusUse
from tracker.domain.reservoir import volume_used
from tracker.domain.residual import accuracy_ratios, flow_band
from tracker.models import Bolus, Clinic, Programme, Pump, Reading, Refill
from tracker.services.charts import Chart, charted
from tracker.services.in_force import AT, in_force
from tracker.services.outlooks import measured_cycles, model_facts

MOST = 300  # ours: refills on one page; more and it is slow to make and nobody reads it
LONGEST = timedelta(days=730)  # ours: two years, of which the page shows one at first
EDGES = tuple(map(Decimal, ("0.5", "1", "2")))  # mL; 1 and 2 are the limits of DOMAIN 4.2
DAY = timedelta(days=1)
FIRST = "The first fill on record: nothing of ours was in the pump before it."
NOT_YET = "The fill before it had not been written down yet when this one was done."
NOT_MEASURED = "The residual was not measured."
TABLES: tuple[Any, ...] = (Refill, Programme, Bolus, Reading)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One refill: the residual as it was foreseen, its credible edges, and the measured one.

    `error_ml` is measured less foreseen: below zero the reservoir was emptier than we said.
    `error_days` is the same in days of the flow foreseen; None where nothing was to flow.
    """

    refill: Refill
    foreseen_ml: Fraction
    least_ml: Fraction | None
    most_ml: Fraction | None
    measured_ml: Decimal
    error_ml: Fraction
    error_days: Fraction | None

    @property
    def is_in_band(self) -> bool | None:
        """Whether the measured volume lay between the edges; None where none were known."""
        if self.least_ml is None or self.most_ml is None:
            return None
        return self.least_ml <= self.measured_ml <= self.most_ml

    @property
    def is_below_band(self) -> bool:
        """Emptier than the earliest that was held credible: the error that harms."""
        return self.least_ml is not None and self.measured_ml < self.least_ml


@dataclass(frozen=True, slots=True)
class Unforeseen:
    """One refill that has no error, and why it has none."""

    refill: Refill
    why: str


@dataclass(frozen=True, slots=True)
class BackTest:
    """The refills of a span, newest first, and what they say together."""

    foreseen: tuple[Foreseen, ...]
    unforeseen: tuple[Unforeseen, ...]
    is_cut: bool

    @property
    def worst(self) -> list[Foreseen]:
        """The ten that were furthest off."""
        return sorted(self.foreseen, key=lambda one: -abs(one.error_ml))[:10]

    @property
    def median_ml(self) -> Fraction | None:
        return median([one.error_ml for one in self.foreseen]) if self.foreseen else None

    @property
    def median_days(self) -> Fraction | None:
        days = [one.error_days for one in self.foreseen if one.error_days is not None]
        return median(days) if days else None

    @property
    def banded(self) -> int:
        """For how many a band was known."""
        return sum(one.is_in_band is not None for one in self.foreseen)

    @property
    def unbanded(self) -> list[Foreseen]:
        """Those whose error is known, and whether it was within a band is not."""
        return [one for one in self.foreseen if one.is_in_band is None]

    @property
    def reasons(self) -> list[tuple[str, list[Unforeseen]]]:
        """Why there is no error, with the refills of which it is so, the most first."""
        found: dict[str, list[Unforeseen]] = {}
        for one in self.unforeseen:
            found.setdefault(one.why, []).append(one)
        return sorted(found.items(), key=lambda pair: -len(pair[1]))

    @property
    def within(self) -> int:
        return sum(one.is_in_band is True for one in self.foreseen)

    @property
    def below(self) -> int:
        return sum(one.is_below_band for one in self.foreseen)

    @property
    def spread(self) -> list[tuple[Decimal | None, Decimal | None, int]]:
        """How many errors lie between each two edges (mL), from much less to much more."""
        marks = [None, *(-one for one in reversed(EDGES)), Decimal(0), *EDGES, None]
        return [
            (low, high, sum(_between(one.error_ml, low, high) for one in self.foreseen))
            for low, high in pairwise(marks)
        ]


def _between(error: Fraction, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is None or error >= low) and (high is None or error < high)


def back_test(
    session: Session, clinic: Clinic, *, since: datetime, until: datetime
) -> BackTest:
    """What was foreseen for each refill from `since` to before `until`, or why nothing was."""
    asked = (
        in_force(Refill)
        .join(Pump, Pump.id == Refill.pump_id)
        .where(
            Pump.clinic_id == clinic.id,
            Refill.filled_at >= max(since, until - LONGEST),
            Refill.filled_at < until,
        )
        .order_by(Refill.filled_at.desc(), Refill.id)
        .limit(MOST + 1)
        .options(
            joinedload(Refill.pump).joinedload(Pump.patient),
            joinedload(Refill.pump).joinedload(Pump.model),
        )
    )
    refills = list(session.scalars(asked))
    known = _Known(session, {one.pump_id for one in refills[:MOST]})
    found = [_foresee(one, known.before(one), known) for one in refills[:MOST]]
    return BackTest(
        tuple(one for one in found if isinstance(one, Foreseen)),
        tuple(one for one in found if isinstance(one, Unforeseen)),
        len(refills) > MOST,
    )


class _Known:
    """Every row of some pumps, replaced ones too, to tell what was known at a moment."""

    def __init__(self, session: Session, pump_ids: Iterable[int]) -> None:
        ids = list(pump_ids)
        self._rows = {table: _by_pump(session, table, ids) for table in TABLES}

    def before(self, refill: Refill) -> Chart:
        """The chart as it had been written down when this refill was done."""
        found = {
            table: _in_force_at(rows.get(refill.pump_id, ()), table, refill.filled_at)
            for table, rows in self._rows.items()
        }
        return charted(found[Refill], found[Programme], found[Bolus], found[Reading])

    def has_earlier(self, refill: Refill) -> bool:
        """Whether a fill before this one is on record now, whenever it was written down."""
        rows = self._rows[Refill].get(refill.pump_id, ())
        return any(one.filled_at < refill.filled_at and not one.is_void for one in rows)


def _by_pump(session: Session, table: Any, pump_ids: list[int]) -> dict[int, list[Any]]:
    asked = sa.select(table).where(table.pump_id.in_(pump_ids))
    if table is Refill:
        asked = asked.options(selectinload(Refill.drugs))
    rows: dict[int, list[Any]] = {}
    for row in session.scalars(asked.order_by(getattr(table, AT[table]), table.id)):
        rows.setdefault(row.pump_id, []).append(row)
    return rows


def _in_force_at(rows: Sequence[Any], table: Any, at: datetime) -> list[Any]:
    """Those of before `at` that were on record by then and not yet replaced."""
    written = [one for one in rows if one.recorded_at < at]
    replaced = {one.replaces_id for one in written}
    return [
        one
        for one in written
        if not one.is_void and one.id not in replaced and getattr(one, AT[table]) < at
    ]


def _foresee(refill: Refill, chart: Chart, known: _Known) -> Foreseen | Unforeseen:
    """What this chart foresaw for the instant of the refill, or why it foresaw nothing."""
    fill, measured = chart.latest_fill, refill.actual_residual_volume_ml
    if fill is None:
        return Unforeseen(refill, NOT_YET if known.has_earlier(refill) else FIRST)
    if measured is None:
        return Unforeseen(refill, NOT_MEASURED)
    at, volume = refill.filled_at, Fraction(fill.fill.volume_ml)
    try:
        most, used, least = (
            volume_used(chart.history, fill.fill.at, at, use=use)
            for use in (BolusUse.MAXIMUM, BolusUse.AVERAGE, BolusUse.NONE)
        )
    except CannotProject as cannot:
        return Unforeseen(refill, f"Nothing could be foreseen then: {cannot.message}")
    ratios = accuracy_ratios(measured_cycles(chart))
    band = flow_band(ratios, label=model_facts(refill.pump).accuracy)
    foreseen = max(Fraction(0), volume - used)
    error = Fraction(measured) - foreseen
    days = Fraction((at - fill.fill.at) // timedelta(seconds=1), DAY // timedelta(seconds=1))
    return Foreseen(
        refill=refill,
        foreseen_ml=foreseen,
        least_ml=None if band is None else max(Fraction(0), volume - most * band.fast),
        most_ml=None if band is None else max(Fraction(0), volume - least * band.slow),
        measured_ml=measured,
        error_ml=error,
        error_days=error * days / used if used > 0 else None,
    )
