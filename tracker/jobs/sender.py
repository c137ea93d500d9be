"""Delivery: what is due is claimed, looked at afresh, put into words, handed over, settled.

One message at a time, each in its own guard: a poisoned one never stops the others. What else
waits for the same member of staff is said within it, in one digest.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from tracker.db import reading
from tracker.domain.message import Channel, MessageState
from tracker.domain.outgoing import (
    Attachment,
    DeliveryFailed,
    Notice,
    Outgoing,
    Refusal,
    Words,
)
from tracker.jobs import speaking
from tracker.jobs.attaching import attached
from tracker.jobs.outlets import Outlets
from tracker.jobs.sessions import Sessions
from tracker.logs import told
from tracker.services import deliveries, gathering, settling
from tracker.services.deliveries import Taken

# A channel that was down or unclear three times running is left alone until the next run: what
# waits stays planned. Thousands of time-outs in a row would hold up the ticks, and each unclear
# one costs a patient's message.
DOWN_IN_A_ROW = 3
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
    outlets: Outlets
    host: str
    clock: Callable[[], datetime]
    report: DeliverReport
    down: int = 0


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
    run = _Run(sessions, channels, host, clock or (lambda: now), DeliverReport())
    try:
        for count, message_id in enumerate(_due(sessions, run.report.faults, now)):
            over = limit is not None and count >= limit
            if over or run.down >= DOWN_IN_A_ROW or not goes_on():
                break
            _guarded(run, message_id)
    finally:
        channels.close()
    return run.report


def _due(sessions: Sessions, faults: list[str], now: datetime) -> Iterator[int]:
    """What is due at `now`, each once, read afresh after every hundred."""
    seen: set[int] = set()
    while True:
        with reading(sessions) as session:
            # what could not even be taken is due still, and must not hide what comes after it
            limit = AT_ONCE + len(faults)
            due = deliveries.due_ids(session, now=now, limit=limit)
            ids = [one for one in due if one not in seen]
        if not ids:
            return
        seen.update(ids)
        yield from ids


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
    """Claim and commit, with what else waits for the reader; hand over; settle afterwards."""
    now = run.clock()
    with run.sessions.begin() as session:
        together = gathering.take_together(session, message_id, host=run.host, now=now)
    for state in together.dropped:
        run.report.count(state)
    for said in speaking.put_into_words(run.outlets.renderer, together.taken, now=now):
        if isinstance(said, speaking.Unfit):
            _settle(run, said.taken, said.why)
        else:
            _hand_over(run, said, now=now)


def _hand_over(run: _Run, said: speaking.Said, *, now: datetime) -> None:
    """One message over the line, and what came of it written beside each that it carries."""
    leader = said.carried[0][0]
    result = _result(run, leader.notice, said.words, now=now)
    for taken, own_words in said.carried:
        if isinstance(result, str):
            sent = settling.Sent(taken.notice.to_address, said.words, result)
            if taken is not leader:
                words = replace(own_words, body="")
                sent = replace(sent, words=words, leader_id=leader.message_id)
            elif taken.notice.channel is Channel.SMS:
                sent = replace(sent, reference=result)
            _settle(run, taken, sent)
        else:
            _settle(run, taken, result)


def _settle(run: _Run, taken: Taken, result: settling.Sent | DeliveryFailed) -> None:
    """In a transaction of its own: what can't be written of one is no harm to the others."""
    try:
        with run.sessions.begin() as session:
            state = settling.settle(
                session, taken.message_id, taken.attempt_id, result, now=run.clock()
            )
    except OperationalError:
        raise
    except Exception as problem:
        _note_fault(run, taken.message_id, problem)
    else:
        run.report.count(state)


def _result(run: _Run, notice: Notice, words: Words, *, now: datetime) -> str | DeliveryFailed:
    """The receipt, or why there is none."""
    try:
        receipt = _send(run, notice, words, now)
    except DeliveryFailed as failed:
        is_down = failed.refusal in (Refusal.CHANNEL_DOWN, Refusal.UNCLEAR)
        run.down = run.down + 1 if is_down else 0
        return failed
    except Exception as problem:
        run.down += 1
        # A channel's own fault: it may have happened after the text had left.
        text = f"the channel failed: {told(problem)}"
        return DeliveryFailed(text, refusal=Refusal.UNCLEAR)
    run.down = 0
    return receipt


def _send(run: _Run, notice: Notice, words: Words, now: datetime) -> str:
    sender = run.outlets.senders.get(notice.channel)
    if sender is None:
        text = f"no way of sending {notice.channel} is set up"
        raise DeliveryFailed(text, refusal=Refusal.FOR_GOOD)
    pages = _pages(notice) if notice.channel is Channel.EMAIL else ()
    return sender.send(
        Outgoing(notice.key, notice.to_address, words, now, pages, notice.sms_sender)
    )


def _pages(notice: Notice) -> tuple[Attachment, ...]:
    """The files that go along. One that can't be read is a fault of ours, told at once."""
    try:
        return tuple(attached(Path(one)) for one in notice.files)
    except OSError as problem:
        text = f"a page that goes along can't be read: {problem}"
        raise DeliveryFailed(text, refusal=Refusal.UNFIT) from problem
