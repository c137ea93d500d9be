"""Writes the demonstration down: through the same services as the pages, in order of time."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.demo.alarms import alarms
from tracker.demo.courses import courses
from tracker.demo.hands import hands
from tracker.demo.lives import Act, Cast, lives
from tracker.demo.orders import orders
from tracker.demo.patterns import patterns
from tracker.demo.people import LAKEVIEW, LOGINS, PASSWORD, RIVERSIDE
from tracker.demo.visits import visits
from tracker.models import Clinic, Membership, Role, Staff
from tracker.services.clinics import add_member, close_days, open_clinic
from tracker.services.places import set_weekdays
from tracker.services.sign_in import hash_password

Live = Callable[[datetime], None]
LADDER_DAYS = 30  # for so long before today the reminders are lived through
HOURLY_DAYS = 3
MORNING = 8
PLACES = 4  # visits a day: enough for the demonstration, and some days are full


def is_empty(session: Session) -> bool:
    """Whether nobody works here yet."""
    return session.scalar(sa.select(Staff.id).limit(1)) is None


def fill(session: Session, today: date, *, live: Live = lambda now: None) -> int:
    """Fill an empty database with the demonstration as of the beginning of `today`.

    The same `today` gives the same clinics. `live` is called through the last thirty days,
    so that whoever ticks there leaves the messages of a month behind. The number of patients.
    """
    begin = datetime.combine(today, time(), tzinfo=UTC)
    clinics = _clinics(session, begin - timedelta(days=3000), today)
    acts = [act for clinic in clinics for act in _acts(session, clinic, begin)]
    session.commit()
    patients = 0
    for act in sorted([*acts, *_hours(begin, live)], key=lambda one: (one.at, one.order)):
        act.do()
        session.commit()
        patients += act.is_patient
    return patients


def _hours(begin: datetime, live: Live) -> Iterator[Act]:
    """Mornings at first, then every hour: a patient's step is an hour ahead of the staff's."""
    for hours in range(LADDER_DAYS * 24, 0, -1):
        at = begin - timedelta(hours=hours)
        if at.hour == MORNING or hours <= HOURLY_DAYS * 24:
            yield Act(at, 9, partial(live, at))


def _clinics(session: Session, opened_at: datetime, today: date) -> list[Clinic]:
    hashed = hash_password(PASSWORD)
    staff = {
        login.email: Staff(
            email=login.email,
            name=login.name,
            phone=login.phone,
            password_hash=hashed,
            session_token=f"demonstration-{number}",
            created_at=opened_at,
        )
        for number, login in enumerate(LOGINS)
    }
    session.add_all(staff.values())
    session.flush()
    clinics = [
        open_clinic(
            session,
            RIVERSIDE,
            timezone="Europe/London",
            phone="020 7946 0018",
            last_resort=staff["ito@riverside.example"],
            now=opened_at,
        ),
        open_clinic(
            session,
            LAKEVIEW,
            timezone="America/Chicago",
            phone="312 555 0142",
            last_resort=staff["novak@lakeview.example"],
            buffer_days=5,
            now=opened_at,
        ),
    ]
    for login in LOGINS:
        for clinic in clinics:
            roles = dict(login.clinics)
            if clinic.name in roles:
                add_member(session, clinic, staff[login.email], role=roles[clinic.name])
    clinics[0].night_phone = "020 7946 0911"
    for clinic in clinics:
        close_days(session, clinic, _closed(today), now=opened_at)
        week = {int(day): PLACES for day in clinic.open_weekdays}
        set_weekdays(session, clinic, week, by=clinic.last_resort, now=opened_at)
    clinics[0].holiday_country, clinics[0].holiday_subdivision = "GB", "ENG"
    clinics[1].holiday_country, clinics[1].holiday_subdivision = "US", "IL"
    return clinics


def _closed(today: date) -> list[tuple[date, str]]:
    years = (today.year, today.year + 1)
    return [
        (date(year, month, day), name)
        for year in years
        for month, day, name in ((12, 25, "Christmas Day"), (1, 1, "New Year's Day"))
    ]


def _acts(session: Session, clinic: Clinic, begin: datetime) -> list[Act]:
    nurse, second = (_member(session, clinic, one) for one in (Role.NURSE, Role.CLINICIAN))
    cast = Cast.of(session, clinic, nurse, second)
    return [
        *lives(cast, begin),
        *visits(cast, begin),
        *alarms(cast, begin),
        *hands(cast, begin),
        *courses(cast, begin),
        *orders(cast, begin),
        *patterns(cast, begin),
    ]


def _member(session: Session, clinic: Clinic, role: Role) -> Staff:
    return session.scalars(
        sa.select(Staff)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.clinic_id == clinic.id, Membership.role == role)
        .order_by(Staff.id)
        .limit(1)
    ).one()
