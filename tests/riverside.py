"""A clinic made by the services themselves, with the catalogue and the default ladders.

The cast: Nadia (nurse, owner), Dr Ito (clinician, last resort), Sam (nurse of another clinic).
"""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.builders import a_staff_member
from tracker.domain.danger import WatchKind
from tracker.models import Clinic, Patient, Pump, PumpModel, Refill, Role, Staff, Watch
from tracker.services.clinics import add_member, open_clinic
from tracker.services.patients import register_patient
from tracker.services.programmes import ProgrammeFacts
from tracker.services.pumps import implant_pump
from tracker.services.refills import DrugFacts, RefillFacts, record_refill

FILLED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
_numbers = itertools.count(1)


@dataclass(slots=True)
class Riverside:
    """The clinic and the people in it."""

    clinic: Clinic
    nadia: Staff
    ito: Staff
    sam: Staff
    neighbour: Clinic


def riverside(session: Session, **facts: Any) -> Riverside:
    """A clinic in London, open on weekdays, and a neighbour that must see nothing of it."""
    ito = a_staff_member(session, "Ito Doctor")
    nadia, sam = a_staff_member(session, "Nadia Nurse"), a_staff_member(session, "Sam Other")
    facts = {"timezone": "Europe/London", "phone": "020 7946 0018", "now": FILLED_AT, **facts}
    clinic = open_clinic(session, "Riverside", last_resort=ito, **facts)
    other = open_clinic(session, "Lakeview", last_resort=sam, **facts)
    add_member(session, clinic, nadia, role=Role.NURSE)
    add_member(session, clinic, ito, role=Role.CLINICIAN)
    add_member(session, other, sam, role=Role.NURSE)
    return Riverside(clinic, nadia, ito, sam, other)


@dataclass(slots=True)
class Bedside:
    """The clinic, and one pump of it."""

    here: Riverside
    pump: Pump


def new_pump(session: Session) -> Bedside:
    """A clinic with a pump of which nothing is recorded yet."""
    here = riverside(session)
    return Bedside(here, pump_of(session, here))


def filled_pump(session: Session) -> Bedside:
    """A clinic with a pump that was filled on 2 March."""
    found = new_pump(session)
    refilled(session, found.pump, found.here)
    return found


def patient_of(session: Session, here: Riverside, **facts: Any) -> Patient:
    number = next(_numbers)
    facts = {
        "mrn": f"{number:05d}",
        "family_name": f"Example{number}",
        "given_name": "Ida",
        "birth_on": date(1970, 3, 14),
        "now": FILLED_AT - 30 * DAY,
        **facts,
    }
    return register_patient(session, here.clinic, by=here.nadia, **facts)


def pump_of(
    session: Session, here: Riverside, *, model: str = "synchromed_ii_40", **facts: Any
) -> Pump:
    """A pump implanted some years ago, without any record yet."""
    row = session.scalars(sa.select(PumpModel).where(PumpModel.code == model)).one()
    facts = {
        "serial": f"TST{next(_numbers):05d}",
        "implanted_on": date(2024, 1, 15),
        "reservoir_capacity_ml": Decimal("40"),
        "low_reservoir_alarm_ml": Decimal("2"),
        "dead_volume_ml": Decimal("0.3948"),
        "now": FILLED_AT - 20 * DAY,
        **facts,
    }
    patient = facts.pop("patient", None) or patient_of(session, here)
    return implant_pump(session, patient, model=row, owner=here.nadia, by=here.nadia, **facts)


def programme_facts(dose: str = "400", **facts: Any) -> ProgrammeFacts:
    return ProgrammeFacts(
        **{"effective_at": FILLED_AT, "dose_mcg_per_day": Decimal(dose), **facts}
    )


def refill_facts(dose: str | None = "400", **facts: Any) -> RefillFacts:
    """40 mL of baclofen 2000 mcg/mL; with a dose, the programme is set at the same time."""
    at = facts.get("filled_at", FILLED_AT)
    return RefillFacts(
        **{
            "filled_at": at,
            "instilled_volume_ml": Decimal("40"),
            "drugs": (DrugFacts("baclofen", Decimal("2000")),),
            "programme": dose and programme_facts(dose, effective_at=at),
            **facts,
        }
    )


def refilled(
    session: Session, pump: Pump, here: Riverside, facts: RefillFacts | None = None, **more: Any
) -> Refill:
    """Record a refill an hour after it was done, with a reason for whatever is unusual."""
    facts = facts or refill_facts()
    more = {"reason": "test", "by": here.nadia, "now": facts.filled_at + DAY / 24, **more}
    return record_refill(session, pump, facts, **more)


def open_watch(
    session: Session, pump: Pump, kind: WatchKind = WatchKind.REFILL
) -> Watch | None:
    return session.scalar(sa.select(Watch).where(Watch.open_key == f"{pump.id}:{kind}"))
