"""What is arranged for a visit: transport, an interpreter. It quietens nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.domain.visit import Transport, VisitState
from tracker.models import Appointment, Staff, VisitArrangement
from tracker.services.versions import stay_here


class NotArranged(TrackerError):
    """What can't be said of a visit, or not any more."""

    code = "not_arranged"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangementFacts:
    """What is arranged, as entered."""

    transport: Transport
    transport_by: str = ""
    interpreter: str = ""
    is_interpreter_booked: bool = False
    note: str = ""


def arrange(
    session: Session,
    appointment: Appointment,
    facts: ArrangementFacts,
    *,
    by: Staff,
    now: datetime,
) -> VisitArrangement:
    """Write down what is arranged now; what was arranged before stays on record."""
    stay_here(session, appointment.pump)
    if appointment.state is not VisitState.BOOKED:
        raise NotArranged("This visit is not booked any more.")
    if facts.transport is Transport.ARRANGED and is_blank(facts.transport_by):
        raise NotArranged("Say by whom it is arranged.", field="transport_by")
    if facts.is_interpreter_booked and is_blank(facts.interpreter):
        raise NotArranged("Say for which language.", field="interpreter")
    row = VisitArrangement(
        appointment_id=appointment.id,
        transport=facts.transport,
        transport_by=facts.transport_by.strip(),
        interpreter=facts.interpreter.strip(),
        is_interpreter_booked=facts.is_interpreter_booked,
        note=facts.note.strip(),
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(row)
    session.flush()
    return row


def take_along(
    session: Session, old: Appointment, new: Appointment, *, by: Staff, now: datetime
) -> None:
    """What was arranged follows a visit that moved; what is bound to an hour is open again."""
    before = arrangements_of(session, [old.id]).get(old.id)
    if before is None:
        return
    is_same_hour = old.scheduled_at == new.scheduled_at
    transport = before.transport
    if transport is Transport.ARRANGED and not is_same_hour:
        transport = Transport.NEEDED  # nobody has asked the driver about the other hour
    facts = ArrangementFacts(
        transport=transport,
        transport_by=before.transport_by,
        interpreter=before.interpreter,
        is_interpreter_booked=before.is_interpreter_booked and is_same_hour,
        note=before.note,
    )
    arrange(session, new, facts, by=by, now=now)


def arrangements_of(
    session: Session, appointment_ids: Iterable[int]
) -> dict[int, VisitArrangement]:
    """The newest of each visit."""
    asked = (
        sa.select(VisitArrangement)
        .where(VisitArrangement.appointment_id.in_(list(appointment_ids)))
        .order_by(VisitArrangement.id)
        .options(joinedload(VisitArrangement.recorded_by))
    )
    return {one.appointment_id: one for one in session.scalars(asked)}
