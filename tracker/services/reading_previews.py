"""What an interrogation would mean, before it is saved."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from tracker.domain.battery import BatteryDanger
from tracker.domain.danger import RefillDanger
from tracker.models import Pump, Reading
from tracker.services.charts import Chart, ChartedReading, charts_around
from tracker.services.outlooks import expected_residual_ml, look_ahead
from tracker.services.readings import ReadingFacts, check_reading


@dataclass(frozen=True, slots=True)
class ReadingPreview:
    """The dates before and after, and the volume (mL) beside what our records expect."""

    stated_ml: Decimal | None
    expected_by_us_ml: Decimal | None
    old: RefillDanger | None
    new: RefillDanger | None
    cannot: str | None
    old_battery: BatteryDanger | None
    new_battery: BatteryDanger | None


def preview_interrogation(
    session: Session,
    pump: Pump,
    facts: ReadingFacts,
    *,
    replaces: Reading | None = None,
    now: datetime,
) -> ReadingPreview:
    """Old and new dates; writes nothing, refuses what can't be."""
    check_reading(pump, facts, now=now)
    present, earlier = charts_around(session, pump, replaces)
    old, new = look_ahead(pump, present), look_ahead(pump, _with(earlier, facts))
    return ReadingPreview(
        stated_ml=facts.reservoir_volume_ml,
        expected_by_us_ml=expected_residual_ml(earlier, facts.read_at),
        old=old.refill,
        new=new.refill,
        cannot=new.cannot,
        old_battery=old.battery,
        new_battery=new.battery,
    )


def _with(chart: Chart, facts: ReadingFacts) -> Chart:
    reading = ChartedReading(
        facts.read_at,
        facts.reservoir_volume_ml,
        facts.printed_alarm_on,
        facts.battery_months,
        facts.eri_on,
    )
    readings = sorted([*chart.readings, reading], key=lambda one: one.read_at)
    return replace(chart, readings=tuple(readings))
