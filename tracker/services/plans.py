"""What a batch of moved watches comes to: the rows to write, in a handful of statements."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.escalation import Ladder, Move, Step
from tracker.domain.message import MessageState, message_key, reference_of
from tracker.domain.standing import NEWER
from tracker.models import Message, Watch
from tracker.services import recipients
from tracker.services.rosters import RELATIONS, People, Recipient
from tracker.services.rows import insert_all, update_all
from tracker.services.states import UNSENT, move_all

SOON = timedelta(days=1)
JUMPED_OVER = "jumped over: the date came nearer, or nobody was there to send"


@dataclass(slots=True)
class Batch:
    """Rows gathered for one transaction."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    told: set[tuple[int, Recipient]] = field(default_factory=set)  # watch, who and how
    skipped: int = 0


def take(
    batch: Batch,
    people: People,
    row: sa.Row[Any],
    ladder: Ladder,
    move: Move,
    *,
    now: datetime,
) -> None:
    """Add one watch's move to the batch, with the messages it brings."""
    position = move.position
    batch.moved.append(
        {
            "id": row.id,
            "cursor": position.cursor,
            "round": position.round,
            "fired_at": position.fired_at,
            "level": ladder.level_at(position.cursor),
            "next_action_at": move.next_action_at,
            "next_action": move.next_action,
        }
    )
    if move.fires is None:
        return
    reached = recipients.resolve(
        move.fires,
        people,
        clinic_id=row.clinic_id,
        owner_id=row.owner_id,
        pump_id=row.pump_id,
    )
    batch.skipped += len(move.skipped) + len(reached.missed)
    for ordinal in move.skipped:
        jumped = ladder.steps[ordinal - 1]
        batch.messages.append(_unsaid(row, jumped, position.round, JUMPED_OVER, now=now))
    note = _note(reached)
    if reached.stands_in and _staff_come_next(ladder, move, now=now):
        batch.messages.append(_unsaid(row, move.fires, position.round, note, now=now))
        return
    for one in reached.recipients:
        batch.told.add((row.id, one))
        batch.messages.append(_message(row, move.fires, position.round, one, note, now=now))


def _staff_come_next(ladder: Ladder, move: Move, *, now: datetime) -> bool:
    """True after a step for the patient alone whose next one, within a day, is for staff.

    Most patients have no e-mail: the owner would be told what the next step says anyway.
    """
    following = ladder.steps[move.position.cursor : move.position.cursor + 1]
    return (
        move.fires is not None
        and set(move.fires.targets) <= RELATIONS.keys()
        and any(not set(step.targets) <= RELATIONS.keys() for step in following)
        and move.next_action_at - now <= SOON
    )


def _note(reached: recipients.Reached) -> str:
    if not reached.missed:
        return ""
    missed = recipients.names_of(reached.missed)
    if reached.stands_in:
        return f"nobody named for this step can be reached by e-mail ({missed})"
    return f"not reached by e-mail: {missed}"


def _message(
    row: sa.Row[Any],
    step: Step,
    round: int,
    one: Recipient,
    note: str,
    *,
    now: datetime,
) -> dict[str, Any]:
    key = message_key(row.id, step.ordinal, round, one.name, one.channel)
    return {
        "key": key,
        "reference": reference_of(key),
        "clinic_id": row.clinic_id,
        "watch_id": row.id,
        "step": step.ordinal,
        "round": round,
        "level": step.level,
        "template": recipients.template_for(one, step.template),
        "staff_id": one.staff_id,
        "contact_id": one.contact_id,
        "channel": one.channel,
        "state": MessageState.PLANNED,
        "state_reason": note,
        "due_at": now,
        "attempts": 0,
        "planned_at": now,
    }


def _unsaid(
    row: sa.Row[Any], step: Step, round: int, why: str, *, now: datetime
) -> dict[str, Any]:
    """The record of a step that told nobody, so that the history shows it."""
    owner = Recipient(staff_id=row.owner_id)
    message = _message(row, step, round, owner, why, now=now)
    return message | {"state": MessageState.SUPERSEDED}


def write(session: Session, batch: Batch) -> int:
    """Write a batch in three statements; returns how many messages wait to be sent."""
    if batch.told:
        supersede(session, batch)
    planned = 0
    if batch.messages:
        new = insert_all(session, Message, "key", batch.messages)
        planned = max(0, new - sum(m["state"] != "planned" for m in batch.messages))
    update_all(session, Watch, batch.moved)
    return planned


def supersede(session: Session, batch: Batch) -> None:
    """Let what waits for the same people give way, so that each gets one current message.

    An e-mail gives way to an e-mail only: a text message says less, and may not arrive.
    """
    who = (Message.staff_id, Message.contact_id, Message.channel)
    asked = sa.select(Message.id, Message.watch_id, *who).where(
        UNSENT, Message.watch_id.in_({watch_id for watch_id, _ in batch.told})
    )
    old = [
        one.id
        for one in session.execute(asked)
        if (one.watch_id, Recipient(one.staff_id, one.contact_id, one.channel)) in batch.told
    ]
    if old:
        move_all(
            session,
            MessageState.SUPERSEDED,
            Message.id.in_(old),
            UNSENT,
            state_reason=NEWER,
        )
