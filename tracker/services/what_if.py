"""Another dose, fill or alarm volume, as if it were so from now on: dates before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from tracker.domain.catalogue import load
from tracker.domain.danger import RefillDanger
from tracker.domain.doses import DrugDose
from tracker.domain.errors import (
    NegativeQuantity,
    NoFill,
    NoProgramme,
    TrackerError,
    VolumeAboveCapacity,
)
from tracker.domain.infusion import Fill, Mode, Programme, check_rates
from tracker.domain.plausibility import about_interval, about_secondary
from tracker.domain.stability import DrugInFill, drug_limit
from tracker.models import Pump
from tracker.services.charts import Chart, ChartedFill, chart_of
from tracker.services.outlooks import look_ahead, pump_facts
from tracker.services.programmes import doses_of, programme_concerns


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """What is to be other than on record; None stays as it is.

    A volume or a concentration means a refill now with the same drugs; a dose means a simple
    programme from now on.
    """

    dose_mcg_per_day: Decimal | None = None
    concentration_mcg_per_ml: Decimal | None = None
    volume_ml: Decimal | None = None
    alarm_volume_ml: Decimal | None = None
    bolus_max_per_day: int | None = None

    @property
    def is_a_fill(self) -> bool:
        return self.volume_ml is not None or self.concentration_mcg_per_ml is not None

    @property
    def is_a_programme(self) -> bool:
        return self.dose_mcg_per_day is not None or self.bolus_max_per_day is not None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The dates and the doses a day as they are, and as they would be."""

    old: RefillDanger | None
    new: RefillDanger | None
    cannot: str | None
    doses: tuple[DrugDose, ...]
    old_doses: tuple[DrugDose, ...]
    concerns: tuple[str, ...]


def suppose(session: Session, pump: Pump, supposed: Supposed, *, now: datetime) -> WhatIf:
    """What would follow, by the code that the previews use; writes nothing.

    Refuses what can't be: a volume above the reservoir, a rate that the pump can't run.
    """
    present = chart_of(session, pump)
    _check(pump, supposed)
    chart = _supposed(present, supposed, now)
    old = look_ahead(pump, present)
    with _alarming_at(pump, supposed.alarm_volume_ml):
        if chart.programmes and chart.fills:
            check_rates(chart.history, pump_facts(pump).limits, field=_field(supposed))
        new = look_ahead(pump, chart)
    before = doses_of(present.programme, present.latest_fill)
    then = doses_of(chart.programme, chart.latest_fill)
    concerns = list(about_secondary(before, then))
    if supposed.is_a_programme and chart.programme is not None:
        concerns += programme_concerns(pump, present, chart.latest_fill, chart.programme)
    if new.refill is not None and chart.latest_fill is not None:
        concerns += about_interval(chart.latest_fill.fill.at, new.refill.low_at)
    return WhatIf(old.refill, new.refill, new.cannot, then, before, tuple(concerns))


def _field(supposed: Supposed) -> str:
    if supposed.dose_mcg_per_day is not None:
        return "dose_mcg_per_day"
    return "concentration_mcg_per_ml" if supposed.is_a_fill else "bolus_max_per_day"


def _check(pump: Pump, supposed: Supposed) -> None:
    capacity = pump.reservoir_capacity_ml
    for name in ("dose_mcg_per_day", "concentration_mcg_per_ml", "volume_ml"):
        amount = getattr(supposed, name)
        if amount is not None and amount <= 0:
            raise NegativeQuantity("This has to be above zero.", field=name)
    if supposed.volume_ml is not None and supposed.volume_ml > capacity:
        raise VolumeAboveCapacity(
            f"{supposed.volume_ml:f} mL do not fit a {capacity:f} mL reservoir.",
            field="volume_ml",
        )
    alarm = supposed.alarm_volume_ml
    if alarm is not None and not 0 <= alarm < capacity:
        raise VolumeAboveCapacity(
            f"The alarm volume lies between 0 and the {capacity:f} mL of the reservoir.",
            field="alarm_volume_ml",
        )


def _supposed(chart: Chart, supposed: Supposed, now: datetime) -> Chart:
    if supposed.is_a_fill:
        if chart.latest_fill is None:
            raise NoFill("No refill is on record to start from.", field="volume_ml")
        chart = chart.with_fill(_fill(chart.latest_fill, supposed, now))
    if supposed.is_a_programme:
        chart = chart.with_programme(_programme(chart.programme, supposed, now))
    return chart


def _fill(last: ChartedFill, supposed: Supposed, now: datetime) -> ChartedFill:
    """A refill now with the last one's drugs, without what only its label would say."""
    volume = supposed.volume_ml or last.fill.volume_ml
    strength = supposed.concentration_mcg_per_ml or last.fill.concentration_mcg_per_ml
    primary = replace(last.drugs[0], concentration_mcg_per_ml=strength)
    limit_days = last.drug_limit_days
    if last.is_first_fill_limit:
        drugs = [DrugInFill(one.code, one.is_diluted) for one in last.drugs]
        found = drug_limit(
            drugs, is_first_fill=False, pharmacist_limit_days=None, catalogue=load()
        )
        limit_days = found.days
    return replace(
        last,
        id=None,
        fill=Fill(now, volume, strength),
        drugs=(primary, *last.drugs[1:]),
        drug_limit_days=limit_days,
        is_first_fill_limit=False,
        beyond_use_on=None,
        printed_alarm_on=None,
        expected_residual_ml=None,
        actual_residual_ml=None,
    )


def _programme(running: Programme | None, supposed: Supposed, now: datetime) -> Programme:
    dose, most = supposed.dose_mcg_per_day, supposed.bolus_max_per_day
    if dose is not None:
        patient = None if running is None else running.patient
        running = Programme(now, Mode.SIMPLE, dose_mcg_per_day=dose, patient=patient)
    if running is None:
        raise NoProgramme("No programme is on record to start from.", field="dose_mcg_per_day")
    if most is None:
        return replace(running, at=now)
    if running.patient is None:
        raise TrackerError(
            "This pump's programme has no boluses that the patient may ask for.",
            field="bolus_max_per_day",
        )
    patient = replace(running.patient, max_per_day=most, average_per_day=None)
    return replace(running, at=now, patient=patient)


@contextmanager
def _alarming_at(pump: Pump, volume_ml: Decimal | None) -> Iterator[None]:
    """The pump as if its alarm stood at another volume.

    The value is set as if it had been loaded, so that nothing can write it.
    """
    real = pump.low_reservoir_alarm_ml
    if volume_ml is not None:
        set_committed_value(pump, "low_reservoir_alarm_ml", volume_ml)
    try:
        yield
    finally:
        set_committed_value(pump, "low_reservoir_alarm_ml", real)
