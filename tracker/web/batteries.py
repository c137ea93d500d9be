"""What pages show of a pump's battery, and of the way to the next pump."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g

from tracker.domain.battery import EstimateTold, estimates_told
from tracker.domain.replacement import is_soon
from tracker.domain.wording import write_day
from tracker.models import Pump, ReplacementStep
from tracker.services import replacements
from tracker.services.charts import chart_of

# Ours: as long before the end as the replacement is planned (S:4).
ESTIMATE_HOLDS = timedelta(days=180)


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


def battery_unread(pump: Pump) -> str:
    """Asks for the battery's estimate at a refill where none was read for half a year (H28)."""
    if not pump.has_battery:
        return ""
    read = [one.read_on for one in way_of(pump).estimates]
    if read and g.today - max(read) <= ESTIMATE_HOLDS:
        return ""
    since = f"since {write_day(max(read))}" if read else "yet"
    return f"No estimate of this pump's battery has been recorded {since}."
