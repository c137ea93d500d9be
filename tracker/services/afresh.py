"""What a claimed message is looked at afresh by: its watch, clinic and reader in one question.

The answer is a value and no rows of the session: to load six rows took longer than to send.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import Rule, WatchKind
from tracker.domain.escalation import Level
from tracker.domain.message import Channel
from tracker.models import AddressState, Clinic, Contact, Message, Patient, Pump, Staff, Watch
from tracker.services import besides
from tracker.services.besides import Beside
from tracker.services.states import among


@dataclass(frozen=True, slots=True)
class Seen:
    """A message with all that deciding and speaking need, as it is now.

    In the order in which it is asked for.
    """

    id: int
    key: str
    reference: str | None
    watch_id: int
    step: int
    round: int
    level: Level
    template: str
    staff_id: int | None
    contact_id: int | None
    channel: Channel
    state_reason: str
    attempts: int

    policy_id: int
    kind: WatchKind
    watch_level: Level
    cursor: int
    danger_at: datetime | None
    dry_at: datetime | None
    binding_rule: Rule | None
    explanation: dict[str, Any]
    drugs: str
    visit_at: datetime | None
    reopens_at: datetime | None
    opened_at: datetime
    counts_from_at: datetime | None
    leaves_at: datetime | None
    perhaps_told: int
    closed_at: datetime | None

    clinic_id: int
    clinic_name: str
    clinic_phone: str
    timezone: str
    language: str
    quiet_from: time
    quiet_until: time
    sms_sender: str | None
    has_own_words: bool

    pump_id: int | None
    given_name: str | None
    family_name: str | None
    patient_language: str | None
    patient_timezone: str | None
    admitted_at: datetime | None  # of the patient, to a hospital elsewhere

    to_name: str
    address: str | None  # for the message's channel
    address_state: AddressState
    left_at: datetime | None  # of a member of staff

    beside: Beside

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def look(session: Session, message_id: int, *, is_to_staff: bool) -> Seen:
    """The message as it is now."""
    (seen,) = look_at(session, [message_id], is_to_staff=is_to_staff)
    return seen


def look_at(
    session: Session, message_ids: Sequence[int], *, is_to_staff: bool
) -> Iterator[Seen]:
    """The messages as they are now, in no order: all to staff, or all to patients."""
    connection = session.connection()
    asked = _whole(is_to_staff, connection.dialect.name)
    for row in connection.execute(asked, {"message_ids": message_ids}):
        values: list[Any] = [*row[:OWN], besides.of_row(row[OWN:])]
        yield Seen(*values)


OF_MESSAGE = (
    *(Message.id, Message.key, Message.reference, Message.watch_id, Message.step),
    *(Message.round, Message.level, Message.template, Message.staff_id, Message.contact_id),
    *(Message.channel, Message.state_reason, Message.attempts),
)
OF_WATCH = (
    *(Watch.policy_id, Watch.kind, Watch.level, Watch.cursor, Watch.danger_at, Watch.dry_at),
    *(Watch.binding_rule, Watch.explanation, Watch.drugs, Watch.visit_at, Watch.reopens_at),
    *(Watch.opened_at, Watch.counts_from_at, Watch.leaves_at, Watch.perhaps_told),
    Watch.closed_at,
)
OF_CLINIC = (
    *(Clinic.id, Clinic.name, Clinic.phone, Clinic.timezone, Clinic.language),
    *(Clinic.quiet_from, Clinic.quiet_until, Clinic.sms_sender, Clinic.has_own_words),
)
OF_PATIENT = (
    *(Watch.pump_id, Patient.given_name, Patient.family_name),
    *(Patient.language, Patient.timezone, Patient.admitted_at),
)
OF_CONTACT = (Contact.name, Contact.address, Contact.state, sa.null())
IS_EMAIL = Message.channel == Channel.EMAIL
OF_STAFF = (
    Staff.name,
    sa.case((IS_EMAIL, Staff.email), else_=Staff.phone),
    sa.case((IS_EMAIL, Staff.email_state), else_=Staff.phone_state),
    Staff.left_at,
)
OWN = sum(map(len, (OF_MESSAGE, OF_WATCH, OF_CLINIC, OF_PATIENT, OF_STAFF)))


@cache
def _whole(is_to_staff: bool, database: str) -> sa.Select[*tuple[Any, ...]]:
    """Put together once: it is asked for every batch."""
    reader: Any = Staff if is_to_staff else Contact
    reader_id = Message.staff_id if is_to_staff else Message.contact_id
    of_reader: tuple[Any, ...] = OF_STAFF if is_to_staff else OF_CONTACT
    own = (*OF_MESSAGE, *OF_WATCH, *OF_CLINIC, *OF_PATIENT, *of_reader)
    return (
        sa.select(*own, *besides.columns(is_to_staff))
        .join(Clinic, Clinic.id == Message.clinic_id)
        .join(Watch, Watch.id == Message.watch_id)
        .join(reader, reader.id == reader_id)
        .outerjoin(Pump, Pump.id == Watch.pump_id)
        .outerjoin(Patient, Patient.id == Pump.patient_id)
        .select_from(Message)
        .where(among(Message.id, "message_ids", database))
    )
