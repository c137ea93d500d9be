"""The clinic at the beginning of its month: its people, and pumps filled at odd hours before.

Colin coordinates, Nadia is the nurse, Dr Ito the clinician, Ada the administrator. What is
poured in and set is drawn from the number of the pump, and told to the ledger too.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

from sqlalchemy.orm import Session

from tests.builders import a_staff_member
from tests.riverside import Riverside, pump_of, refill_facts, refilled
from tests.stories.month_truth import (
    BUFFER,
    MADE_TO_ORDER,
    PHARMACY_DAYS,
    STRENGTH,
    THERE_DAYS,
    Course,
    runs_low_at,
)
from tests.web.conftest import HASH
from tracker.domain.message import Channel
from tracker.domain.orders import OrderRules, OrderTracking
from tracker.models import Relation, Role
from tracker.services.clinics import add_member, open_clinic
from tracker.services.patients import NewContact, register_patient
from tracker.services.refills import DrugFacts

BEGIN = datetime(2026, 5, 4, 6, tzinfo=UTC)  # a Monday, 07:00 at the clinic
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG_AGO = BEGIN - 100 * DAY
DOSES = (550, 560, 570, 580, 590, 600)  # mcg a day; 18 mL last 60 to 65 days
FIRST_DUE, LAST_DUE = -2, 58  # days from the beginning, between which each refill-by lies

FEW_DUE = (-2, 0, 3, 6, 7, 10, 21, 14, 9, 24, 28, 31, 35, 11)  # where there are few pumps
ON_THE_HOLIDAY = 21  # 25 May, when somebody is due too


@dataclass(slots=True)
class Ward:
    """The people's addresses to sign in with, and what stands in each reservoir."""

    emails: dict[str, str] = field(default_factory=dict)
    courses: list[Course] = field(default_factory=list)


def ward_of(pumps: int, session: Session) -> Ward:
    here = _clinic(session)
    people = {"Nadia": here.nadia, "Ito": here.ito, "Colin": here.sam}
    ward = Ward({name: who.email for name, who in people.items()})
    for number in range(pumps):
        ward.courses.append(_filled(session, here, number, pumps))
    return ward


large, small = partial(ward_of, 60), partial(ward_of, len(FEW_DUE))
middling = partial(ward_of, 40)


def _clinic(session: Session) -> Riverside:
    names = ("Ito Doctor", "Nadia Nurse", "Colin Coord")
    ito, nadia, colin = (a_staff_member(session, name, password_hash=HASH) for name in names)
    clinic = open_clinic(
        session,
        "Riverside",
        timezone="Europe/London",
        phone="020 7946 0018",
        last_resort=ito,
        buffer_days=BUFFER.days,
        now=LONG_AGO,
    )
    for who, role in ((nadia, Role.NURSE), (colin, Role.COORDINATOR), (ito, Role.CLINICIAN)):
        add_member(session, clinic, who, role=role)
    made = OrderRules(
        OrderTracking.COMPOUNDED, pharmacy_days=PHARMACY_DAYS, there_days=THERE_DAYS
    )
    clinic.order_rules = made.as_json()
    return Riverside(clinic, nadia, ito, colin, clinic)


def _filled(session: Session, here: Riverside, number: int, pumps: int) -> Course:
    name = f"Example{number:02d}"
    phone = NewContact(Relation.PATIENT, "Ida", Channel.SMS, f"+4420794600{number:02d}")
    patient = register_patient(
        session,
        here.clinic,
        mrn=f"M{number:04d}",
        family_name=name,
        given_name="Ida",
        birth_on=date(1970, 3, 14),
        contacts=[phone],
        by=here.nadia,
        now=LONG_AGO,
    )
    pump = pump_of(
        session,
        here,
        model="synchromed_ii_20",
        patient=patient,
        serial=f"MON{number:05d}",
        reservoir_capacity_ml=Decimal(20),
        now=LONG_AGO,
    )
    dose = DOSES[number * 7 % len(DOSES)]
    due_on = FIRST_DUE + (LAST_DUE - FIRST_DUE) * number // (pumps - 1)
    due_on = ON_THE_HOLIDAY if number == pumps // 2 else due_on
    due_on = FEW_DUE[number] if pumps == len(FEW_DUE) else due_on
    course = Course(name, dose, BEGIN)
    if number == 3 * pumps // 10:
        course.strength, course.dose = MADE_TO_ORDER, dose * MADE_TO_ORDER // STRENGTH
    lasts = runs_low_at(course) - BEGIN
    filled_at = BEGIN + due_on * DAY + BUFFER - lasts + (number * 5 % 9) * HOUR
    course.filled_at = filled_at.replace(minute=0, second=0, microsecond=0)
    facts = refill_facts(
        str(course.dose),
        filled_at=course.filled_at,
        instilled_volume_ml=Decimal(20),
        drugs=(DrugFacts("baclofen", Decimal(course.strength)),),
    )
    refilled(session, pump, here, facts)
    return course
