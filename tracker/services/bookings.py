"""The booked visit of a pump, and what it quietens; `appointments` is what books."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.ladder import BOOKING
from tracker.domain.message import MessageState
from tracker.domain.visit import morning_after
from tracker.models import Appointment, Clinic, Message, Pump, Watch
from tracker.services.asking import rows_from
from tracker.services.states import UNSENT, move_all

ANSWERED = "a visit is booked: this asks for nothing any more"
# To the letter, for the partial index that finds it.
BOOKED_FOR_IT = sa.and_(
    Appointment.pump_id == Watch.pump_id, sa.text("appointment.state = 'booked'")
)
_BOOKED = sa.select(Appointment).where(
    Appointment.pump_id == sa.bindparam("pump_id"), sa.text("appointment.state = 'booked'")
)

# asked at each booking, so put together once
_ASKING = sa.select(Message.id).where(
    UNSENT, Message.watch_id == sa.bindparam("watch_id"), Message.template.in_(BOOKING)
)


def open_refills(clinic: Clinic) -> sa.ColumnElement[bool]:
    """The refills that a clinic has still to do.

    Whether the visit that is booked answers one says `domain/visit.is_in_time` alone.
    """
    return sa.and_(
        Watch.clinic_id == clinic.id,
        Watch.kind == WatchKind.REFILL,
        Watch.closed_at.is_(None),
    )


def booked_for(session: Session, pump_id: int) -> Appointment | None:
    """The one visit that is booked for a pump."""
    return session.scalar(_BOOKED, {"pump_id": pump_id})


def take_visit(watch: Watch, pump: Pump, appointment: Appointment | None) -> None:
    """Let a refill watch know of the visit that is booked, or that none is.

    One after refill-by is kept on it too: it quietens nothing until the date moves.
    """
    watch.visit_at = watch.reopens_at = None
    if appointment is not None:
        watch.visit_at = appointment.scheduled_at
        watch.reopens_at = morning_after(appointment.scheduled_at, pump.clinic.zone)


def call_off(watch: Watch, *, now: datetime) -> None:
    """Let a refill watch know that its visit won't be: what that kept quiet is said at once.

    After the morning after nothing is left to call off: the watch has been opened again.
    """
    if watch.reopens_at is None or watch.reopens_at <= now:
        return
    was_quiet = not is_too_late(watch)
    watch.visit_at, watch.reopens_at = None, now if was_quiet else None


def is_too_late(watch: Watch | None) -> bool:
    """Whether the visit lies after refill-by, so that it answers nothing."""
    if watch is None or watch.visit_at is None or watch.danger_at is None:
        return False
    return watch.visit_at > watch.danger_at


def drop_answered(session: Session, watch: Watch, *, now: datetime) -> None:
    """Take back what waits and asks for a visit: it would contradict the one that is booked."""
    waiting = rows_from(session).scalars(_ASKING, {"watch_id": watch.id}).all()
    if waiting:  # mostly nothing does, and an update of nothing takes ten times as long
        asking = (UNSENT, Message.id.in_(waiting))
        move_all(session, MessageState.SUPERSEDED, *asking, state_reason=ANSWERED)
