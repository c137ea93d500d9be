"""What else there is of a message's watch and for its reader, in one question.

The statement is put together once for staff and once for contacts: it is asked for every
message that is sent, and building it took longer than answering it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState
from tracker.models import Clinic, Consent, Message, SilenceRow, Watch

HANDED_OVER = (MessageState.SENT, MessageState.DELIVERED)
PERHAPS_THERE = (*HANDED_OVER, MessageState.UNKNOWN)
GONE = (MessageState.SUPERSEDED, MessageState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Beside:
    """What bears on a message; of staff what concerns contacts alone is False."""

    has_newer: bool  # a later one about the watch to the same address is there, or was sent
    is_silenced: bool
    has_consent: bool = False  # the newest word of the patient stands
    was_told_today: bool = False  # of the same pump, or is being told
    was_told_step: bool = False  # of this step of the watch, for whatever date it then was


def look(session: Session, message: Message, clinic: Clinic, *, now: datetime) -> Beside:
    """What is true beside this message, as it is now."""
    is_to_staff, facts = message.staff_id is not None, _facts(message)
    if not is_to_staff:
        today = now.astimezone(clinic.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        facts |= {"pump_id": message.watch.pump_id, "step": message.step, "today": today}
    return Beside(*map(bool, session.execute(_of_reader(is_to_staff), facts).one()))


def has_newer(session: Session, message: Message) -> bool:
    """True if a later message of the watch to the same address is there, or was sent."""
    reader = Message.contact_id if message.staff_id is None else Message.staff_id
    return bool(session.scalar(sa.select(_newer(reader == READER_ID)), _facts(message)))


def _facts(message: Message) -> dict[str, Any]:
    reader_id = message.contact_id if message.staff_id is None else message.staff_id
    return {
        "message_id": message.id,
        "watch_id": message.watch_id,
        "reader_id": reader_id,
        "channel": message.channel,
    }


MESSAGE_ID: sa.BindParameter[int] = sa.bindparam("message_id", type_=sa.Integer())
WATCH_ID: sa.BindParameter[int] = sa.bindparam("watch_id", type_=sa.Integer())
READER_ID: sa.BindParameter[int] = sa.bindparam("reader_id", type_=sa.Integer())


@cache
def _of_reader(is_to_staff: bool) -> sa.Select[*tuple[Any, ...]]:
    reader = Message.staff_id if is_to_staff else Message.contact_id
    asked = [_newer(reader == READER_ID), _silenced()]
    if not is_to_staff:
        asked += [_consent(), _told_today(), _told_step()]
    return sa.select(*asked)


def _newer(is_reader: sa.ColumnElement[bool]) -> Any:
    found = sa.exists().where(
        Message.watch_id == WATCH_ID,
        Message.id > MESSAGE_ID,
        is_reader,
        Message.channel == sa.bindparam("channel", type_=Message.channel.type),
        Message.state.not_in(GONE),
    )
    return found.label("has_newer")


def _silenced() -> Any:
    found = sa.exists().where(SilenceRow.watch_id == WATCH_ID, SilenceRow.ended_at.is_(None))
    return found.label("is_silenced")


def _consent() -> Any:
    asked = sa.select(Consent.is_given).where(Consent.contact_id == READER_ID)
    newest = asked.order_by(Consent.id.desc()).limit(1).scalar_subquery()
    return newest.label("has_consent")


def _told_today() -> Any:
    today = sa.bindparam("today", type_=Message.sent_at.type)
    other = sa.or_(
        sa.and_(Message.state.in_(HANDED_OVER), Message.sent_at >= today),
        # handed over perhaps, when the claim was made: its planning is the day we know
        sa.and_(Message.state == MessageState.UNKNOWN, Message.due_at >= today),
        sa.and_(Message.state == MessageState.CLAIMED, Message.id < MESSAGE_ID),
    )
    asked = (
        sa.select(Message.id)
        .join(Watch, Watch.id == Message.watch_id)
        .where(
            Watch.pump_id == sa.bindparam("pump_id", type_=sa.Integer()),
            Message.contact_id == READER_ID,
            Message.id != MESSAGE_ID,
            other,
        )
    )
    return asked.exists().label("was_told_today")


def _told_step() -> Any:
    is_with_them = sa.or_(
        Message.state.in_(PERHAPS_THERE),
        sa.and_(Message.state == MessageState.CLAIMED, Message.id < MESSAGE_ID),
    )
    found = sa.exists().where(
        Message.watch_id == WATCH_ID,
        Message.contact_id == READER_ID,
        Message.step == sa.bindparam("step"),
        Message.id != MESSAGE_ID,
        is_with_them,
    )
    return found.label("was_told_step")
