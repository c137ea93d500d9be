"""A pump's records in force, as the plain values that the domain reckons with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

from sqlalchemy.orm import Session

from tracker.domain.doses import Component
from tracker.domain.events import MotorState
from tracker.domain.infusion import Bolus, Fill, History, Programme
from tracker.models import Bolus as BolusRow
from tracker.models import Programme as ProgrammeRow
from tracker.models import Pump
from tracker.models import Reading as ReadingRow
from tracker.models import Refill as RefillRow
from tracker.models.columns import RecordColumns
from tracker.services.in_force import AT, in_force, of_pump

Row = TypeVar("Row", RefillRow, ProgrammeRow, BolusRow, ReadingRow)


@dataclass(frozen=True, slots=True)
class FilledDrug:
    """One drug of a fill; the first of a fill is the primary one."""

    code: str
    name: str
    concentration_mcg_per_ml: Decimal
    is_diluted: bool | None = None


@dataclass(frozen=True, slots=True)
class ChartedFill:
    """A refill in force. `id` is None for one that is only being considered."""

    id: int | None
    fill: Fill
    drugs: tuple[FilledDrug, ...]
    drug_limit_days: Decimal | None
    is_first_fill_limit: bool
    beyond_use_on: date | None
    printed_alarm_on: date | None
    expected_residual_ml: Decimal | None
    actual_residual_ml: Decimal | None


@dataclass(frozen=True, slots=True)
class ChartedReading:
    """What the programmer stated at one instant."""

    read_at: datetime
    reservoir_volume_ml: Decimal | None
    printed_alarm_on: date | None
    battery_months: Decimal | None
    eri_on: date | None
    is_programme_changed: bool | None = None
    recorded_at: datetime | None = None  # None for one that is only being considered
    motor: MotorState | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything in force for one pump, each kind in order of time."""

    fills: tuple[ChartedFill, ...] = ()
    programmes: tuple[Programme, ...] = ()
    boluses: tuple[Bolus, ...] = ()
    readings: tuple[ChartedReading, ...] = ()
    printed_by_programme: tuple[tuple[datetime, date], ...] = ()
    programme_recorded_at: datetime | None = None

    @property
    def history(self) -> History:
        return History(
            fills=tuple(one.fill for one in self.fills),
            programmes=self.programmes,
            boluses=self.boluses,
        )

    @property
    def latest_fill(self) -> ChartedFill | None:
        return self.fills[-1] if self.fills else None

    @property
    def programme(self) -> Programme | None:
        return self.programmes[-1] if self.programmes else None

    def running(self, at: datetime) -> Programme | None:
        """The programme that runs at `at`."""
        return next((one for one in reversed(self.programmes) if one.at <= at), None)

    def filled(self, at: datetime) -> ChartedFill | None:
        """The fill that is in the pump at `at`."""
        return next((one for one in reversed(self.fills) if one.fill.at <= at), None)

    def before(self, at: datetime) -> "Chart":
        """The chart as it stood just before `at`."""
        return Chart(
            fills=tuple(one for one in self.fills if one.fill.at < at),
            programmes=tuple(one for one in self.programmes if one.at < at),
            boluses=tuple(one for one in self.boluses if one.at < at),
            readings=tuple(one for one in self.readings if one.read_at < at),
            printed_by_programme=tuple(one for one in self.printed_by_programme if one[0] < at),
        )

    def with_fill(self, fill: ChartedFill) -> "Chart":
        fills = sorted([*self.fills, fill], key=lambda one: one.fill.at)
        return replace(self, fills=tuple(fills))

    def with_programme(self, programme: Programme, printed: date | None = None) -> "Chart":
        programmes = sorted([*self.programmes, programme], key=lambda one: one.at)
        said = self.printed_by_programme
        if printed is not None:
            said = tuple(sorted([*said, (programme.at, printed)]))
        return replace(self, programmes=tuple(programmes), printed_by_programme=said)

    def with_boluses(self, boluses: tuple[Bolus, ...]) -> "Chart":
        return replace(self, boluses=tuple(sorted([*self.boluses, *boluses], key=_at)))


def _at(bolus: Bolus) -> datetime:
    return bolus.at


def chart_of(session: Session, pump: Pump, *, without: RecordColumns | None = None) -> Chart:
    """What is known of `pump` now: neither replaced nor void; `without` leaves one row out too.

    Leaving out a refill leaves out the programme and the boluses set with it.
    """
    if without is not None:
        return _chart(session, pump, without)
    kept = _kept(session)
    if pump.id not in kept:
        kept[pump.id] = _chart(session, pump, None)
    return kept[pump.id]


