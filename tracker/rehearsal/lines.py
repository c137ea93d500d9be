"""What came of a rehearsal, read off the outbox of the copy: one line a message."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Level
from tracker.domain.message import (
    HANDED_OVER,
    PERHAPS_THERE,
    UNSENT,
    Channel,
    MessageState,
)
from tracker.models import Clinic, Membership, Message, Pump, Watch
from tracker.services.policies import ladder_of


@dataclass(frozen=True, slots=True)
class Line:
    """One message: when, to whom, by what, which step; `why` where it is not sent."""

    at: datetime
    key: str
    clinic: str
    pump_id: int | None
    patient: str  # initials
    watch_id: int
    kind: WatchKind
    step: int
    step_name: str
    round: int
    level: Level
    to: str
    role: str  # of staff in this clinic; of a contact, the relation to the patient
    channel: Channel
    template: str
    subject: str
    nth: int
    state: MessageState
    why: str = ""

    @property
    def is_sent(self) -> bool:
        return self.state in HANDED_OVER

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"at": in_utc(self.at)}


def in_utc(at: datetime) -> str:
    """An instant as the commands print it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def lines(session: Session, *, since: datetime, until: datetime) -> list[Line]:
    """What was planned, sent or dropped from `since` on, in the order of time."""
    asked = (
        sa.select(Message)
        .options(
            joinedload(Message.staff),
            joinedload(Message.contact),
            joinedload(Message.watch).joinedload(Watch.pump).joinedload(Pump.patient),
            joinedload(Message.watch).joinedload(Watch.policy),
        )
        .order_by(Message.id)
    )
    messages = list(session.scalars(asked))
    clinics = {one.id: one.name for one in session.scalars(sa.select(Clinic))}
    roles = {
        (one.clinic_id, one.staff_id): one.role.value
        for one in session.scalars(sa.select(Membership))
    }
    nth = _counted(messages)
    found = [
        _line(one, clinics[one.clinic_id], roles, nth[one.id])
        for one in messages
        if since <= _at(one) <= until
    ]
    return sorted(found, key=lambda line: (line.at, line.key))


def _at(message: Message) -> datetime:
    """When it went out; of one that waits still, when it will; else when it was planned."""
    if message.state in UNSENT:
        return message.due_at
    return message.sent_at or message.planned_at


def _counted(messages: Iterable[Message]) -> dict[int, int]:
    """The how-many-th of its watch each message is to its reader, as its text says."""
    heard: defaultdict[tuple[int, int | None, int | None], set[int]] = defaultdict(set)
    nth = {}
    for one in messages:
        rounds = heard[one.watch_id, one.staff_id, one.contact_id]
        nth[one.id] = len(rounds - {one.round}) + 1
        if one.state in PERHAPS_THERE:
            rounds.add(one.round)
    return nth


def _line(message: Message, clinic: str, roles: dict[tuple[int, int], str], nth: int) -> Line:
    watch, staff, contact = message.watch, message.staff, message.contact
    patient = watch.pump.patient if watch.pump else None
    role = roles.get((message.clinic_id, message.staff_id or 0), "staff")
    return Line(
        at=_at(message),
        key=message.key,
        clinic=clinic,
        pump_id=watch.pump_id,
        patient=f"{patient.given_name[:1]}{patient.family_name[:1]}".upper() if patient else "",
        watch_id=watch.id,
        kind=watch.kind,
        step=message.step,
        step_name=_step_name(watch, message.step),
        round=message.round,
        level=message.level,
        to=staff.name if staff else contact.name if contact else "",
        role=contact.relation.value if contact else role,
        channel=message.channel,
        template=message.template,
        subject=message.subject or "",
        nth=nth,
        state=message.state,
        why=message.state_reason,
    )


def _step_name(watch: Watch, step: int) -> str:
    """What the ladder calls the step; a message of an older version may name one it has not."""
    steps = ladder_of(watch.policy).steps
    return steps[step - 1].name if 0 < step <= len(steps) else ""
