"""A patient of Riverside who is offered to Lakeview, and what is open meanwhile."""

from datetime import timedelta
from functools import cache, partial
from types import SimpleNamespace

import sqlalchemy as sa

from tests.builders import a_contact, a_staff_member
from tests.riverside import pump_of, refilled, riverside
from tracker.models import Pump, Role, Staff, Transfer, Watch
from tracker.services import transfers

DAY = timedelta(days=1)


def an_offer(session, now):
    """Riverside offers Ida and her pump to Lakeview, where Lea coordinates and Sam nurses."""
    place = riverside(session)
    lea = a_staff_member(session, "Lea Lead", clinic=place.neighbour, role=Role.COORDINATOR)
    pump = pump_of(session, place)
    refilled(session, pump, place)
    a_contact(session, pump.patient)
    offer = transfers.propose(
        session, pump.patient, place.neighbour, reason="has moved", by=place.nadia, now=now
    )
    session.commit()
    return SimpleNamespace(
        place=place, lea=lea, sam=place.sam, nadia=place.nadia, pump=pump,
        patient=pump.patient, offer=offer, here=place.clinic, there=place.neighbour,
    )  # fmt: skip


@cache
def offered_at(now):
    """What builds the offer of this moment where a test begins with one: see `scenes`."""
    return partial(an_offer, now=now)


def the_offer(session):
    """The one offer that is there, for who has nothing but the database."""
    offer = session.scalars(sa.select(Transfer)).one()
    lea, sam = (
        session.scalars(sa.select(Staff).where(Staff.name == name)).one()
        for name in ("Lea Lead", "Sam Other")
    )
    pump = session.scalars(sa.select(Pump).where(Pump.patient_id == offer.patient_id)).one()
    return SimpleNamespace(lea=lea, sam=sam, pump=pump, patient=pump.patient, offer=offer)


def accept(session, ward, now, **facts):
    shown = transfers.refill_by(session, ward.offer, ward.pump)
    facts = {
        "owner": ward.sam,
        "dates": {ward.pump.id: shown},
        "seen_versions": {ward.pump.id: ward.pump.version},
        "mrn": ward.patient.mrn,
        "by": ward.lea,
        **facts,
    }
    transfers.accept(session, ward.offer, **facts, now=now)


def open_watches(session, **where):
    session.expire_all()
    asked = sa.select(Watch).where(Watch.closed_at.is_(None)).filter_by(**where)
    return session.scalars(asked.order_by(Watch.id)).all()


def is_as_it_was(session, ward) -> bool:
    session.expire_all()
    of_pump = open_watches(session, pump_id=ward.pump.id)
    return (
        ward.patient.clinic_id == ward.pump.clinic_id == ward.here.id
        and ward.pump.owner_id == ward.nadia.id
        and {one.clinic_id for one in of_pump} == {ward.here.id}
        and {"refill", "battery"} <= {one.kind for one in of_pump}
    )
