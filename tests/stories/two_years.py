"""A clinic that lives two years in a minute, by the real services, ticks and sendings.

Patients book when they are asked, or don't; come, or don't; nurses write down late, change
doses, go on leave; the mail server and the scheduler stop. Everything is drawn from one seed.
"""

import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.builders import a_staff_member
from tests.outlets import Listed, into
from tests.riverside import Riverside, pump_of
from tests.stories.promises import Watchman
from tests.stories.two_years_besides import more_happens, watch_orders
from tracker.domain.escalation import Level
from tracker.domain.message import Channel
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.domain.silence import CannotSilence, SilenceKind
from tracker.jobs import deliver, tick
from tracker.models import Absence, Message, Pump, Relation, Role, Watch
from tracker.services import appointments, bookings, heartbeats, silences
from tracker.services.clinics import add_member, close_days, open_clinic
from tracker.services.patients import NewContact, register_patient
from tracker.services.programmes import ProgrammeFacts, change_dose
from tracker.services.refills import DrugFacts, RefillFacts, record_refill
from tracker.services.silences import TakenAlready
from tracker.services.visit_checks import ClinicClosed

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
YEAR, DAY, HOUR = timedelta(days=365), timedelta(days=1), timedelta(hours=1)
MORNING = 8
PACE = 4 * HOUR  # how often the timer looks; a real one looks each minute
DOWN = DeliveryFailed("the mail server can't be reached", refusal=Refusal.CHANNEL_DOWN)

# how likely somebody who is told of a pump finds a day for it
ANSWERS = {Level.INFO: 0.3, Level.WARN: 0.5, Level.URGENT: 0.75}
COMES, WRITES_LATE, SAYS_SO, TAKES_IN_HAND = 0.85, 0.1, 0.6, 0.15
# Ours: a dose is changed two or three times a year, each time for one pump.
DOSE_CHANGES_A_YEAR = 2.5
SCHEDULER_OUTAGES = (HOUR, 9 * HOUR, DAY, 4 * DAY, 12 * DAY, 40 * DAY)
SENDER_OUTAGES = (6 * HOUR, DAY, 3 * DAY)
# asked after every step, so put together once
_READ = (
    sa.select(Message.id, Message.level, Message.watch_id, Watch.pump_id)
    .join(Watch, Watch.id == Message.watch_id)
    .where(
        Message.id > sa.bindparam("since"),
        Message.sent_at == sa.bindparam("now"),
        Watch.kind == "refill",
    )
    .order_by(Message.id)
)
_NEWEST = sa.select(sa.func.max(Message.id))


@dataclass(slots=True)
class Plan:
    """What is arranged for one pump: when the patient is expected."""

    visit_at: datetime | None = None


@dataclass(slots=True)
class Outages:
    """When nobody ticks, and when nobody takes a message; a scheduler, then a sender."""

    scheduler: list[tuple[datetime, datetime]] = field(default_factory=list)
    sender: list[tuple[datetime, datetime]] = field(default_factory=list)

    @staticmethod
    def hit(spans: list[tuple[datetime, datetime]], at: datetime) -> bool:
        return any(start <= at < end for start, end in spans)


@dataclass(slots=True)
class Life:
    """The clinic, what its people intend, and whoever watches whether promises are kept."""

    sessions: sessionmaker[Session]
    dice: random.Random
    here: Riverside
    plans: dict[int, Plan]
    outages: Outages
    watchman: Watchman
    besides: random.Random | None  # of what else happens, if anything does
    sender: Listed = field(default_factory=Listed)
    refills: int = 0


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
    seen, outlets, sessions = 0, into(life.sender), life.sessions
    for now in _instants(BEGIN, days):
        with life.sessions.begin() as session:
            _people_act(session, life, now)
            is_quiet = now.hour != MORNING and not is_due(session, now)
        if is_quiet or Outages.hit(life.outages.scheduler, now):
            continue  # a tick with nothing due does nothing, and one a day shows that
        life.sender.fails = DOWN if Outages.hit(life.outages.sender, now) else None
        report = tick(sessions, now=now, host="story")
        done = deliver(sessions, outlets, host="story", now=now)
        with life.sessions() as session:
            life.watchman.look(
                session, report, done, is_down=life.sender.fails is not None, now=now
            )
            seen = _messages_are_read(session, life, seen, now)


def _find_by_moment(sessions: sessionmaker[Session]) -> None:
    """What was sent at one moment is asked after every step, and by nobody else."""
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "sqlite":
            index = "CREATE INDEX IF NOT EXISTS ix_message_story ON message (sent_at)"
            session.execute(sa.text(index))


def is_due(session: Session, now: datetime) -> bool:
    """Whether anything waits for a tick or a delivery by now."""
    return any(at <= now for at in heartbeats.look(session).dues())


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
    _refill(session, here, pump, BEGIN - dice.randrange(24, 200) * HOUR, dice, first=True)
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


