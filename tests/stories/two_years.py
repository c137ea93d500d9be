"""A clinic that lives two years in about a minute, by the real services, ticks and sendings.

Patients book when they are asked, or don't; come, or don't; nurses write down late, change
doses, go on leave; the mail server and the scheduler stop. Everything is drawn from one seed.
"""

import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.builders import a_staff_member
from tests.outlets import into
from tests.riverside import Riverside, pump_of
from tests.stories.promises import Watchman
from tests.stories.two_years_besides import watch_orders
from tests.stories.two_years_life import BEGIN, DAY, HOUR, MORNING, PACE, Life, Outages, Plan
from tests.stories.two_years_people import messages_are_read, people_act, refill
from tracker.domain.message import Channel
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs import deliver, tick
from tracker.models import Absence, Pump, Relation, Role
from tracker.services import heartbeats
from tracker.services.clinics import add_member, close_days, open_clinic
from tracker.services.patients import NewContact, register_patient

DOWN = DeliveryFailed("the mail server can't be reached", refusal=Refusal.CHANNEL_DOWN)

SCHEDULER_OUTAGES = (HOUR, 9 * HOUR, DAY, 4 * DAY, 12 * DAY, 40 * DAY)
SENDER_OUTAGES = (6 * HOUR, DAY, 3 * DAY)


def live(
    sessions: sessionmaker[Session], *, seed: int, pumps: int, days: int, has_more: bool = False
) -> Life:
    """Let the clinic live; the promises are looked at after every step of the timer.

    With `has_more` patients go away, calls are promised, drugs are ordered and pumps end.
    """
    _find_by_moment(sessions)
    life = _begin(sessions, random.Random(seed), pumps, days)
    if has_more:
        life.besides = random.Random(seed)
        with sessions.begin() as session:
            watch_orders(session, life.here)
    with _unswept():
        _days_pass(life, days)
    return life


SWEPT_AFTER = 50_000  # new objects; Python's own 700 are some twenty rows


@contextmanager
def _unswept() -> Iterator[None]:
    """Python looks through less for what nobody holds: nothing of before, and not so often."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(SWEPT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _days_pass(life: Life, days: int) -> None:
    outlets, sessions = into(life.sender), life.sessions
    with sessions() as session:
        due_at = _next_due(session)  # asked again after each change
    for now in _instants(BEGIN, days):
        with sessions() as session:
            people_act(session, life, now)
            if session.in_transaction():  # somebody did something
                due_at = _next_due(session)
                session.commit()
        is_quiet = now.hour != MORNING and now < due_at
        if is_quiet or Outages.hit(life.outages.scheduler, now):
            continue  # a tick with nothing due does nothing, and one a day shows that
        life.sender.fails = DOWN if Outages.hit(life.outages.sender, now) else None
        report = tick(sessions, now=now, host="story")
        done = deliver(sessions, outlets, host="story", now=now)
        with sessions() as session:
            life.watchman.look(
                session, report, done, is_down=life.sender.fails is not None, now=now
            )
            messages_are_read(session, life, now)
            due_at = _next_due(session)
            session.commit()


def _find_by_moment(sessions: sessionmaker[Session]) -> None:
    """What was sent at one moment is asked after every step, and by nobody else."""
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "sqlite":
            index = "CREATE INDEX IF NOT EXISTS ix_message_story ON message (sent_at)"
            session.execute(sa.text(index))


def _next_due(session: Session) -> datetime:
    return min(heartbeats.look(session).dues())  # every pump is watched: there is always one


def _instants(begin: datetime, days: int) -> Iterator[datetime]:
    now = begin
    while now < begin + days * DAY:
        yield now
        now += PACE


def _begin(sessions: sessionmaker[Session], dice: random.Random, pumps: int, days: int) -> Life:
    with sessions.begin() as session:
        here = _clinic(session, dice, days)
        made = [_patient_with_pump(session, here, dice, n) for n in range(pumps)]
        _leave(session, here, dice, days)
        session.flush()
        plans = {pump.id: Plan() for pump in made}
        session.expunge_all()
    outages = Outages(_spans(dice, SCHEDULER_OUTAGES, days), _spans(dice, SENDER_OUTAGES, days))
    watchman = Watchman(outages.scheduler, outages.sender)
    return Life(sessions, dice, here, plans, outages, watchman, besides=None)


def _spans(
    dice: random.Random, lengths: tuple[timedelta, ...], days: int
) -> list[tuple[datetime, datetime]]:
    """One outage of each length that fits, at odd moments, none across another."""
    found: list[tuple[datetime, datetime]] = []
    for length in lengths:
        for _ in range(20):
            start = BEGIN + dice.randrange(20 * 24, max(21 * 24, days * 24)) * HOUR
            end = start + length
            if all(end + 5 * DAY < one or start > other + 5 * DAY for one, other in found):
                found.append((start, end))
                break
    return found


def _clinic(session: Session, dice: random.Random, days: int) -> Riverside:
    ito = a_staff_member(session, "Ito Doctor")
    nadia, cleo = a_staff_member(session, "Nadia Nurse"), a_staff_member(session, "Cleo Coord")
    clinic = open_clinic(
        session,
        "Riverside",
        timezone="Europe/London",
        phone="020 7946 0018",
        last_resort=ito,
        now=BEGIN - 10 * DAY,
    )
    for who, role in ((nadia, Role.NURSE), (cleo, Role.COORDINATOR), (ito, Role.CLINICIAN)):
        add_member(session, clinic, who, role=role)
    closed = {(BEGIN + dice.randrange(days) * DAY).date() for _ in range(days // 30)}
    close_days(session, clinic, [(day, "closed") for day in sorted(closed)], now=BEGIN)
    return Riverside(clinic, nadia, ito, cleo, clinic)


def _patient_with_pump(
    session: Session, here: Riverside, dice: random.Random, number: int
) -> Pump:
    patient = register_patient(
        session,
        here.clinic,
        mrn=f"{number:05d}",
        family_name=f"Example{number}",
        given_name="Ida",
        birth_on=date(1970, 3, 14),
        contacts=[
            NewContact(
                Relation.PATIENT,
                "Ida",
                Channel.EMAIL,
                f"ida{number}@home.example",
                "on paper" if dice.random() < 0.7 else None,
            )
        ],
        by=here.nadia,
        now=BEGIN - 9 * DAY,
    )
    pump = pump_of(
        session, here, patient=patient, serial=f"TWO{number:05d}", now=BEGIN - 9 * DAY
    )
    refill(session, here, pump, BEGIN - dice.randrange(24, 200) * HOUR, dice, first=True)
    return pump


def _leave(session: Session, here: Riverside, dice: random.Random, days: int) -> None:
    """Two or three weeks off for everybody, each half year, with somebody to stand in."""
    others = {here.nadia: here.sam, here.sam: here.nadia, here.ito: here.nadia}
    for who, deputy in others.items():
        for half in range(max(1, days // 180)):
            start = BEGIN + (half * 180 + dice.randrange(160)) * DAY
            session.add(
                Absence(
                    clinic_id=here.clinic.id,
                    staff_id=who.id,
                    deputy_id=deputy.id,
                    starts_at=start,
                    ends_at=start + dice.choice((14, 21)) * DAY,
                    recorded_at=BEGIN,
                    recorded_by_id=who.id,
                )
            )