def _chart(session: Session, pump: Pump, without: RecordColumns | None) -> Chart:
    return charted(
        _in_force(session, RefillRow, pump, without),
        _in_force(session, ProgrammeRow, pump, without),
        _in_force(session, BolusRow, pump, without),
        _in_force(session, ReadingRow, pump, without),
    )


def _kept(session: Session) -> dict[int, Chart]:
    """The charts that a session has read, where it only reads: a page asks for one five times.

    One that writes keeps none, or its own record would be missing from what it reckons.
    """
    kept: dict[int, Chart] = {}
    if session.info.get("reads_only"):
        kept = session.info.setdefault("charts", kept)
    return kept


def charts_of(session: Session, pump_ids: Sequence[int]) -> dict[int, Chart]:
    """The chart of each of these pumps, in five queries however many they are."""
    kept = _kept(session)
    unread = [one for one in pump_ids if one not in kept]
    if unread:
        kept.update(_read(session, unread))
    return {one: kept[one] for one in pump_ids}


def _read(session: Session, pump_ids: Sequence[int]) -> dict[int, Chart]:
    refills = _by_pump(session, RefillRow, pump_ids)
    programmes = _by_pump(session, ProgrammeRow, pump_ids)
    boluses = _by_pump(session, BolusRow, pump_ids)
    readings = _by_pump(session, ReadingRow, pump_ids)
    return {
        one: charted(
            refills.get(one, []),
            programmes.get(one, []),
            boluses.get(one, []),
            readings.get(one, []),
        )
        for one in pump_ids
    }


def _by_pump(
    session: Session, table: type[Row], pump_ids: Sequence[int]
) -> dict[int, list[Row]]:
    rows = session.scalars(
        in_force(table)
        .where(table.pump_id.in_(pump_ids))
        .order_by(table.pump_id, getattr(table, AT[table]), table.id)
    )
    return {pump_id: list(found) for pump_id, found in groupby(rows, lambda one: one.pump_id)}


def charted(
    refills: list[RefillRow],
    programmes: list[ProgrammeRow],
    boluses: list[BolusRow],
    readings: list[ReadingRow],
) -> Chart:
    """These rows, each kind in order of time, as the values the domain reckons with."""
    return Chart(
        fills=tuple(charted_fill(row) for row in refills),
        programmes=tuple(row.as_programme() for row in programmes),
        boluses=tuple(row.as_bolus() for row in boluses),
        readings=tuple(charted_reading(row) for row in readings),
        printed_by_programme=tuple(
            (row.effective_at, row.printed_alarm_on)
            for row in programmes
            if row.printed_alarm_on is not None
        ),
        programme_recorded_at=max((row.recorded_at for row in programmes), default=None),
    )


def programmes_in_force(session: Session, pump: Pump) -> list[ProgrammeRow]:
    """The programme rows that count, oldest first."""
    return _in_force(session, ProgrammeRow, pump, None)


def _in_force(
    session: Session, table: type[Row], pump: Pump, without: RecordColumns | None
) -> list[Row]:
    rows = session.scalars(of_pump(table), {"pump_id": pump.id})
    return [row for row in rows if not _left_out(row, without)]


def _left_out(row: object, without: RecordColumns | None) -> bool:
    if without is None:
        return False
    if isinstance(without, RefillRow) and getattr(row, "refill_id", None) == without.id:
        return True
    return row is without


def charted_fill(row: RefillRow) -> ChartedFill:
    """A refill row as the value the domain reckons with."""
    drugs = tuple(
        FilledDrug(one.drug.code, one.drug.name, one.concentration_mcg_per_ml, one.is_diluted)
        for one in row.drugs
    )
    return ChartedFill(
        id=row.id,
        fill=Fill(row.filled_at, row.instilled_volume_ml, drugs[0].concentration_mcg_per_ml),
        drugs=drugs,
        drug_limit_days=row.drug_limit_days,
        is_first_fill_limit=row.is_first_fill_limit,
        beyond_use_on=row.beyond_use_on,
        printed_alarm_on=row.printed_alarm_on,
        expected_residual_ml=row.expected_residual_volume_ml,
        actual_residual_ml=row.actual_residual_volume_ml,
    )


def components(fill: ChartedFill) -> tuple[Component, ...]:
    """The drugs of a fill as their doses are reckoned from."""
    return tuple(
        Component(one.name, one.code, one.concentration_mcg_per_ml) for one in fill.drugs
    )


def charted_reading(row: ReadingRow) -> ChartedReading:
    """A reading row as the value the domain reckons with."""
    return ChartedReading(
        row.read_at,
        row.reservoir_volume_ml,
        row.printed_alarm_on,
        row.battery_months,
        row.eri_on,
        row.is_programme_changed,
        row.recorded_at,
        row.motor,
    )
