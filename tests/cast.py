"""The people and pumps of the tests of watching and sending: rows, no more than needed.

Nadia is the nurse and owns the pumps, Cleo coordinates, Dr Ito is the clinician, Rosa the last
resort. Ada Byron has a pump; Ben cares for her.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.danger import Rule, WatchKind
from tracker.domain.message import Channel
from tracker.domain.risk import RiskClass
from tracker.models import (
    AddressState,
    Clinic,
    Consent,
    Contact,
    Membership,
    Message,
    Patient,
    Policy,
    Pump,
    PumpModel,
    Relation,
    Role,
    Staff,
    Watch,
)
from tracker.services import claims
from tracker.services.policies import install_default_policies, newest_policy

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Ward:
    """One clinic and those who work there."""

    clinic: Clinic
    nadia: Staff
    cleo: Staff
    ito: Staff
    rosa: Staff
    model: PumpModel


def a_ward(session: Session, name: str = "Hill Clinic", zone: str = "Europe/London") -> Ward:
    """A clinic with a nurse, a coordinator, a clinician and a last resort."""
    word = name.split()[0].lower()
    nadia, cleo, ito, rosa = (
        Staff(
            email=f"{who.split()[-1].lower()}@{word}.example",
            name=who,
            session_token=who,
            created_at=LONG_AGO,
        )
        for who in ("Nadia", "Cleo", "Dr Ito", "Rosa")
    )
    session.add_all([nadia, cleo, ito, rosa])
    session.flush()
    clinic = Clinic(name=name, timezone=zone, phone="01632 960 001", last_resort_id=rosa.id)
    model = PumpModel(code=f"model-{word}", name="A pump model", facts={})
    session.add_all([clinic, model])
    session.flush()
    clinic.day_report_to = clinic.week_report_to = None  # only what its watches send is counted
    roles = (Role.NURSE, Role.COORDINATOR, Role.CLINICIAN, Role.ADMINISTRATOR)
    for one, role in zip((nadia, cleo, ito, rosa), roles, strict=True):
        session.add(Membership(clinic_id=clinic.id, staff_id=one.id, role=role))
    install_default_policies(session, clinic.id, now=LONG_AGO)
    return Ward(clinic, nadia, cleo, ito, rosa, model)


def a_patient(session: Session, ward: Ward, **facts: Any) -> Patient:
    count = session.scalar(sa.select(sa.func.count()).select_from(Patient))
    patient = Patient(
        clinic_id=ward.clinic.id,
        **{"mrn": f"H{count}", "family_name": "Byron", "given_name": "Ada"} | facts,
        birth_on=date(1970, 1, 1),
        registered_at=LONG_AGO,
        registered_by_id=ward.nadia.id,
    )
    session.add(patient)
    session.flush()
    return patient


def a_contact(
    session: Session,
    patient: Patient,
    *,
    relation: Relation = Relation.PATIENT,
    address: str = "ada@home.example",
    channel: Channel = Channel.EMAIL,
    name: str = "Ada",
    consents: tuple[bool, ...] = (True,),
    state: AddressState = AddressState.OK,
) -> Contact:
    contact = Contact(
        patient_id=patient.id,
        relation=relation,
        name=name,
        channel=channel,
        address=address,
        state=state,
        recorded_at=LONG_AGO,
        recorded_by_id=patient.registered_by_id,
    )
    session.add(contact)
    session.flush()
    for is_given in consents:
        session.add(
            Consent(
                contact_id=contact.id,
                is_given=is_given,
                how="on paper",
                recorded_at=LONG_AGO,
                recorded_by_id=patient.registered_by_id,
            )
        )
        session.flush()
    return contact


def a_watched_pump(
    session: Session,
    ward: Ward,
    *,
    danger_at: datetime | None,
    patient: Patient | None = None,
    next_action_at: datetime | None = None,
    filled_at: datetime = LONG_AGO,
    **facts: Any,
) -> Watch:
    """A pump with its open refill watch, which is due for a look at `next_action_at`."""
    patient = patient or a_patient(session, ward)
    pump = Pump(
        clinic_id=ward.clinic.id,
        patient_id=patient.id,
        model_id=ward.model.id,
        serial=f"S{patient.id}",
        implanted_on=date(2024, 1, 1),
        reservoir_capacity_ml=Decimal(20),
        low_reservoir_alarm_ml=Decimal(2),
        has_battery=False,
        owner_id=ward.nadia.id,
        recorded_at=LONG_AGO,
        recorded_by_id=ward.nadia.id,
    )
    session.add(pump)
    session.flush()
    risk = facts.pop("risk_class", RiskClass.CRITICAL)
    policy = newest_policy(session, ward.clinic.id, WatchKind.REFILL, risk, now=LONG_AGO)
    facts = {
        "dry_at": danger_at and danger_at + timedelta(days=9),
        "drugs": "baclofen",
        "binding_rule": Rule.ALARM_LESS_BUFFER,
    } | facts
    watch = Watch(
        clinic_id=ward.clinic.id,
        pump_id=pump.id,
        kind=WatchKind.REFILL,
        danger_at=danger_at,
        counts_from_at=filled_at,
        risk_class=risk,
        policy_id=policy.id,
        next_action_at=next_action_at or filled_at,
        next_action="the first step",
        owner_id=ward.nadia.id,
        opened_at=filled_at,
        open_key=f"{pump.id}:refill",
        **facts,
    )
    session.add(watch)
    session.flush()
    return watch


def asked_to_book(session: Session, ward: Ward, *, now: datetime) -> Watch:
    """The pump of Ada, who is asked at `now` by e-mail to book: three weeks before the date."""
    patient = a_patient(session, ward)
    a_contact(session, patient)
    danger_at = now + timedelta(days=21)
    return a_watched_pump(
        session, ward, patient=patient, danger_at=danger_at, next_action_at=now
    )


def telephone_tasks(session: Session) -> list[Watch]:
    """The open watches that say who could not be reached, as they are in the database now."""
    asked = sa.select(Watch).where(
        Watch.kind == WatchKind.UNDELIVERABLE, Watch.closed_at.is_(None)
    )
    found = list(session.scalars(asked.execution_options(populate_existing=True)))
    session.commit()  # a reader that stays open keeps others from writing
    return found


def close_with_refill(watch: Watch, *, now: datetime) -> None:
    """What recording a refill does to the watch; the pump has ended too, to need no other."""
    watch.pump.ended_at, watch.pump.end_note = now, "explanted"
    watch.pump.end_kind = "explanted"
    watch.closed_at, watch.open_key = now, None
    watch.evidence_kind, watch.evidence_id = "refill", 1


def messages(session: Session, **where: Any) -> list[Message]:
    """The outbox, oldest first, as it is in the database now."""
    session.expire_all()
    asked = sa.select(Message).filter_by(**where).order_by(Message.id)
    people = (joinedload(Message.staff), joinedload(Message.contact))
    found = list(session.scalars(asked.options(*people)))
    session.commit()  # a reader that stays open keeps others from writing
    return found


def policy_of(session: Session, watch: Watch) -> Policy:
    return session.get_one(Policy, watch.policy_id)


def due_ids(session: Session, *, now: datetime) -> list[int]:
    """The messages that are to be sent now, by number."""
    return [one.message_id for one in claims.due(session, now=now)]
