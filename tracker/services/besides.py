"""What else there is of a message's watch and for its reader, selected beside the message.

`Message` and its `Watch` are those of the statement around; `other` is any other message.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from tracker.domain.ceiling import MOST_TEXTS_A_WEEK
from tracker.domain.message import LET_GO, PERHAPS_THERE, MessageState
from tracker.domain.outgoing import Refusal
from tracker.models import Attempt, Consent, Message, Restoration, SilenceRow, Watch
from tracker.models.message import TEXT_TO_CONTACT
from tracker.services.asking import spelt_out

LEFT = ("started", "sent", Refusal.UNCLEAR.value)  # of an attempt: the text may have gone

other = aliased(Message, name="other")
# word for word as its index says it
IS_TEXT = sa.text(re.sub(r"\b(?=channel|contact_id|sent_at)", "other.", TEXT_TO_CONTACT))
others_watch = aliased(Watch, name="others_watch")


@dataclass(frozen=True, slots=True)
class Beside:
    """What bears on a message; what concerns contacts alone is as here for staff."""

    has_newer: bool  # a later one about the watch to the same address is there, or was sent
    is_silenced: bool
    earlier: int  # rounds of the watch that the reader perhaps heard of
    has_consent: bool = False  # the newest word of the patient stands
    told_at: datetime | None = None  # when the reader was last told of the same pump
    is_being_told: bool = False  # of the same pump, at this very moment
    was_told_step: bool = False  # of this step of the watch, for whatever date it then was
    is_restored: bool = False  # the clinic's records, and nobody has looked through them yet
    full_since: datetime | None = None  # when the first of a week's full number of texts went


def columns(is_to_staff: bool) -> list[Any]:
    """What `of_row` reads."""
    reader = Message.staff_id if is_to_staff else Message.contact_id
    others_reader = other.staff_id if is_to_staff else other.contact_id
    found = [_newer(others_reader == reader), _silenced(), _earlier(others_reader == reader)]
    if not is_to_staff:
        found += [
            _consent(),
            _told_at(),
            _being_told(),
            _told_step(),
            _restored(),
            _full_since(),
        ]
    return [spelt_out(one) for one in found]


def of_row(row: Any) -> Beside:
    """What the columns say, which come last in the row."""
    has_newer, is_silenced, earlier, *of_contact = row
    if not of_contact:
        return Beside(bool(has_newer), bool(is_silenced), earlier)
    has_consent, told_at, is_being_told, was_told_step, is_restored, full_since = of_contact
    return Beside(
        bool(has_newer),
        bool(is_silenced),
        earlier,
        bool(has_consent),
        told_at,
        bool(is_being_told),
        bool(was_told_step),
        bool(is_restored),
        full_since,
    )


def has_newer(session: Session, message: Message) -> bool:
    """True if a later message of the watch to the same address is there, or was sent."""
    is_to_staff = message.staff_id is not None
    reader = Message.staff_id if is_to_staff else Message.contact_id
    others_reader = other.staff_id if is_to_staff else other.contact_id
    asked = sa.select(_newer(others_reader == reader)).where(Message.id == message.id)
    return bool(session.scalar(asked))


def _newer(is_readers: sa.ColumnElement[bool]) -> Any:
    found = sa.exists().where(
        other.watch_id == Message.watch_id,
        other.id > Message.id,
        is_readers,
        other.channel == Message.channel,
        other.state.not_in(LET_GO),
    )
    return found.correlate(Message).label("has_newer")


def _silenced() -> Any:
    found = sa.exists().where(
        SilenceRow.watch_id == Message.watch_id, SilenceRow.ended_at.is_(None)
    )
    return found.correlate(Message).label("is_silenced")


def _earlier(is_readers: sa.ColumnElement[bool]) -> Any:
    """How often the watch has spoken to them: by mail and text at once is once."""
    asked = sa.select(sa.func.count(other.round.distinct())).where(
        other.watch_id == Message.watch_id,
        other.id < Message.id,
        other.round != Message.round,
        is_readers,
        other.state.in_(PERHAPS_THERE),
    )
    return asked.correlate(Message).scalar_subquery().label("earlier")


def _consent() -> Any:
    asked = sa.select(Consent.is_given).where(Consent.contact_id == Message.contact_id)
    newest = asked.order_by(Consent.id.desc()).limit(1)
    return newest.correlate(Message).scalar_subquery().label("has_consent")


def _of_same_pump(asked: Any) -> Any:
    return (
        asked.join(others_watch, others_watch.id == other.watch_id)
        .where(
            others_watch.pump_id == Watch.pump_id,
            other.contact_id == Message.contact_id,
            other.id != Message.id,
        )
        .correlate(Message, Watch)
    )


def _told_at() -> Any:
    # handed over perhaps, when the claim was made: its planning is the time we know
    when = sa.case((other.state == MessageState.UNKNOWN, other.due_at), else_=other.sent_at)
    asked = _of_same_pump(sa.select(sa.func.max(when)))
    return asked.where(other.state.in_(PERHAPS_THERE)).scalar_subquery().label("told_at")


def _being_told() -> Any:
    asked = _of_same_pump(sa.select(other.id)).where(_is_claimed_before())
    return asked.exists().label("is_being_told")


def _told_step() -> Any:
    found = sa.exists().where(
        other.watch_id == Message.watch_id,
        other.contact_id == Message.contact_id,
        other.step == Message.step,
        other.id != Message.id,
        sa.or_(other.state.in_(PERHAPS_THERE), _was_called_failed(), _is_claimed_before()),
    )
    return found.correlate(Message).label("was_told_step")


def _was_called_failed() -> Any:
    """By a report alone, after a hand-over that wasn't refused: perhaps it is there after all.

    Staff are asked to telephone; the patient is not written to of the same step again.
    """
    left = sa.exists().where(Attempt.message_id == other.id, Attempt.outcome.in_(LEFT))
    return sa.and_(other.state == MessageState.FAILED, left.correlate(other))


def _restored() -> Any:
    found = sa.exists().where(
        Restoration.clinic_id == Message.clinic_id, Restoration.confirmed_at.is_(None)
    )
    return found.correlate(Message).label("is_restored")


def _full_since() -> Any:
    asked = (
        sa.select(other.sent_at)
        .where(other.contact_id == Message.contact_id, IS_TEXT)
        .order_by(other.sent_at.desc())
        .offset(MOST_TEXTS_A_WEEK - 1)
        .limit(1)
    )
    return asked.correlate(Message).scalar_subquery().label("full_since")


def _is_claimed_before() -> sa.ColumnElement[bool]:
    return sa.and_(other.state == MessageState.CLAIMED, other.id < Message.id)
