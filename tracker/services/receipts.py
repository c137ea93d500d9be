"""A hand-over that was taken, written down: two statements, put together once.

Nearly every message ends so, which is why no row is loaded for it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState
from tracker.domain.outcome import sent_from
from tracker.domain.outgoing import Words
from tracker.models import DeliveryReport
from tracker.services import undelivered
from tracker.services.states import ATTEMPT, MESSAGE


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a channel has taken: where to, in which words, with which receipt.

    `leader_id` names the message within which it was said, where it did not go alone.
    """

    address: str
    words: Words
    receipt: str
    reference: str = ""  # by which reports will name it
    leader_id: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The state that the message is in now, and what there is still to do about it."""

    state: MessageState
    ends_fault: bool  # it could not be put into words before, and staff were told so
    was_reported: bool  # a report of it came before this


def write_down(
    session: Session, message_id: int, attempt_id: int, sent: Sent, *, now: datetime
) -> Written:
    """Call the message sent, unless more is known of it already, and end its attempt."""
    connection = session.connection()
    facts: dict[str, Any] = {
        "number": message_id,
        "sent_at": now,
        "address": sent.address,
        "subject": sent.words.subject,
        "body": sent.words.body,
        "note": sent.words.note[:300] or None,
        "leader": sent.leader_id,
        "receipt": sent.receipt[:200],
        "reference": sent.reference[:120] or None,
    }
    ended = {"attempt_id": attempt_id, "ended": now, "said": sent.receipt}
    at_once = connection.dialect.name != "sqlite"
    if not at_once:
        connection.execute(_ending(), ended)
    asked = _calling_it_sent(with_attempt=at_once)
    facts |= ended if at_once else {}
    state, ends_fault, was_reported = connection.execute(asked, facts).one()
    if at_once and not was_reported:
        # a report that held the row while this waited for it came after the statement's view
        was_reported = connection.scalar(_asking_after_reports(), facts)
    return Written(state, bool(ends_fault), bool(was_reported))


@cache
def _calling_it_sent(*, with_attempt: bool) -> sa.UpdateBase:
    """`with_attempt` ends the attempt too: one way to PostgreSQL and back instead of two."""
    row, sent = MESSAGE.c, MessageState.SENT
    may_be_sent = row.state.in_(sent_from())
    calling = (
        sa.update(MESSAGE)
        .where(row.id == sa.bindparam("number"))
        .values(
            # also where the sweep was quicker and called it unknown: now it is known
            state=sa.case((may_be_sent, sa.literal(sent, row.state.type)), else_=row.state),
            state_reason=sa.func.coalesce(_given("note", row.state_reason), row.state_reason),
            claimed_by=None,
            lease_until=None,
            address=_given("address", row.address),
            subject=_given("subject", row.subject),
            body=_given("body", row.body),
            leader_id=_given("leader", row.leader_id),
            provider_id=_given("receipt", row.provider_id),
            sent_at=_given("sent_at", row.sent_at),
            reference=sa.func.coalesce(_given("reference", row.reference), row.reference),
        )
        .returning(row.state, undelivered.has_fault(MESSAGE), _was_reported())
    )
    return calling.add_cte(_ending().cte("ended")) if with_attempt else calling


@cache
def _ending() -> sa.Update:
    return (
        sa.update(ATTEMPT)
        .where(ATTEMPT.c.id == sa.bindparam("attempt_id"))
        .values(
            ended_at=_given("ended", ATTEMPT.c.ended_at),
            outcome="sent",
            provider_text=_given("said", ATTEMPT.c.provider_text),
        )
    )


def _given(name: str, column: sa.Column[Any]) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=column.type)


@cache
def _asking_after_reports() -> sa.Select[bool]:
    return sa.select(_was_reported())


def _was_reported() -> sa.ColumnElement[bool]:
    # by value: SQLite's RETURNING names columns without their table, and both have an id
    report = DeliveryReport
    on_it = sa.and_(report.message_id == sa.bindparam("number"), report.applied_at.is_(None))
    # what went within a digest follows each report on the digest
    on_its_digest = report.message_id == _given("leader", MESSAGE.c.leader_id)
    found = sa.exists().where(sa.or_(on_it, on_its_digest))
    return found.label("was_reported")
