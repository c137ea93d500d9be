"""What a batch of moved watches comes to: the rows to write, in a handful of statements."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Ladder, Move, Step
from tracker.domain.message import MessageState, message_key
from tracker.domain.standing import NEWER, NEWER_ADMITTED
from tracker.models import Message, Patient, Pump, Watch
from tracker.services import recipients, unreached
from tracker.services.asking import rows_from
from tracker.services.faults import Cause, raise_fault
from tracker.services.references import new_reference
from tracker.services.rosters import RELATIONS, People, Recipient
from tracker.services.rows import insert_all, update_all
from tracker.services.states import UNSENT, move_all

SOON = timedelta(days=1)
CAME = "the patient was at the visit: staff are asked for the refill"
INHIBITED = "an alarm of this pump that says more is open: it is told instead"
JUMPED_OVER = "jumped over: the date came nearer, or nobody was there to send"


@dataclass(slots=True)
class Batch:
    """Rows gathered for one transaction."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    told: set[tuple[int, Recipient]] = field(default_factory=set)  # watch, who and how
    unreached: dict[str, Cause] = field(default_factory=dict)  # by open key
    found: dict[tuple[int, int, int], recipients.Reached] = field(default_factory=dict)
    came: set[int] = field(default_factory=set)  # pumps whose patients were at their visit
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
    if row.inhibited_by is not None:
        batch.skipped += 1
        batch.messages.append(_unsaid(row, move.fires, position.round, INHIBITED, now=now))
        return
    if move.to_patient is not None:
        _take_beside(batch, people, row, move.to_patient, position.round, now=now)
    reached = _reached(batch, people, row, move.fires)
    batch.skipped += len(move.skipped) + len(reached.missed)
    for ordinal in move.skipped:
        jumped = ladder.steps[ordinal - 1]
        batch.messages.append(_unsaid(row, jumped, position.round, JUMPED_OVER, now=now))
    note = reached.note
    if reached.stands_in and _staff_come_next(ladder, move, now=now):
        batch.messages.append(_unsaid(row, move.fires, position.round, note, now=now))
        return
    if reached.stands_in:
        unreached.gather(batch.unreached, row, move.fires, reached)
    for one in reached.recipients:
        batch.told.add((row.id, one))
        batch.messages.append(message_row(row, move.fires, position.round, one, note, now=now))


def _take_beside(
    batch: Batch, people: People, row: sa.Row[Any], step: Step, round: int, *, now: datetime
) -> None:
    """A step to the patient beside one to staff, who are not told if it reaches nobody."""
    reached = _reached(batch, people, row, step)
    why = CAME if row.pump_id in batch.came else reached.note if reached.stands_in else ""
    if why:
        batch.skipped += 1
        batch.messages.append(_unsaid(row, step, round, why, now=now))
        return
    for one in reached.recipients:
        batch.told.add((row.id, one))
        batch.messages.append(message_row(row, step, round, one, reached.note, now=now))


def _reached(batch: Batch, people: People, row: sa.Row[Any], step: Step) -> recipients.Reached:
    """Whom the step reaches; of a step for staff that is the same for all of an owner's."""
    about = recipients.About(row.clinic_id, row.owner_id, row.pump_id)
    if RELATIONS.keys() & set(step.targets):
        return recipients.resolve(step, people, about)
    key = (row.policy_id, step.ordinal, row.owner_id)
    found = batch.found.get(key)
    if found is None:
        found = batch.found[key] = recipients.resolve(step, people, about)
    return found


def _staff_come_next(ladder: Ladder, move: Move, *, now: datetime) -> bool:
    """True after a step for the patient alone whose next one, within a day, is for staff.

    Most patients have no e-mail: the owner would be told what the next step says anyway.
    """
    following = ladder.steps[move.position.cursor : move.position.cursor + 1]
    return (
        move.fires is not None
        and move.fires.is_outside
        and any(not step.is_outside for step in following)
        and move.next_action_at - now <= SOON
    )


def message_row(
    row: sa.Row[Any] | Watch,
    step: Step,
    round: int,
    one: Recipient,
    note: str,
    *,
    now: datetime,
) -> dict[str, Any]:
    """What one reader is to be told by a watch's step."""
    key = message_key(row.id, step.ordinal, round, one.name, one.channel)
    return {
        "key": key,
        "reference": new_reference(),
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
    message = message_row(row, step, round, owner, why, now=now)
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


def report(session: Session, batch: Batch, *, now: datetime) -> None:
    """Raise one alarm for each thing that kept a step from everybody it names."""
    for cause in batch.unreached.values():
        raise_fault(session, WatchKind.SYSTEM, cause, now=now)


_WAITING = sa.select(
    *(Message.id, Message.watch_id),
    *(Message.staff_id, Message.contact_id, Message.channel),
).where(UNSENT, Message.watch_id.in_(sa.bindparam("watch_ids", expanding=True)))


def supersede(session: Session, batch: Batch) -> None:
    """Let what waits for the same people give way, so that each gets one current message.

    An e-mail gives way to an e-mail only: a text message says less, and may not arrive.
    """
    told_of = {"watch_ids": {watch_id for watch_id, _ in batch.told}}
    old = [
        one
        for one in rows_from(session).execute(_WAITING, told_of)
        if (one.watch_id, Recipient(one.staff_id, one.contact_id, one.channel)) in batch.told
    ]
    if outside := [one.id for one in old if one.contact_id is not None]:
        why = NEWER_ADMITTED  # of a patient elsewhere, that is why it has waited
        of_these = (Message.id.in_(outside), UNSENT, _is_of_admitted())
        move_all(session, MessageState.SUPERSEDED, *of_these, state_reason=why)
    if old:
        is_old = (Message.id.in_([one.id for one in old]), UNSENT)
        move_all(session, MessageState.SUPERSEDED, *is_old, state_reason=NEWER)


def _is_of_admitted() -> sa.ColumnElement[bool]:
    """Whether a message is about a patient who is in a hospital elsewhere."""
    found = sa.exists().where(
        Watch.id == Message.watch_id,
        Pump.id == Watch.pump_id,
        Patient.id == Pump.patient_id,
        Patient.admitted_at.is_not(None),
    )
    return found.correlate(Message)
