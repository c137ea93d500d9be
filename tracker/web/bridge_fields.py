"""The fields of a bridge bolus: what the programmer shows, and nothing that is ours.

Our own number is shown beside them. Were it put in, it would be compared with itself.
"""

from decimal import Decimal
from typing import Any

from tracker.domain.units import format_number
from tracker.models import Bolus
from tracker.web.forms import Form

LONGEST_HOURS = 366 * 24  # no bridge runs for longer than a year
MINUTES_PER_HOUR = 60


def read_bridge(form: Form) -> dict[str, Any]:
    """Whether a bridge was programmed, its volume and its minutes; None where not said."""
    if not form.flag("is_bridged"):
        return {"is_bridged": False}
    volume = form.volume("bridge_volume_ml")
    hours = form.whole("bridge_hours", highest=LONGEST_HOURS)
    minutes = form.whole("bridge_minutes", highest=MINUTES_PER_HOUR - 1)
    if volume == 0:
        form.refuse("bridge_volume_ml", "A bridge bolus has a volume above zero.")
    is_timed = hours is not None or minutes is not None
    if volume is not None and not is_timed:
        form.refuse("bridge_hours", "Give the duration that the programmer shows, too.")
    if volume is None and is_timed:
        form.refuse("bridge_volume_ml", "Give the volume that the programmer shows, too.")
    lasts = Decimal((hours or 0) * MINUTES_PER_HOUR + (minutes or 0)) if is_timed else None
    return {"is_bridged": True, "bridge_volume_ml": volume, "bridge_minutes": lasts}


def put_bridge(form: Form, row: Bolus) -> None:
    """Fill the fields in from a recorded bridge bolus, where the programmer had given it."""
    form.put("is_bridged", "yes")
    if row.is_stated and row.volume_ml is not None:
        hours, minutes = divmod(int(row.duration_minutes), MINUTES_PER_HOUR)
        form.put("bridge_volume_ml", format_number(row.volume_ml))
        form.put("bridge_hours", hours)
        form.put("bridge_minutes", minutes)
