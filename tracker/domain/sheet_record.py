"""What one row of a clinic's sheet tells of: a patient, a pump, a refill and its programme."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain.calendar import start_of_day
from tracker.domain.catalogue.entries import DrugEntry, PumpEntry
from tracker.domain.units import format_number

VOLUMES = (
    *("reservoir_capacity_ml", "volume_after_refill_ml", "residual_expected_ml"),
    *("residual_actual_ml", "alarm_volume_ml"),
)


@dataclass(frozen=True, slots=True)
class SheetDrug:
    """A drug of a fill as it is named in the sheet, and as the catalogue knows it."""

    name: str
    entry: DrugEntry
    concentration_mcg_ml: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRecord:
    """What one row says, read and found possible; None is "not said"."""

    family_name: str
    given_name: str
    mrn: str
    birth_date: date
    pump_model: str
    pump: PumpEntry
    pump_serial: str
    drugs: tuple[SheetDrug, ...]
    dose_mcg_day: Decimal
    refilled_on: date
    refilled_at: datetime | None = None
    volume_after_refill_ml: Decimal
    reservoir_capacity_ml: Decimal | None = None
    residual_expected_ml: Decimal | None = None
    residual_actual_ml: Decimal | None = None
    alarm_volume_ml: Decimal | None = None
    low_alarm_date: date | None = None
    stability_days: Decimal | None = None
    eri_months: Decimal | None = None
    phone: str | None = None
    email: str | None = None
    status: str | None = None
    notes: str | None = None

    def filled_at(self, zone: ZoneInfo) -> datetime:
        """The moment of the refill; of a day alone its beginning, for earlier is safer."""
        return self.refilled_at or start_of_day(self.refilled_on, zone)

    @property
    def alarm_ml(self) -> Decimal:
        """The alarm volume of the sheet, else the one the maker delivers the pump with."""
        said = self.alarm_volume_ml
        return self.pump.low_reservoir_alarm_ml if said is None else said

    def as_values(self) -> dict[str, Any]:
        """The values by their names: texts as typed, amounts and dates in one form."""
        values: dict[str, Any] = {
            "family_name": self.family_name,
            "given_name": self.given_name,
            "mrn": self.mrn,
            "birth_date": self.birth_date.isoformat(),
            "phone": self.phone,
            "email": self.email,
            "pump_model": self.pump_model,
            "pump_serial": self.pump_serial,
            "drugs": [
                {
                    "name": one.name,
                    "concentration_mcg_ml": format_number(one.concentration_mcg_ml),
                }
                for one in self.drugs
            ],
            "dose_mcg_day": format_number(self.dose_mcg_day),
            **self._refilled(),
            **{name: _number(getattr(self, name)) for name in VOLUMES},
            "low_alarm_date": self.low_alarm_date and self.low_alarm_date.isoformat(),
            "stability_days": _number(self.stability_days),
            "eri_months": _number(self.eri_months),
            "status": self.status,
            "notes": self.notes,
        }
        return {name: value for name, value in values.items() if value is not None}

    def _refilled(self) -> dict[str, str]:
        if self.refilled_at is None:
            return {"refilled_on": self.refilled_on.isoformat()}
        at = self.refilled_at.astimezone(UTC)
        return {"refilled_at_utc": f"{at:%Y-%m-%dT%H:%M:%SZ}"}


def _number(value: Decimal | None) -> str | None:
    return None if value is None else format_number(value)
