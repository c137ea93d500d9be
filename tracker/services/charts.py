"""A pump's records in force, as the plain values that the domain reckons with."""

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

from sqlalchemy.orm import Session

from tracker.domain.doses import Component
from tracker.domain.infusion import Fill
from tracker.models import Bolus as BolusRow
from tracker.models import Programme as ProgrammeRow
from tracker.models import Pump
from tracker.models import Reading as ReadingRow
from tracker.models import Refill as RefillRow
from tracker.models.columns import RecordColumns
from tracker.services.chart_values import Chart as Chart
from tracker.services.chart_values import ChartedFill as ChartedFill
from tracker.services.chart_values import ChartedReading as ChartedReading
from tracker.services.chart_values import FilledDrug as FilledDrug
from tracker.services.in_force import AT, in_force, of_pump

Row = TypeVar("Row", RefillRow, ProgrammeRow, BolusRow, ReadingRow)
RecordRow = RefillRow | ProgrammeRow | BolusRow | ReadingRow


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


def charts_around(
    session: Session, pump: Pump, replaces: RecordColumns | None
) -> tuple[Chart, Chart]:
    """The chart as it is, and without the row that is corrected, if one is."""
    present = chart_of(session, pump)
    return present, chart_of(session, pump, without=replaces) if replaces else present


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


def chart_with(chart: Chart, written: Sequence[RecordRow]) -> Chart:
    """What is read after these rows were written; `chart` is without what they replace.

    They are the newest of the pump's rows, so they come last of what was at the same instant.
    """
    new = charted(
        [one for one in written if isinstance(one, RefillRow)],
        [one for one in written if isinstance(one, ProgrammeRow)],
        [one for one in written if isinstance(one, BolusRow)],
        [one for one in written if isinstance(one, ReadingRow)],
    )
    return chart.followed_by(new)


def programmes_in_force(session: Session, pump: Pump) -> list[ProgrammeRow]:
    """The programme rows that count, oldest first."""
    return _in_force(session, ProgrammeRow, pump, None)


def _in_force(
    session: Session, table: type[Row], pump: Pump, without: RecordColumns | None
) -> list[Row]:
    rows = session.scalars(of_pump(table), {"pump_id": pump.id}).unique()
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
