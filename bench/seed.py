"""A stored clinic of any size, written in bulk."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import Rule, WatchKind
from tracker.domain.escalation import Level
from tracker.domain.infusion import Mode
from tracker.domain.message import Channel, MessageState
from tracker.domain.risk import RiskClass
from tracker.models import (
    Clinic,
    Drug,
    Message,
    Patient,
    Policy,
    Programme,
    Pump,
    PumpModel,
    Refill,
    RefillDrug,
    Role,
    Staff,
    Watch,
)
from tracker.services.catalogues import seed as seed_catalogue
from tracker.services.clinics import add_member, open_clinic
from tracker.services.sign_in import hash_password

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
HOUR, MONTH = timedelta(hours=1), timedelta(days=30)
PASSWORD = "for the benchmark"
BATCH = 2000


def seed(session: Session, pumps: int) -> Clinic:
    """One clinic with so many watched pumps; refill-by from ten days ago on, evenly spread."""
    seed_catalogue(session)
    nurse = _staff(session, "nurse@bench.example", "Nadia Bench")
    chief = _staff(session, "chief@bench.example", "Dr Chief Bench")
    clinic = open_clinic(
        session, "Bench", timezone="Europe/London", phone="1", last_resort=chief, now=NOW
    )
    add_member(session, clinic, nurse, role=Role.NURSE)
    add_member(session, clinic, chief, role=Role.CLINICIAN)
    for rows in _tables(session, clinic, nurse, pumps):
        for table, values in rows.items():
            session.execute(sa.insert(table), values)
    _say_something(session, nurse)
    session.commit()
    _settle_sequences(session)
    return clinic


def _staff(session: Session, email: str, name: str) -> Staff:
    staff = Staff(
        email=email,
        name=name,
        password_hash=hash_password(PASSWORD),
        session_token=email,
        created_at=NOW,
    )
    session.add(staff)
    session.flush()
    return staff


def _tables(
    session: Session, clinic: Clinic, nurse: Staff, pumps: int
) -> Iterator[dict[Any, list[dict[str, Any]]]]:
    model = session.scalars(sa.select(PumpModel).where(PumpModel.code == MODEL)).one()
    drug = session.scalars(sa.select(Drug).where(Drug.code == "baclofen")).one()
    policies = {
        kind: session.scalars(
            sa.select(Policy.id).where(
                Policy.kind == kind, Policy.risk_class == RiskClass.CRITICAL
            )
        ).one()
        for kind in (WatchKind.REFILL, WatchKind.BATTERY)
    }
    for first in range(1, pumps + 1, BATCH):
        numbers = range(first, min(first + BATCH, pumps + 1))
        signed = {"recorded_at": NOW - timedelta(days=90), "recorded_by_id": nurse.id}
        yield {
            Patient: [_patient(n, clinic, nurse) for n in numbers],
            Pump: [_pump(n, clinic, model, nurse) | signed for n in numbers],
            Refill: [_refill(n, pumps) | signed for n in numbers],
            RefillDrug: [_drug(n, drug) for n in numbers],
            Programme: [_programme(n, pumps) | signed for n in numbers],
            Watch: [
                _watch(n, pumps, kind, clinic, nurse, policy)
                for n in numbers
                for kind, policy in policies.items()
            ],
        }


def _say_something(session: Session, nurse: Staff) -> None:
    """One e-mail that was sent about each refill watch."""
    watches = session.scalars(sa.select(Watch.id).where(Watch.kind == WatchKind.REFILL)).all()
    for first in range(0, len(watches), BATCH):
        some = [_message(number, nurse) for number in watches[first : first + BATCH]]
        session.execute(sa.insert(Message), some)


def _message(watch_id: int, nurse: Staff) -> dict[str, Any]:
    return {
        "key": f"{watch_id}:0:0:s{nurse.id}:email",
        "clinic_id": 1,
        "watch_id": watch_id,
        "step": 0,
        "round": 0,
        "level": Level.INFO,
        "template": "refill_book",
        "staff_id": nurse.id,
        "channel": Channel.EMAIL,
        "state": MessageState.SENT,
        "due_at": NOW - timedelta(days=40),
        "planned_at": NOW - timedelta(days=40),
        "sent_at": NOW - timedelta(days=40),
    }


MODEL = "synchromed_ii_40"


def _danger(n: int, pumps: int) -> datetime:
    return NOW + timedelta(days=-10) + timedelta(days=150) * n / pumps


def _patient(n: int, clinic: Clinic, nurse: Staff) -> dict[str, Any]:
    return {
        "id": n,
        "clinic_id": clinic.id,
        "mrn": f"{n:07d}",
        "family_name": f"Family{n % 5000:04d}",
        "given_name": f"Given{n % 37}",
        "birth_on": date(1960, 1, 1) + timedelta(days=n % 15000),
        "note": "",
        "registered_at": NOW - timedelta(days=100),
        "registered_by_id": nurse.id,
    }


def _pump(n: int, clinic: Clinic, model: PumpModel, nurse: Staff) -> dict[str, Any]:
    return {
        "id": n,
        "clinic_id": clinic.id,
        "patient_id": n,
        "model_id": model.id,
        "serial": f"B{n:07d}",
        "implanted_on": date(2024, 1, 1),
        "purpose": "spasticity",
        "reservoir_capacity_ml": Decimal(40),
        "low_reservoir_alarm_ml": Decimal(2),
        "has_battery": True,
        "owner_id": nurse.id,
        "version": 1,
    }


def _filled(n: int, pumps: int) -> datetime:
    return min(_danger(n, pumps) - timedelta(days=150), NOW - timedelta(days=12))


def _refill(n: int, pumps: int) -> dict[str, Any]:
    return {
        "id": n,
        "pump_id": n,
        "filled_at": _filled(n, pumps),
        "instilled_volume_ml": Decimal(40),
        "drug_limit_days": Decimal(180),
        "is_void": False,
        "reason": "",
    }


def _drug(n: int, drug: Drug) -> dict[str, Any]:
    return {
        "refill_id": n,
        "ordinal": 0,
        "drug_id": drug.id,
        "concentration_mcg_per_ml": Decimal(2000),
    }


def _programme(n: int, pumps: int) -> dict[str, Any]:
    return {
        "pump_id": n,
        "effective_at": _filled(n, pumps),
        "mode": Mode.SIMPLE,
        "dose_mcg_per_day": Decimal(450),
        "steps": [],
        "clock_offset_minutes": 0,
        "is_void": False,
        "reason": "",
        "note": "",
    }


def _levels(filled_at: datetime) -> list[list[str]]:
    """40 mL that fall by 0.225 mL a day, as a watch keeps them."""
    points = ((0, "40"), (168, "2"), (177, "0"))
    return [[(filled_at + timedelta(days=days)).isoformat(), ml] for days, ml in points]


def _watch(
    n: int, pumps: int, kind: WatchKind, clinic: Clinic, nurse: Staff, policy_id: int
) -> dict[str, Any]:
    is_refill = kind is WatchKind.REFILL
    danger_at = _danger(n, pumps) if is_refill else NOW + timedelta(days=1500)
    return {
        "clinic_id": clinic.id,
        "pump_id": n,
        "kind": kind,
        "danger_at": danger_at,
        "earliest_at": danger_at,
        "likely_at": danger_at,
        "latest_at": danger_at,
        "dry_at": danger_at + timedelta(days=14),
        "counts_from_at": _filled(n, pumps),
        "binding_rule": Rule.ALARM_LESS_BUFFER if is_refill else Rule.SERVICE_LIFE,
        "explanation": {},
        "drugs": "Baclofen 2000 mcg/mL",
        "levels": _levels(_filled(n, pumps)),
        "risk_class": RiskClass.CRITICAL,
        "policy_id": policy_id,
        "level": Level.INFO,
        "cursor": 0,
        "round": 0,
        "next_action_at": min(NOW + MONTH, max(danger_at, NOW + HOUR)),  # nothing is due yet
        "next_action": "book the refill",
        "owner_id": nurse.id,
        "opened_at": NOW - timedelta(days=90),
        "open_key": f"{n}:{kind}",
    }


def _settle_sequences(session: Session) -> None:
    """Rows written with their numbers leave PostgreSQL's counters behind."""
    if session.get_bind().dialect.name != "postgresql":
        session.execute(sa.text("ANALYZE"))
        session.commit()
        return
    for table in ("patient", "pump", "refill"):
        session.execute(
            sa.text(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                f" (SELECT max(id) FROM {table}))"
            )
        )
    session.execute(sa.text("ANALYZE"))
    session.commit()
