"""How much a reader has been sent lately, and the watch that says when it is too much."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.ceiling import MOST_A_DAY, MOST_TEXTS_A_WEEK, WEEK, is_blown
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Level
from tracker.domain.message import Channel
from tracker.models import Message, Watch
from tracker.services import afresh
from tracker.services.afresh import Seen
from tracker.services.asking import spelt_out
from tracker.services.faults import Cause, raise_fault
from tracker.services.states import MESSAGE

# how much each member of staff was sent on one way since a day began
Counted = dict[tuple[int | None, Channel, datetime], int]
SAYS = {Channel.EMAIL: "e-mails", Channel.SMS: "texts"}


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Why a reader gets no more for now, and until when."""

    reason: str
    until: datetime


def reached(
    session: Session, message: Seen, counted: Counted | None = None, *, now: datetime
) -> Ceiling | None:
    """The ceiling that keeps this message back; None if it may go.

    Of several that are looked at in one moment `counted` keeps what was sent to their reader.
    """
    if message.contact_id is not None:
        return _of_patient(message, now=now) if _is_text(message) else None
    today = now.astimezone(message.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if (
        _sent_today(session, message, {} if counted is None else counted, today)
        < MOST_A_DAY[message.channel]
    ):
        return None
    is_new = message.level is Level.URGENT and not _knows_today(session, message, today)
    if not is_blown(message.channel, MOST_A_DAY[message.channel], is_new_urgency=is_new):
        return None
    until = datetime.combine(today.date() + timedelta(days=1), time(), tzinfo=message.zone)
    most = f"{MOST_A_DAY[message.channel]} {SAYS[message.channel]}"
    return Ceiling(f"the most that one person is sent in a day is reached: {most}", until)


def report(session: Session, message: Message, *, now: datetime) -> None:
    """Tell the last resort and the coordinators, once, that a colleague gets no more today."""
    if message.staff is None:
        return  # the law's limit for patients; the next step tells staff
    most = f"{MOST_A_DAY[message.channel]} {SAYS[message.channel]}"
    sentence = (
        f"{message.staff.name} has been sent {most} today and gets no more until tomorrow, "
        "but for an urgent danger that is new. Please look at the board with them."
    )
    key = f"clinic:{message.clinic_id}:ceiling:{message.staff_id}:{message.channel}"
    facts = (("ceiling_of", message.id),)
    cause = Cause(key, message.clinic_id, sentence, facts=facts)
    raise_fault(session, WatchKind.SYSTEM, cause, now=now)


def is_over(session: Session, fault: Watch, *, now: datetime) -> bool:
    """Whether the person of whom such a watch speaks may be written to again."""
    message = afresh.look(session, fault.explanation["ceiling_of"], is_to_staff=True)
    return reached(session, message, now=now) is None


def _is_text(message: Seen) -> bool:
    return message.channel is Channel.SMS


def _of_patient(message: Seen, *, now: datetime) -> Ceiling | None:
    since = message.beside.full_since
    if since is None or since <= now - WEEK:
        return None
    return Ceiling(f"at most {MOST_TEXTS_A_WEEK} texts a week", since + WEEK)


def _sent_today(session: Session, message: Seen, counted: Counted, today: datetime) -> int:
    """Hand-overs: a digest is one."""
    key = (message.staff_id, message.channel, today)
    if key not in counted:
        facts = {"staff_id": message.staff_id, "today": today}
        counted[key] = session.connection().scalar(_sent_since(message.channel), facts) or 0
    return counted[key]


@cache
def _sent_since(channel: Channel) -> sa.Select[int]:
    """Put together once: it is asked for every message to staff."""
    asked = sa.select(sa.func.count(MESSAGE.c.id)).where(
        MESSAGE.c.staff_id == sa.bindparam("staff_id"),
        MESSAGE.c.sent_at >= sa.bindparam("today"),
        MESSAGE.c.channel == channel,
        MESSAGE.c.leader_id.is_(None),
    )
    return spelt_out(asked)


def _knows_today(session: Session, message: Seen, today: datetime) -> bool:
    asked = sa.select(Message.id).where(
        Message.staff_id == message.staff_id,
        Message.sent_at >= today,
        Message.watch_id == message.watch_id,
        Message.level == Level.URGENT,
    )
    return session.scalar(asked.limit(1)) is not None
