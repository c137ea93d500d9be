"""What people do in the story of two years: come, refill, read, book, take in hand."""

import random
from datetime import UTC, datetime, time
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.riverside import Riverside
from tests.stories.two_years_besides import more_happens
from tests.stories.two_years_life import DAY, HOUR, MORNING, PACE, YEAR, Life, Plan
from tracker.domain.escalation import Level
from tracker.domain.silence import CannotSilence, SilenceKind
from tracker.models import Message, Pump, Watch
from tracker.services import appointments, bookings, silences
from tracker.services.programmes import ProgrammeFacts, change_dose
from tracker.services.refills import DrugFacts, RefillFacts, record_refill
from tracker.services.silences import TakenAlready
from tracker.services.visit_checks import ClinicClosed

# how likely somebody who is told of a pump finds a day for it
ANSWERS = {Level.INFO: 0.3, Level.WARN: 0.5, Level.URGENT: 0.75}
COMES, WRITES_LATE, SAYS_SO, TAKES_IN_HAND = 0.85, 0.1, 0.6, 0.15
# Ours: a dose is changed two or three times a year, each time for one pump.
DOSE_CHANGES_A_YEAR = 2.5
# asked after every step, so put together once
_READ = (
    sa.select(Message.id, Message.level, Message.watch_id, Watch.pump_id)
    .join(Watch, Watch.id == Message.watch_id)
    .where(
        Message.sent_at == sa.bindparam("now"),
        Watch.kind == sa.literal_column("'refill'"),
    )
    .order_by(Message.id)
)


def people_act(session: Session, life: Life, now: datetime) -> None:
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
        refill(session, life.here, pump, visit_at, dice, written=now)
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


def refill(
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


def messages_are_read(session: Session, life: Life, now: datetime) -> None:
    """Whoever was told of a pump tries to find a day for its refill."""
    fresh = session.connection().execute(_READ, {"now": now}).all()
    for one in fresh:
        plan = life.plans.get(one.pump_id)
        if plan is None:
            continue  # it has ended since
        if plan.visit_at is None and life.dice.random() < ANSWERS[one.level]:
            plan.visit_at = _a_visit(life, one.level, now)
            _is_booked(session, life, one.pump_id, plan, now)
        elif life.dice.random() < TAKES_IN_HAND:
            _is_taken_in_hand(session, life, one.watch_id, now)


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
