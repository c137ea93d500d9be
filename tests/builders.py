"""`a_noun` for what a test needs and doesn't care about. Rows only: no rule of ours runs here.

The cast is fixed: Nadia (nurse), Dr Ito (clinician, last resort), Sam (of another clinic).
"""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.infusion import Mode
from tracker.domain.ladders import default_ladder
from tracker.domain.message import Channel
from tracker.domain.orders import OrderState
from tracker.domain.risk import RiskClass
from tracker.models import (
    AddressState,
    Clinic,
    Consent,
    Contact,
    Drug,
    DrugOrder,
    DrugOrderDrug,
    Membership,
    Message,
    Patient,
    Policy,
    Programme,
    Pump,
    PumpModel,
    Refill,
    RefillDrug,
    Relation,
    Role,
    Staff,
    Watch,
)

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1)


def days(number: int) -> timedelta:
    return timedelta(days=number)


def ml(text: str) -> Decimal:
    return Decimal(text)


def a_staff_member(
    session: Session,
    name: str = "Nadia Nurse",
    *,
    email: str | None = None,
    clinic: Clinic | None = None,
    role: Role = Role.NURSE,
    **facts: Any,
) -> Staff:
    """Somebody who can be signed in; a member of `clinic` when one is given."""
    staff = Staff(
        name=name,
        email=email or f"{name.split()[0].lower()}{next(_numbers)}@example.org",
        **{"session_token": f"token{next(_numbers)}", "created_at": LONG_AGO, **facts},
    )
    session.add(staff)
    if clinic is not None:
        session.add(Membership(staff=staff, clinic=clinic, role=role))
    session.flush()
    return staff


def a_nurse(session: Session, clinic: Clinic, **facts: Any) -> Staff:
    return a_staff_member(session, clinic=clinic, role=Role.NURSE, **facts)


def a_clinic(session: Session, name: str | None = None, **facts: Any) -> Clinic:
    """A clinic in London, open Monday to Friday, whose last resort is Dr Ito."""
    ito = facts.pop("last_resort", None) or a_staff_member(session, "Ito Doctor")
    facts = {"timezone": "Europe/London", "phone": "+44 20 7946 0000", **facts}
    clinic = Clinic(name=name or f"Clinic {next(_numbers)}", last_resort=ito, **facts)
    session.add(clinic)
    session.add(Membership(staff=ito, clinic=clinic, role=Role.CLINICIAN))
    session.flush()
    return clinic


def a_patient(session: Session, clinic: Clinic, **facts: Any) -> Patient:
    number = next(_numbers)
    facts = {
        "mrn": f"{number:07}",
        "family_name": f"Family{number}",
        "given_name": "Given",
        "birth_on": date(1970, 1, 1),
        "registered_at": LONG_AGO,
        "registered_by_id": clinic.last_resort_id,
        **facts,
    }
    patient = Patient(clinic=clinic, **facts)
    session.add(patient)
    session.flush()
    return patient


def a_contact(
    session: Session,
    patient: Patient,
    *,
    address: str | None = None,
    relation: Relation = Relation.PATIENT,
    is_given: bool | None = True,
    state: AddressState = AddressState.OK,
) -> Contact:
    """An e-mail address with consent to write there; `is_given=None` was never asked."""
    contact = Contact(
        patient=patient,
        relation=relation,
        name=patient.given_name,
        channel=Channel.EMAIL,
        address=address or f"person{next(_numbers)}@example.net",
        state=state,
        recorded_at=LONG_AGO,
        recorded_by_id=patient.registered_by_id,
    )
    session.add(contact)
    if is_given is not None:
        session.add(
            Consent(
                contact=contact,
                is_given=is_given,
                how="in person",
                recorded_at=LONG_AGO,
                recorded_by_id=patient.registered_by_id,
            )
        )
    session.flush()
    return contact


def a_model(session: Session, code: str = "test_pump", **facts: Any) -> PumpModel:
    """The pump model of this code, made when it isn't there."""
    found = session.scalar(sa.select(PumpModel).where(PumpModel.code == code))
    if found is None:
        found = PumpModel(code=code, name=code.replace("_", " "), facts=facts)
        session.add(found)
        session.flush()
    return found


def a_drug(
    session: Session, code: str = "baclofen", *, risk: RiskClass | None = RiskClass.CRITICAL
) -> Drug:
    """The drug of this code, made when it isn't there."""
    found = session.scalar(sa.select(Drug).where(Drug.code == code))
    if found is None:
        found = Drug(code=code, name=code, risk_class=risk, facts={})
        session.add(found)
        session.flush()
    return found


