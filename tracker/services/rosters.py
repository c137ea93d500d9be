"""The people whom a clinic can reach at this moment, looked up in a few queries for many."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.day_report import Wish
from tracker.domain.escalation import Target
from tracker.domain.message import Channel
from tracker.models import (
    Absence,
    AddressState,
    Clinic,
    Consent,
    Contact,
    Duty,
    Membership,
    Pump,
    Relation,
    Role,
    Staff,
)
from tracker.services.asking import rows_from

Cover = TypeVar("Cover", Absence, Duty)
UNREACHABLE = (AddressState.STOPPED, AddressState.INVALID)
RELATIONS = {Target.PATIENT: Relation.PATIENT, Target.CARER: Relation.CARER}
READERS = {Wish.DAILY: Target.DAY_READERS, Wish.WEEKLY: Target.WEEK_READERS}
EMAIL_ONLY = frozenset({Channel.EMAIL})


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
    """Who works in one clinic, who of them is away, and who is on duty."""

    last_resort_id: int
    roles: dict[Role, list[int]] = field(default_factory=dict)
    members: set[int] = field(default_factory=set)
    deputies: dict[int, int] = field(default_factory=dict)  # of whom -> who
    away: set[int] = field(default_factory=set)
    on_duty: list[int] = field(default_factory=list)
    readers: dict[Target, list[int]] = field(default_factory=dict)  # of which report


@dataclass(slots=True)
class People:
    """What has been looked up so far; kept for one tick and no longer."""

    channels: frozenset[Channel] = EMAIL_ONLY  # the ways out that are set up
    rosters: dict[int, Roster] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)  # by staff id, as are the next ones
    reachable: dict[int, tuple[Channel, ...]] = field(default_factory=dict)
    contacts: dict[int, dict[Relation, dict[Channel, Recipient]]] = field(  # by pump id
        default_factory=dict
    )


def wished(role: Role, daily: Role | None, weekly: Role | None) -> Wish:
    """How often who has not chosen gets it, where the clinic gives it to these roles."""
    if role is daily:
        return Wish.DAILY
    return Wish.WEEKLY if role is weekly else Wish.OFF


def staff_is_reachable() -> sa.ColumnElement[bool]:
    """True in SQL for staff who work here still and whose address has not been refused."""
    return sa.and_(Staff.left_at.is_(None), Staff.email_state.not_in(UNREACHABLE))


def learn(
    session: Session,
    people: People,
    *,
    clinics: Iterable[int],
    staff: Iterable[int],
    now: datetime,
) -> None:
    """Look up, where not yet known, the rosters of `clinics` and if `staff` can be reached."""
    unknown = set(clinics) - people.rosters.keys()
    ids = set(staff)
    if unknown:
        _learn_members(session, people, unknown)
        _learn_cover(session, people, unknown, now=now)
        for clinic_id in unknown & people.rosters.keys():
            roster = people.rosters[clinic_id]
            ids |= {roster.last_resort_id} | roster.members
    if ids := ids - people.reachable.keys():
        _learn_staff(session, people, ids)


def _learn_members(session: Session, people: People, clinic_ids: set[int]) -> None:
    """Of each clinic its last resort, who is there also where nobody else works."""
    found = _rows(session, _members(), clinic_ids)
    for clinic_id, last_resort_id, role, staff_id, deputy_id, report, *reported in found:
        roster = people.rosters.setdefault(clinic_id, Roster(last_resort_id))
        if staff_id is None:
            continue
        wish = report if report is not None else wished(role, *reported)
        if wish in READERS:
            roster.readers.setdefault(READERS[wish], []).append(staff_id)
        roster.roles.setdefault(role, []).append(staff_id)
        roster.members.add(staff_id)
        if deputy_id is not None:
            roster.deputies[staff_id] = deputy_id


def _learn_cover(
    session: Session, people: People, clinic_ids: set[int], *, now: datetime
) -> None:
    """Who is away at `now`, with the deputy named for that time; and who is on duty."""
    away = _rows(session, _covering(Absence, Absence.deputy_id), clinic_ids, now=now)
    for clinic_id, staff_id, deputy_id in away:
        roster = people.rosters[clinic_id]
        roster.away.add(staff_id)
        if deputy_id is not None:
            roster.deputies[staff_id] = deputy_id
    for clinic_id, staff_id in _rows(session, _covering(Duty), clinic_ids, now=now):
        people.rosters[clinic_id].on_duty.append(staff_id)


def _learn_staff(session: Session, people: People, ids: set[int]) -> None:
    for one in _rows(session, _staff(), ids):
        people.names[one.id] = one.name
        open_ways = {
            Channel.EMAIL: one.email_state not in UNREACHABLE,
            Channel.SMS: bool(one.phone) and one.phone_state not in UNREACHABLE,
        }
        people.reachable[one.id] = tuple(
            way
            for way, is_open in open_ways.items()
            if is_open and way in people.channels and one.left_at is None
        )


# asked anew in each tick, so each is put together once
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
Asked = sa.Select[*tuple[Any, ...]]


def _rows(
    session: Session, asked: Asked, ids: set[int], **moments: datetime
) -> sa.CursorResult[*tuple[Any, ...]]:
    return rows_from(session).execute(asked, {"ids": ids, **moments})


@cache
def _members() -> Asked:
    return (
        sa.select(
            *(Clinic.id, Clinic.last_resort_id, Membership.role, Staff.id),
            *(Membership.deputy_id, Membership.report),
            *(Clinic.day_report_to, Clinic.week_report_to),
        )
        .outerjoin(Membership, Membership.clinic_id == Clinic.id)
        .outerjoin(Staff, sa.and_(Staff.id == Membership.staff_id, Staff.left_at.is_(None)))
        .where(Clinic.id.in_(_IDS))
        .order_by(Membership.id)
    )


@cache
def _covering(table: type[Cover], *columns: Any) -> Asked:
    now = sa.bindparam("now", type_=table.starts_at.type)
    return (
        sa.select(table.clinic_id, table.staff_id, *columns)
        .where(
            table.clinic_id.in_(_IDS),
            table.withdrawn_at.is_(None),
            table.starts_at <= now,
            table.ends_at > now,
        )
        .order_by(table.id)
    )


@cache
def _staff() -> Asked:
    return sa.select(
        *(Staff.id, Staff.name, Staff.left_at, Staff.email_state),
        *(Staff.phone, Staff.phone_state),
    ).where(Staff.id.in_(_IDS))


def learn_contacts(session: Session, people: People, pump_ids: Iterable[int]) -> None:
    """Look up whom patients and carers of these pumps are reached by: one address a way.

    The newest consent stands. A carer at the patient's own address is the same reader.
    """
    unknown = set(pump_ids) - people.contacts.keys()
    people.contacts.update({one: {} for one in unknown})
    facts = {"ids": unknown, "channels": people.channels}
    found = rows_from(session).execute(_contacts(), facts)
    told: set[tuple[int, str]] = set()
    for pump_id, contact_id, relation, channel, address in found:
        ways = people.contacts[pump_id].setdefault(relation, {})
        reader = (pump_id, address.strip().lower())
        if channel not in ways and reader not in told:
            ways[channel] = Recipient(contact_id=contact_id, channel=channel)
            told.add(reader)


@cache
def _contacts() -> Asked:
    newest = (
        sa.select(Consent.is_given)
        .where(Consent.contact_id == Contact.id)
        .order_by(Consent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        sa.select(Pump.id, Contact.id, Contact.relation, Contact.channel, Contact.address)
        .join(Contact, Contact.patient_id == Pump.patient_id)
        .where(
            Pump.id.in_(_IDS),
            Contact.relation.in_(RELATIONS.values()),
            Contact.channel.in_(sa.bindparam("channels", expanding=True)),
            Contact.state.not_in(UNREACHABLE),
            newest.is_(sa.true()),
        )
        .order_by(Contact.relation.desc(), Contact.id.desc())  # the patient before the carer
    )
