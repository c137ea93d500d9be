"""What time alone takes away: the drug keeps no longer, or the payer's yes has ended.

`keep_orders` stores on the pump when that will be; the tick finds it (`pump_dues`) and judges
the pump afresh. It opens a watch or moves one: what closes one is a record, and never a day.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tracker.domain.calendar import start_of_day
from tracker.models import Pump
from tracker.services.order_watches import keep_orders
from tracker.services.supplies import day_at


def look_again(session: Session, pump: Pump, *, now: datetime) -> None:
    """Judge the supply of one pump by today."""
    keep_orders(session, pump, because=None, now=now)
    if pump.supply_ends_at is not None and pump.supply_ends_at <= now:
        # no day of need can be worked out, which has a watch of its own: tomorrow again
        today = day_at(pump.clinic, now)
        pump.supply_ends_at = start_of_day(today + timedelta(days=1), pump.clinic.zone)