def a_pump(
    session: Session,
    patient: Patient | None = None,
    *,
    danger_at: datetime | None = None,
    watched: Sequence[WatchKind] = (WatchKind.REFILL, WatchKind.BATTERY),
    **facts: Any,
) -> Pump:
    """An active pump with its open watches; the refill watch is in danger at `danger_at`."""
    patient = patient or a_patient(session, a_clinic(session))
    owner = facts.pop("owner", None) or patient.clinic.last_resort
    facts = {
        "serial": f"SN{next(_numbers)}",
        "implanted_on": date(2024, 1, 15),
        "reservoir_capacity_ml": ml("20"),
        "low_reservoir_alarm_ml": ml("2"),
        "has_battery": True,
        "recorded_at": LONG_AGO,
        "recorded_by_id": owner.id,
        **facts,
    }
    model = facts.pop("model", None) or a_model(session)
    pump = Pump(clinic=patient.clinic, patient=patient, model=model, owner=owner, **facts)
    session.add(pump)
    session.flush()
    for kind in watched:
        at = danger_at if kind is WatchKind.REFILL else None
        a_watch(session, pump, kind=kind, danger_at=at)
    session.refresh(pump)  # the database made the watch keys
    return pump


def a_policy(
    session: Session, clinic: Clinic, kind: WatchKind, risk: RiskClass, **facts: Any
) -> Policy:
    """The newest version of the clinic's ladder; the default one when there is none."""
    found = session.scalar(
        sa.select(Policy)
        .where(Policy.clinic_id == clinic.id, Policy.kind == kind, Policy.risk_class == risk)
        .order_by(Policy.version.desc())
        .limit(1)
    )
    if found is None:
        steps = default_ladder(kind, risk).as_json()
        facts = {"version": 1, "steps": steps, "created_at": LONG_AGO, **facts}
        found = Policy(clinic_id=clinic.id, kind=kind, risk_class=risk, **facts)
        session.add(found)
        session.flush()
    return found


def a_watch(
    session: Session,
    pump: Pump,
    *,
    kind: WatchKind = WatchKind.REFILL,
    risk: RiskClass = RiskClass.CRITICAL,
    **facts: Any,
) -> Watch:
    """An open watch on a danger of this pump."""
    watch = Watch(
        clinic_id=pump.clinic_id,
        pump=pump,
        kind=kind,
        risk_class=risk,
        **{
            "policy": a_policy(session, pump.clinic, kind, risk),
            "next_action_at": facts.get("danger_at") or LONG_AGO + days(3650),
            "next_action": "tell the owner",
            "owner": pump.owner,
            "opened_at": LONG_AGO,
            "open_key": f"{pump.id}:{kind}",
            **facts,
        },
    )
    session.add(watch)
    session.flush()
    return watch


def a_refill(
    session: Session,
    pump: Pump,
    *,
    drug: Drug | None = None,
    concentration: str = "2000",
    **facts: Any,
) -> Refill:
    """18 mL of baclofen, filled long ago."""
    refill = Refill(
        pump=pump,
        **{
            "filled_at": LONG_AGO,
            "instilled_volume_ml": ml("18"),
            "recorded_at": LONG_AGO,
            "recorded_by_id": pump.owner_id,
            **facts,
        },
    )
    refill.drugs.append(
        RefillDrug(
            ordinal=0,
            drug=drug or a_drug(session),
            concentration_mcg_per_ml=Decimal(concentration),
        )
    )
    session.add(refill)
    session.flush()
    return refill


def a_programme(session: Session, pump: Pump, **facts: Any) -> Programme:
    """200 mcg a day, since long ago."""
    programme = Programme(
        pump=pump,
        **{
            "effective_at": LONG_AGO,
            "mode": Mode.SIMPLE,
            "dose_mcg_per_day": Decimal(200),
            "recorded_at": LONG_AGO,
            "recorded_by_id": pump.owner_id,
            **facts,
        },
    )
    session.add(programme)
    session.flush()
    return programme


def a_message(session: Session, watch: Watch, **facts: Any) -> Message:
    """A planned e-mail to the owner of the watch."""
    message = Message(
        watch=watch,
        clinic_id=watch.clinic_id,
        **{
            "key": f"{watch.id}:1:{next(_numbers)}:test:email",
            "step": 1,
            "round": 1,
            "level": watch.level,
            "template": "refill_book",
            "staff_id": watch.owner_id if facts.get("contact") is None else None,
            "channel": Channel.EMAIL,
            "state": "planned",
            "due_at": LONG_AGO,
            "planned_at": LONG_AGO,
            **facts,
        },
    )
    session.add(message)
    session.flush()
    return message


def an_order(session: Session, pump: Pump, **facts: Any) -> DrugOrder:
    """40 mL of baclofen, ordered long ago for this pump and on its way still."""
    order = DrugOrder(
        clinic_id=pump.clinic_id,
        pump=pump,
        **{
            "pharmacy": "Hill Pharmacy",
            "is_compounded": False,
            "volume_ml": ml("40"),
            "ordered_on": LONG_AGO.date(),
            "state": OrderState.ORDERED,
            "recorded_at": LONG_AGO,
            "recorded_by_id": pump.owner_id,
            **facts,
        },
    )
    drug = DrugOrderDrug(ordinal=0, drug=a_drug(session), concentration_mcg_per_ml=ml("2000"))
    order.drugs.append(drug)
    session.add(order)
    session.flush()
    return order
