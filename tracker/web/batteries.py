"""What pages show of a pump's battery, and of the way to the next pump."""

from dataclasses import dataclass
from datetime import datetime

from flask import g

from tracker.domain.battery import EstimateTold, estimates_told
from tracker.domain.replacement import is_soon
from tracker.models import Pump, ReplacementStep
from tracker.services import replacements
from tracker.services.charts import chart_of


@dataclass(frozen=True, slots=True)
class Way:
    """What a page shows of a pump's battery and of the way to the next pump."""

    steps: list[ReplacementStep]
    theatre: ReplacementStep | None
    estimates: tuple[EstimateTold, ...]
    before: Pump | None

    @property
    def after(self) -> Pump | None:
        """The pump that replaced this one."""
        return next((one.new_pump for one in self.steps if one.new_pump), None)


def way_of(pump: Pump) -> Way:
    """The estimates, the steps, and the pump before."""
    told = [
        (one.read_at.astimezone(g.clinic.zone).date(), one.battery_months)
        for one in chart_of(g.session, pump).readings
        if one.battery_months is not None
    ]
    return Way(
        steps=replacements.steps_of(g.session, pump.id),
        theatre=replacements.theatre_of(g.session, pump.id),
        estimates=estimates_told(told),
        before=replacements.before(g.session, pump.id),
    )


def surgery_soon(pump: Pump, at: datetime | None = None) -> datetime | None:
    """The date of the surgery, where a refill at `at`, or now, would come right before it."""
    row = replacements.theatre_of(g.session, pump.id)
    theatre_at = row.theatre_at if row else None
    return theatre_at if theatre_at and is_soon(theatre_at, at or g.now) else None
