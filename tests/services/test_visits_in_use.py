"""Visits as they are used: cancelled late, closed upon, left behind by a date that moved."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.riverside import (
    DAY,
    FILLED_AT,
    Riverside,
    filled_pump,
    open_watch,
    programme_facts,
    refill_facts,
    refilled,
)
from tests.scenes import Scene
from tests.services.test_appointments import HOUR, booked, live, on_weekday, refill_by, told
from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.message import MessageState
from tracker.domain.standing import why_not
from tracker.models import Message, Pump
from tracker.notify.render import Renderer
from tracker.services import appointments, notices
from tracker.services.afresh import Seen, look
from tracker.services.bookings import is_too_late
from tracker.services.clinics import close_days
from tracker.services.closed_visits import CLOSED
from tracker.services.programmes import change_dose
from tracker.services.watches import reproject


@pytest.fixture
def begins_with() -> Scene:
    return filled_pump


def step_of(session: Session, pump: Pump) -> int:
    watch = open_watch(session, pump)
    assert watch is not None
    return watch.cursor


def seen(session: Session, message: Message) -> Seen:
    session.flush()
    return look(session, message.id, is_to_staff=message.staff_id is not None)


def test_promise_persistent_a_record_between_reopening_and_sending_silences_nobody(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=10)
    booked(session, here, pump, at, now=at - 30 * DAY)
    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.reopens_at is not None
    morning = watch.reopens_at
    live(sessions, session, at - 29 * DAY, at, 12 * HOUR)
    live(sessions, session, morning, morning)

    reproject(session, pump, because=Evidence(EvidenceKind.READING, 1), now=morning + HOUR)
    assert step_of(session, pump) < 6  # the step that spoke is not due by the date
    waiting = [one for one in told(session, pump) if one.step == 6]
    drops = [
        why_not(notices.standing(session, seen(session, one), now=morning + HOUR))
        for one in waiting
    ]

    assert drops
    assert set(drops) == {None}


def test_only_the_reopening_outlives_a_date_that_moves_later(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    danger_at = refill_by(session, pump)
    at = on_weekday(session, pump, before=10)
    booked(session, here, pump, at, now=at - 30 * DAY)
    live(sessions, session, at, danger_at - 2 * DAY, 4 * HOUR)
    last = told(session, pump)[-1]
    watch = open_watch(session, pump)
    assert watch is not None

    watch.cursor = last.step - 1

    drop = why_not(notices.standing(session, seen(session, last), now=danger_at - 2 * DAY))
    assert last.round > 1
    assert drop is not None
    assert drop.state is MessageState.SUPERSEDED


def test_promise_persistent_a_cancelled_visit_says_again_what_it_had_kept_quiet(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    danger_at = refill_by(session, pump)
    now = danger_at - 6 * DAY
    live(sessions, session, now, now)  # step 6 is told, and then a visit is booked
    made = booked(session, here, pump, on_weekday(session, pump, before=2), now=now + HOUR)

    appointments.cancel(session, made, reason="ill", by=here.nadia, now=now + 2 * HOUR)
    live(sessions, session, now + 2 * HOUR, now + 20 * HOUR)

    # the first was taken back by the booking
    assert {(one.step, one.round) for one in told(session, pump)} == {(6, 2)}


def test_a_visit_cancelled_before_the_ladder_begins_says_nothing(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    danger_at = refill_by(session, pump)
    now = danger_at - 40 * DAY
    made = booked(session, here, pump, on_weekday(session, pump, before=2), now=now)

    appointments.cancel(session, made, reason="ill", by=here.nadia, now=now + HOUR)
    live(sessions, session, now + HOUR, now + 2 * DAY, 12 * HOUR)

    assert told(session, pump) == []


def test_a_visit_after_an_early_refill_does_not_open_the_ladder_of_a_date_far_away(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=9)
    booked(session, here, pump, at, now=at - 20 * DAY)
    refilled(session, pump, here, refill_facts(None, filled_at=at - 8 * DAY))
    assert refill_by(session, pump) > at + 30 * DAY

    live(sessions, session, at - 7 * DAY, at + 4 * DAY, 4 * HOUR)

    fresh = open_watch(session, pump)
    assert fresh is not None
    assert fresh.round == 0
    assert {one.template for one in told(session, pump, WatchKind.VISIT)} >= {"visit_unsettled"}


def test_promise_persistent_a_day_closed_after_the_booking_tells_staff_at_once(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=5)
    made = booked(session, here, pump, at, now=at - 30 * DAY)
    appointments.confirm(session, made, how="by telephone", by=here.nadia, now=at - 29 * DAY)
    now = at - 20 * DAY

    close_days(session, here.clinic, [(at.date(), "inventory")], now=now)
    close_days(session, here.clinic, [(at.date() + DAY, "inventory")], now=now + HOUR)
    live(sessions, session, now + HOUR, now + 3 * DAY, HOUR)

    said = told(session, pump, WatchKind.VISIT)
    assert {one.template for one in said} == {"visit_unconfirmed"}
    assert {one.round for one in said} == {1, 2}  # and again, until another day is found
    session.refresh(here.clinic)
    notice = notices.notice(session, seen(session, said[-1]), now=now)
    assert notice.explanation == CLOSED
    assert "can't be kept" in Renderer("https://pumps.example").words(notice, now=now).body


def test_an_answer_does_not_quieten_a_visit_on_a_closed_day_and_a_move_ends_it(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=5)
    made = booked(session, here, pump, at, now=at - 30 * DAY)
    now = at - 20 * DAY
    close_days(session, here.clinic, [(at.date(), "inventory")], now=now)

    appointments.confirm(session, made, how="by text message", now=now + HOUR)
    flagged = open_watch(session, pump, WatchKind.VISIT)
    assert flagged is not None
    assert flagged.next_action_at == now

    earlier = on_weekday(session, pump, before=8)
    appointments.move(session, made, scheduled_at=earlier, by=here.nadia, now=now + HOUR)
    fresh = open_watch(session, pump, WatchKind.VISIT)
    assert fresh is not None
    assert fresh.dry_at is None
    assert fresh.next_action_at is not None
    assert fresh.next_action_at > now + DAY


def test_what_became_of_a_visit_is_asked_while_somebody_is_there(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=12)
    booked(session, here, pump, at, now=at - 30 * DAY)

    live(sessions, session, at, at + 30 * HOUR)

    asked = [
        one for one in told(session, pump, WatchKind.VISIT) if one.template == "visit_unsettled"
    ]
    assert {one.planned_at for one in asked} == {at + DAY}


@pytest.mark.parametrize(
    ("saturday", "morning"),
    [
        pytest.param(
            datetime(2027, 3, 27, 10, tzinfo=UTC),
            datetime(2027, 3, 28, 7, tzinfo=UTC),
            id="spring",
        ),
        pytest.param(
            datetime(2026, 10, 24, 9, tzinfo=UTC),
            datetime(2026, 10, 25, 8, tzinfo=UTC),
            id="autumn",
        ),
    ],
)
def test_promise_persistent_the_morning_after_comes_at_eight_on_the_day_the_clocks_change(
    sessions: sessionmaker[Session],
    session: Session,
    here: Riverside,
    pump: Pump,
    saturday: datetime,
    morning: datetime,
) -> None:
    here.clinic.open_weekdays = "0123456"
    lasts = refill_by(session, pump) - FILLED_AT
    filled_at = saturday + 10 * DAY - lasts
    refilled(session, pump, here, refill_facts(None, filled_at=filled_at))
    booked(session, here, pump, saturday, now=saturday - 2 * DAY)
    live(sessions, session, saturday, saturday)
    before = len(told(session, pump))

    live(sessions, session, morning - timedelta(minutes=1), morning - timedelta(minutes=1))
    assert len(told(session, pump)) == before
    live(sessions, session, morning, morning)

    assert len(told(session, pump)) > before


def test_promise_persistent_a_higher_dose_that_makes_a_visit_too_late_is_spoken_of_at_once(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    danger_at = refill_by(session, pump)
    at = on_weekday(session, pump, before=2)
    now = danger_at - 20 * DAY
    booked(session, here, pump, at, now=now)
    live(sessions, session, now, now)
    assert told(session, pump) == []

    more = programme_facts("800", effective_at=now + HOUR)
    change_dose(session, pump, more, reason="spasms", by=here.nadia, now=now + HOUR)
    live(sessions, session, now + HOUR, now + HOUR)

    watch = open_watch(session, pump)
    assert is_too_late(watch)
    assert told(session, pump)