def _people_act(session: Session, life: Life, now: datetime) -> None:
    """Visits that are arranged take place, or don't; now and then a dose is changed."""
    dice = life.dice
    for pump_id, plan in life.plans.items():
        if plan.visit_at is None or plan.visit_at > now:
            continue
        visit_at, plan.visit_at = plan.visit_at, None
        pump = session.get_one(Pump, pump_id)
        if dice.random() > COMES:
            _nobody_came(session, life, pump, now)
            continue
        if dice.random() < WRITES_LATE and visit_at + 2 * DAY > now:
            plan.visit_at = visit_at  # done, but written down some days later
            if now < visit_at + dice.randrange(1, 40) * HOUR:
                continue
            plan.visit_at = None
        _refill(session, life.here, pump, visit_at, dice, written=now)
        life.refills += 1
    if life.besides is not None and now.hour == MORNING:
        for ended in more_happens(session, life.here, life.besides, list(life.plans), now):
            del life.plans[ended]
    if life.plans and dice.random() < DOSE_CHANGES_A_YEAR * len(life.plans) * (PACE / YEAR):
        _change_a_dose(session, life, now)


def _nobody_came(session: Session, life: Life, pump: Pump, now: datetime) -> None:
    """Whoever waited writes it down, or forgets to."""
    booked = bookings.booked_for(session, pump.id)
    is_past = booked is not None and booked.scheduled_at < now
    if booked is not None and is_past and life.dice.random() < SAYS_SO:
        appointments.miss(session, booked, by=life.here.nadia, now=now)


def _change_a_dose(session: Session, life: Life, now: datetime) -> None:
    pump = session.get_one(Pump, life.dice.choice(list(life.plans)))
    dose = Decimal(life.dice.randrange(300, 800))
    change_dose(
        session,
        pump,
        ProgrammeFacts(effective_at=now - HOUR, dose_mcg_per_day=dose),
        reason="ordered by Dr Ito",
        by=life.here.nadia,
        now=now,
    )


def _refill(
    session: Session,
    here: Riverside,
    pump: Pump,
    at: datetime,
    dice: random.Random,
    *,
    first: bool = False,
    written: datetime | None = None,
) -> None:
    dose = Decimal(dice.randrange(300, 800)) if first or dice.random() < 0.2 else None
    facts = RefillFacts(
        filled_at=at,
        instilled_volume_ml=Decimal(40),
        drugs=(DrugFacts("baclofen", Decimal(2000)),),
        programme=dose and ProgrammeFacts(effective_at=at, dose_mcg_per_day=dose),
    )
    now = max(written or at, at) + HOUR / 2
    record_refill(session, pump, facts, reason="as ordered", by=here.nadia, now=now)


def _messages_are_read(session: Session, life: Life, seen: int, now: datetime) -> int:
    """Whoever was told of a pump tries to find a day for its refill."""
    fresh = session.connection().execute(_READ, {"since": seen - 400, "now": now}).all()
    for one in fresh:
        plan = life.plans.get(one.pump_id)
        if plan is None:
            continue  # it has ended since
        if plan.visit_at is None and life.dice.random() < ANSWERS[one.level]:
            plan.visit_at = _a_visit(life, one.level, now)
            _is_booked(session, life, one.pump_id, plan, now)
        elif life.dice.random() < TAKES_IN_HAND:
            _is_taken_in_hand(session, life, one.watch_id, now)
    session.commit()
    return session.connection().scalar(_NEWEST) or seen


def _a_visit(life: Life, level: Level, now: datetime) -> datetime:
    """Some working day within reach: soon when it is urgent."""
    ahead = life.dice.randrange(1, 3 if level is Level.URGENT else 10)
    day = (now + ahead * DAY).date()
    while day.weekday() > 4:
        day += DAY
    hour = time(life.dice.randrange(9, 17))
    return datetime.combine(day, hour, tzinfo=UTC)


def _is_booked(session: Session, life: Life, pump_id: int, plan: Plan, now: datetime) -> None:
    """The day is written into the calendar; on a closed day another one is looked for."""
    assert plan.visit_at is not None
    pump = session.get_one(Pump, pump_id)
    old = bookings.booked_for(session, pump_id)
    facts = {
        "scheduled_at": plan.visit_at,
        "signed_by": life.here.ito,
        "signed_reason": "no earlier day",
        "by": life.here.nadia,
        "now": now,
    }
    try:
        with session.begin_nested():  # a day that is refused leaves the old one booked
            if old is not None:
                appointments.move(session, old, **facts)
            else:
                appointments.book(session, pump, **facts)
    except ClinicClosed:
        plan.visit_at = None


def _is_taken_in_hand(session: Session, life: Life, watch_id: int, now: datetime) -> None:
    watch = session.get_one(Watch, watch_id)
    try:
        until = silences.latest_end(watch, SilenceKind.ACKNOWLEDGEMENT, now=now)
        silences.acknowledge(
            session, watch, note="I have it", until=until, by=life.here.nadia, now=now
        )
    except (CannotSilence, TakenAlready):
        return
