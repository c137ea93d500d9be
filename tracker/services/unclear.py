"""Staff are told again what perhaps did not arrive, under a new round of the watch."""

from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.message import MessageState, message_key
from tracker.models import Message, Watch
from tracker.services.references import new_reference
from tracker.services.rosters import Recipient


def tell_again(session: Session, old: Message, *, due_at: datetime, now: datetime) -> None:
    """Plan the same step to the same member of staff once more, as a message of its own."""
    watch = session.get_one(Watch, old.watch_id, with_for_update=True, populate_existing=True)
    watch.round += 1
    name = Recipient(old.staff_id, old.contact_id, old.channel).name
    key = message_key(watch.id, old.step, watch.round, name, old.channel)
    session.add(
        Message(
            key=key,
            reference=new_reference(),
            clinic_id=old.clinic_id,
            watch_id=watch.id,
            step=old.step,
            round=watch.round,
            level=old.level,
            template=old.template,
            staff_id=old.staff_id,
            channel=old.channel,
            state=MessageState.PLANNED,
            state_reason="told again: it is not known whether the one before arrived",
            due_at=due_at,
            attempts=old.attempts,
            planned_at=now,
        )
    )
    session.flush()
