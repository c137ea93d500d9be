"""Delivery: what is due is claimed, looked at afresh, put into words, handed over, settled.

One message at a time, each in its own guard: a poisoned one never stops the others. What else
waits for the same member of staff is said within it, in one digest.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tracker.db import reading
from tracker.domain.message import Channel, MessageState
from tracker.domain.outgoing import DeliveryFailed
from tracker.jobs import speaking
from tracker.jobs.lines import Lines
from tracker.jobs.outlets import Outlets
from tracker.jobs.sessions import Sessions
from tracker.logs import told
from tracker.notify.render import Renderer
from tracker.services import deliveries, gathering, settling
from tracker.services.deliveries import Taken
from tracker.services.gathering import Together
from tracker.services.receipts import Sent

AT_ONCE = 100  # ours: so many numbers are read together, and each message then by itself

COUNTED = {
    MessageState.SENT: "sent",
    MessageState.FAILED: "failed",
    MessageState.PLANNED: "failed",  # for now
    MessageState.HELD: "held",
    MessageState.SUPERSEDED: "superseded",
    MessageState.CANCELLED: "superseded",
    MessageState.UNKNOWN: "unknown",
}


@dataclass(slots=True)
class DeliverReport:
    """What became of the messages that were due; `faults` names what could not be settled."""

    sent: int = 0
    failed: int = 0
    held: int = 0
    superseded: int = 0
    unknown: int = 0
    faults: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def count(self, state: MessageState) -> None:
        name = COUNTED[state]
        setattr(self, name, getattr(self, name) + 1)


@dataclass(slots=True)
class _Run:
    sessions: Sessions
    lines: Lines
    renderer: Renderer
    host: str
    clock: Callable[[], datetime]
    report: DeliverReport
    seen: set[int] = field(default_factory=set)  # whose turn has come, or who went along
    apart: float = 0  # how far from others to begin, once somebody was quicker
    unsettled: list[tuple[Taken, Sent | DeliveryFailed]] = field(default_factory=list)


def deliver(
    sessions: Sessions,
    channels: Outlets,
    *,
    host: str,
    limit: int | None = None,
    clock: Callable[[], datetime] | None = None,
    goes_on: Callable[[], bool] = lambda: True,
    now: datetime,
) -> DeliverReport:
    """Send what is due at `now`, at most `limit` messages; a digest counts as one.

    A long run hands in its `clock`, so that the lease of the last message is as long as that of
    the first; `goes_on` is asked before each message.
    """
    lines, renderer = Lines(channels.senders), channels.renderer
    run = _Run(sessions, lines, renderer, host, clock or (lambda: now), DeliverReport())
    try:
        for count, message_id in enumerate(_due(run, now)):
            over = limit is not None and count >= limit
            if over or lines.is_down or not goes_on():
                break
            _guarded(run, message_id)
    finally:
        try:
            _settle(run)
        finally:
            channels.close()
    return run.report


def _due(run: _Run, now: datetime) -> Iterator[int]:
    """What is due at `now`, each once, read afresh after every hundred.

    And where another sender was quicker: what is left of the list is theirs as well.
    """
    while True:
        with reading(run.sessions) as session:
            # what could not even be taken is due still, and must not hide what comes after it
            limit = AT_ONCE + len(run.report.faults)
            due = deliveries.due_ids(session, now=now, limit=limit, apart=run.apart)
        if run.seen.issuperset(due):
            return
        run.apart = 0
        for message_id in due:
            if run.apart:
                break
            if message_id not in run.seen:
                run.seen.add(message_id)
                yield message_id


def _guarded(run: _Run, message_id: int) -> None:
    try:
        _deliver_one(run, message_id)
    except OperationalError:
        raise  # the database is gone: nothing can be settled before it is back
    except Exception as problem:
        _note_fault(run, message_id, problem)


def _note_fault(run: _Run, message_id: int, problem: Exception) -> None:
    run.report.faults.append(f"message {message_id}: {told(problem)}")


def _deliver_one(run: _Run, message_id: int) -> None:
    """Claim and commit, with what else waits for the reader; hand over."""
    now = run.clock()
    together = _take(run, message_id, now=now)
    if not (together.taken or together.dropped):
        run.apart = random.uniform(0.1, 0.9)  # nosec B311 - it guards nothing
    run.seen.update(one.message_id for one in together.taken)
    for state in together.dropped:
        run.report.count(state)
    for said in speaking.put_into_words(run.renderer, together.taken, now=now):
        _settle(run)
        if isinstance(said, speaking.Unfit):
            run.unsettled.append((said.taken, said.why))
        else:
            _hand_over(run, said, now=now)


def _take(run: _Run, message_id: int, *, now: datetime) -> Together:
    """Claim a message, and write down what came of the one before in the same transaction.

    What a message costs is mostly its commits. Where the two can't be written together, what
    was handed over is written down by itself, and the claim is tried once more.
    """
    if run.unsettled:
        try:
            with run.sessions.begin() as session:
                states = [_settled(session, *one, now=now) for one in run.unsettled]
                session.flush()  # the claim asks without the session's knowledge
                together = gathering.take_together(session, message_id, host=run.host, now=now)
        except Exception:
            _settle(run)
        else:
            _count(run, states)
            return together
    with run.sessions.begin() as session:
        return gathering.take_together(session, message_id, host=run.host, now=now)


def _hand_over(run: _Run, said: speaking.Said, *, now: datetime) -> None:
    """One message over the line, and what is to be written beside each that it carries."""
    leader = said.carried[0][0]
    result = run.lines.hand_over(leader.notice, said.words, now=now)
    for taken, own_words in said.carried:
        if isinstance(result, DeliveryFailed):
            run.unsettled.append((taken, result))
            continue
        sent = Sent(taken.notice.to_address, said.words, result)
        if taken is not leader:
            words = replace(own_words, body="")
            sent = replace(sent, words=words, leader_id=leader.message_id)
        elif taken.notice.channel is Channel.SMS:
            sent = replace(sent, reference=result)
        run.unsettled.append((taken, sent))


def _settle(run: _Run) -> None:
    """Each in a transaction of its own: what can't be written of one is no harm to others.

    Where the database gives way, what it has not taken stays, and is written at the end of the
    run if it is back by then: a hand-over forgotten would be called unclear.
    """
    while run.unsettled:
        taken, result = run.unsettled[0]
        try:
            with run.sessions.begin() as session:
                state = _settled(session, taken, result, now=run.clock())
        except OperationalError:
            raise
        except Exception as problem:
            _note_fault(run, taken.message_id, problem)
        else:
            run.report.count(state)
        del run.unsettled[0]


def _count(run: _Run, states: list[MessageState]) -> None:
    run.unsettled.clear()
    for state in states:
        run.report.count(state)


def _settled(
    session: Session, taken: Taken, result: Sent | DeliveryFailed, *, now: datetime
) -> MessageState:
    return settling.settle(session, taken.message_id, taken.attempt_id, result, now=now)
