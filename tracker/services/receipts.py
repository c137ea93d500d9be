"""Hand-overs that were taken, written down: three statements, put together once.

Nearly every message ends so, which is why no row is loaded for it.
"""

from collections.abc import Sequence
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
from tracker.services import unfit_words
from tracker.services.states import ATTEMPT, MESSAGE, among


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
    session: Session, handed_over: Sequence[tuple[int, int, Sent]], *, now: datetime
) -> dict[int, Written]:
    """Call messages sent, unless more is known of one already, and end their attempts.

    Each is given as the numbers of message and attempt, and what was sent.
    """
    connection = session.connection()
    facts = [_facts(message_id, sent, now) for message_id, _, sent in handed_over]
    ended = [
        {"attempt_id": attempt_id, "ended": now, "said": sent.receipt}
        for _, attempt_id, sent in handed_over
    ]
    connection.execute(_ending(), ended)
    connection.execute(_calling_it_sent(), facts)
    # asked afterwards: a report that held the row while this waited for it is seen now
    found = connection.execute(
        _what_stands(connection.dialect.name), {"numbers": [one["number"] for one in facts]}
    )
    return {
        number: Written(state, bool(ends_fault), bool(was_reported))
        for number, state, ends_fault, was_reported in found
    }


def _facts(message_id: int, sent: Sent, now: datetime) -> dict[str, Any]:
    return {
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


@cache
def _calling_it_sent() -> sa.Update:
    row, sent = MESSAGE.c, MessageState.SENT
    may_be_sent = sa.or_(*(row.state == one for one in sent_from()))
    return (
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
    )


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
def _what_stands(database: str) -> sa.Select[*tuple[Any, ...]]:
    asked = sa.select(
        MESSAGE.c.id, MESSAGE.c.state, unfit_words.has_fault(MESSAGE), _was_reported()
    )
    return asked.where(among(MESSAGE.c.id, "numbers", database))


def _was_reported() -> sa.ColumnElement[bool]:
    report, message = DeliveryReport, MESSAGE.c
    on_it = sa.and_(report.message_id == message.id, report.applied_at.is_(None))
    # what went within a digest follows each report on the digest
    on_its_digest = report.message_id == message.leader_id
    found = sa.exists().where(sa.or_(on_it, on_its_digest))
    return found.correlate(MESSAGE).label("was_reported")
