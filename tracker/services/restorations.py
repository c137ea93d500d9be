"""After records were put back: nothing goes to patients until people say they are whole again.

What was sent after the moment of the backup is not in it. Staff are told all the same, as after
an outage; a patient could be told twice, so a message to one is dropped and staff are asked.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.backup import is_caught_up, what_is_missing
from tracker.domain.blank import is_blank
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.message import MessageState
from tracker.domain.standing import RESTORED
from tracker.models import Clinic, Message, Restoration, SignIn, Staff, Watch
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import anchors_of, close_keys
from tracker.services.perhaps_told import mark_perhaps_told
from tracker.services.policies import ladder_of
from tracker.services.states import UNSENT, move_all

LONGEST = 300


class NotCompared(TrackerError):
    code = "not_compared"


def put_back(session: Session, *, taken_at: datetime, digest: str, now: datetime) -> None:
    """Mark every clinic's records as those of `taken_at`, in the transaction that brought them.

    Messages to patients that waited then are dropped, and every session ends: who left since
    is a member again until somebody says so.
    """
    for clinic in session.scalars(sa.select(Clinic).order_by(Clinic.id)).all():
        row = Restoration(
            clinic_id=clinic.id, taken_at=taken_at, restored_at=now, digest=digest
        )
        session.add(row)
        session.flush()
        _ask(session, clinic, row, now=now)
    _drop_what_waits(session)
    _mark_what_was_due(session, now=now)
    session.execute(
        sa.update(SignIn)
        .where(SignIn.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


def _drop_what_waits(session: Session, *of: sa.ColumnElement[bool]) -> None:
    """What waits for patients, planned or held, is let go of."""
    to_patient = Message.contact_id.is_not(None)
    move_all(session, MessageState.CANCELLED, UNSENT, to_patient, *of, state_reason=RESTORED)


def _mark_what_was_due(session: Session, *, now: datetime) -> None:
    """Before a date moves: by the restored ones a patient may have been told of each step."""
    asked = (
        sa.select(Watch)
        .where(Watch.closed_at.is_(None), Watch.pump_id.is_not(None))
        .order_by(Watch.id)
        .options(joinedload(Watch.policy, innerjoin=True))
    )
    for watch in session.scalars(asked):
        mark_perhaps_told(watch, ladder_of(watch.policy), anchors_of(watch), now=now)


def _ask(session: Session, clinic: Clinic, row: Restoration, *, now: datetime) -> None:
    sentence = (
        "The records were put back from a backup. "
        f"{what_is_missing(row.taken_at, clinic.zone)} "
        "Until that is confirmed no reminder goes to a patient, because nobody knows which "
        "were sent meanwhile: telephone those who are due."
    )
    cause = Cause(_key(row.id), clinic.id, sentence, facts=(("restoration_id", row.id),))
    raise_fault(session, WatchKind.SYSTEM, cause, now=now)


def confirm(
    session: Session, row: Restoration, *, compared_with: str, by: Staff, now: datetime
) -> None:
    """Somebody says that what came after the backup is on record again, and how they know."""
    compared_with = compared_with.strip()
    if is_blank(compared_with):
        raise NotCompared(
            "Say what the records were compared with, such as the list of which day.",
            field="compared_with",
        )
    if len(compared_with) > LONGEST:
        raise NotCompared(f"At most {LONGEST} letters, please.", field="compared_with")
    if row.confirmed_at is not None:
        raise NotCompared("A colleague has confirmed it already.")
    _check_caught_up(session, row)
    _drop_what_waits(session, Message.clinic_id == row.clinic_id)
    row.confirmed_at, row.confirmed_by_id = now, by.id
    row.compared_with = compared_with
    session.flush()
    evidence = Evidence(EvidenceKind.RECORDS_COMPARED, row.id)
    close_keys(session, [_key(row.id)], evidence, now=now)


def _check_caught_up(session: Session, row: Restoration) -> None:
    """Refuse while a step that fell due before could still be planned, and then be sent."""
    asked = sa.select(sa.func.min(Watch.next_action_at)).where(
        Watch.clinic_id == row.clinic_id, Watch.closed_at.is_(None)
    )
    first = session.scalar(asked)
    if first is not None and not is_caught_up(first, restored_at=row.restored_at):
        raise NotCompared(
            "The scheduler has not gone through these records yet, and would write to patients "
            "again of what they were told before. See that it runs; confirm a minute later."
        )


def dropped(session: Session, row: Restoration) -> list[Message]:
    """Messages to patients that were not sent because of it, for staff to telephone."""
    asked = sa.select(Message).where(
        Message.clinic_id == row.clinic_id,
        Message.contact_id.is_not(None),
        Message.state == MessageState.CANCELLED,
        Message.state_reason == RESTORED,
    )
    return list(session.scalars(asked.order_by(Message.id)))


def _key(restoration_id: int) -> str:
    return f"restoration:{restoration_id}"
