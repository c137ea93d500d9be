"""One run of delivery: what it knows, what it claims, and what came of what it handed over."""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tracker.db import reading
from tracker.domain.batch import Due, first_of
from tracker.domain.message import MessageState
from tracker.domain.outgoing import DeliveryFailed
from tracker.jobs.lines import Lines
from tracker.jobs.sessions import Sessions
from tracker.logs import told
from tracker.notify.render import Renderer
from tracker.services import claims, gathering, settling
from tracker.services.deliveries import Taken
from tracker.services.gathering import Together
from tracker.services.receipts import Sent

AT_ONCE = 100  # ours: so many numbers are read together; what is claimed at once is fewer

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

    def note_fault(self, message_id: int, problem: Exception) -> None:
        self.faults.append(f"message {message_id}: {told(problem)}")


@dataclass(slots=True)
class Run:
    """`due_at` bounds what is due; the `clock` says how late it has become meanwhile."""

    sessions: Sessions
    lines: Lines
    renderer: Renderer
    host: str
    due_at: datetime
    clock: Callable[[], datetime]
    blink: timedelta
    goes_on: Callable[[], bool]
    report: DeliverReport = field(default_factory=DeliverReport)
    waiting: list[Due] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)  # whose turn has come, or who went along
    turns: int = 0  # the messages whose turn came; a digest is one
    is_listed: bool = False  # all that is due: the list was whole, and nothing came to it
    size: int = 1  # of the next batch, at most
    apart: float = 0  # how far from others to begin, once somebody was quicker
    unsettled: list[tuple[Taken, Sent | DeliveryFailed]] = field(default_factory=list)

    @property
    def may_send(self) -> bool:
        return self.goes_on() and not self.lines.is_down

    def count(self, state: MessageState) -> None:
        """What became of a message; for one that did not go out another may wait instead."""
        self.report.count(state)
        if state is not MessageState.SENT:
            self.is_listed = False


def next_batch(run: Run, most: int) -> list[int]:
    """What is due, each once, read afresh after every hundred.

    And where another sender was quicker: what is left of the list is theirs as well.
    """
    waiting = [] if run.apart else _unseen(run, run.waiting)
    if not waiting and (run.apart or not run.is_listed):
        with reading(run.sessions) as session:
            # what could not even be taken is due still, and must not hide what comes after it
            limit = AT_ONCE + len(run.report.faults)
            due = claims.due(session, now=run.due_at, limit=limit, apart=run.apart)
        run.is_listed = len(due) < limit
        waiting = _unseen(run, due)
    run.waiting, run.apart = waiting, 0
    batch = first_of(waiting, min(run.size, most))
    run.seen.update(batch)
    run.turns += len(batch)
    return batch


def _unseen(run: Run, due: list[Due]) -> list[Due]:
    return [one for one in due if one.message_id not in run.seen]


def take(run: Run, batch: list[int], *, now: datetime) -> Together:
    """Claim a batch, and write down what came of the one before in the same transaction.

    What a message costs is mostly its commits. Where the two can't be written together, what
    was handed over is written down by itself, and the claim is tried once more.
    """
    together = _take_and_settle(run, batch, now=now) if run.unsettled else None
    if together is None:
        with run.sessions.begin() as session:
            together = gathering.take_together(session, batch, host=run.host, now=now)
    if not (together.taken or together.dropped):
        run.apart = random.uniform(0.1, 0.9)  # nosec B311 - it guards nothing
    run.seen.update(one.message_id for one in together.taken)
    for state in together.dropped:
        run.count(state)
    return together


def _take_and_settle(run: Run, batch: list[int], *, now: datetime) -> Together | None:
    try:
        with run.sessions.begin() as session:
            states = _settled(session, run.unsettled, now=now)
            session.flush()  # the claim asks without the session's knowledge
            together = gathering.take_together(session, batch, host=run.host, now=now)
    except Exception:
        settle(run)
        return None
    run.unsettled.clear()
    for state in states:
        run.count(state)
    return together


def give_back(run: Run, taken: list[Taken]) -> None:
    """What would have to wait too long for its hand-over has its turn once more."""
    try:
        with run.sessions.begin() as session:
            claims.give_back(session, {one.message_id: one.attempt_id for one in taken})
    except OperationalError:
        raise
    except Exception as problem:  # their lease runs out, and somebody is asked to telephone
        run.report.note_fault(taken[0].message_id, problem)
        return
    run.seen.difference_update(one.message_id for one in taken)
    run.is_listed = False
    run.turns -= len(taken)


def settle(run: Run) -> None:
    """Each in a transaction of its own: what can't be written of one is no harm to others.

    Where the database gives way, what it has not taken stays, and is written at the end of the
    run if it is back by then: a hand-over forgotten would be called unclear.
    """
    while run.unsettled:
        first = run.unsettled[:1]
        try:
            with run.sessions.begin() as session:
                (state,) = _settled(session, first, now=run.clock())
        except OperationalError:
            raise
        except Exception as problem:
            run.report.note_fault(first[0][0].message_id, problem)
        else:
            run.count(state)
        del run.unsettled[0]


def _settled(
    session: Session, handed_over: list[tuple[Taken, Sent | DeliveryFailed]], *, now: datetime
) -> list[MessageState]:
    given = [(one.message_id, one.attempt_id, result) for one, result in handed_over]
    return settling.settle(session, given, now=now)
