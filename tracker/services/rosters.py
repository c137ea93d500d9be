"""The people whom a clinic can reach at this moment, looked up in a few queries for many."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.escalation import Target
from tracker.domain.message import Channel
from tracker.models import (
    AddressState,
    Clinic,
    Consent,
    Contact,
    Membership,
    Pump,
    Relation,
    Role,
    Staff,
)

UNREACHABLE = (AddressState.STOPPED, AddressState.INVALID)
RELATIONS = {Target.PATIENT: Relation.PATIENT, Target.CARER: Relation.CARER}


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person at one address: either a member of staff or a contact of the patient."""

    staff_id: int | None = None
    contact_id: int | None = None
    channel: Channel = Channel.EMAIL

    @property
    def name(self) -> str:
        """The recipient's part of a message key, which names the channel itself."""
        return f"s{self.staff_id}" if self.staff_id is not None else f"c{self.contact_id}"


@dataclass(slots=True)
class Roster:
    """The reachable staff of one clinic."""

    last_resort_id: int
    roles: dict[Role, list[int]] = field(default_factory=dict)


@dataclass(slots=True)
class People:
    """What has been looked up so far; kept for one tick and no longer."""

    rosters: dict[int, Roster] = field(default_factory=dict)
    reachable: dict[int, bool] = field(default_factory=dict)  # by staff id
    contacts: dict[int, dict[Relation, Recipient]] = field(default_factory=dict)  # by pump id


def staff_is_reachable() -> sa.ColumnElement[bool]:
    """True in SQL for staff who work here still and whose address has not been refused."""
    return sa.and_(Staff.left_at.is_(None), Staff.email_state.not_in(UNREACHABLE))


def learn(
    session: Session, people: People, *, clinics: Iterable[int], staff: Iterable[int]
) -> None:
    """Look up, where not yet known, the rosters of `clinics` and if `staff` can be reached."""
    unknown = set(clinics) - people.rosters.keys()
    for clinic_id, last_resort_id in session.execute(
        sa.select(Clinic.id, Clinic.last_resort_id).where(Clinic.id.in_(unknown))
    ):
        people.rosters[clinic_id] = Roster(last_resort_id)
    members = (
        sa.select(Membership.clinic_id, Membership.role, Membership.staff_id)
        .join(Staff, Staff.id == Membership.staff_id)
        .where(Membership.clinic_id.in_(unknown), staff_is_reachable())
        .order_by(Membership.id)
    )
    for clinic_id, role, staff_id in session.execute(members):
        people.rosters[clinic_id].roles.setdefault(role, []).append(staff_id)
    ids = set(staff) | {one.last_resort_id for one in people.rosters.values()}
    asked = sa.select(Staff.id, staff_is_reachable()).where(
        Staff.id.in_(ids - people.reachable.keys())
    )
    people.reachable.update({one: bool(yes) for one, yes in session.execute(asked)})


def learn_contacts(session: Session, people: People, pump_ids: Iterable[int]) -> None:
    """Look up whom patients and carers of these pumps are reached by: one address a person.

    The newest consent stands. A carer at the patient's own address is the same reader.
    """
    newest = (
        sa.select(Consent.is_given)
        .where(Consent.contact_id == Contact.id)
        .order_by(Consent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    unknown = set(pump_ids) - people.contacts.keys()
    found = (
        sa.select(Pump.id, Contact.id, Contact.relation, Contact.address)
        .join(Contact, Contact.patient_id == Pump.patient_id)
        .where(
            Pump.id.in_(unknown),
            Contact.relation.in_(RELATIONS.values()),
            Contact.channel == Channel.EMAIL,
            Contact.state.not_in(UNREACHABLE),
            newest.is_(sa.true()),
        )
        .order_by(Contact.relation.desc(), Contact.id.desc())  # the patient before the carer
    )
    people.contacts.update({one: {} for one in unknown})
    told: set[tuple[int, str]] = set()
    for pump_id, contact_id, relation, address in session.execute(found):
        of_pump, reader = people.contacts[pump_id], (pump_id, address.strip().lower())
        if relation not in of_pump and reader not in told:
            of_pump[relation] = Recipient(contact_id=contact_id)
            told.add(reader)
