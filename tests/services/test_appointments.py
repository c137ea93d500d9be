"""Visits: booked, moved, missed, kept; they quieten a watch and end none but their own."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests import living
from tests.riverside import (
    DAY,
    FILLED_AT,
    Riverside,
    filled_pump,
    open_watch,
    pump_of,
    refill_facts,
    refilled,
)
from tests.scenes import Scene
from tracker.domain.calendar import start_of_day
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.message import MessageState
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Message, Pump, PumpEnd, Watch
from tracker.services import appointments
from tracker.services.bookings import ANSWERED, is_too_late
from tracker.services.plans import CAME, JUMPED_OVER
from tracker.services.pumps import end_pump
from tracker.services.visit_checks import (
    AfterRefillBy,
    BookedAlready,
    ClinicClosed,
    NotBooked,
    VisitInThePast,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def begins_with() -> Scene:
    return filled_pump


def refill_by(session: Session, pump: Pump) -> datetime:
    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.danger_at is not None
    return watch.danger_at


def on_weekday(session: Session, pump: Pump, *, before: int) -> datetime:
    """Ten o'clock on a weekday at least so many days before refill-by."""
    zone = pump.clinic.zone
    day = (refill_by(session, pump) - before * DAY).astimezone(zone).date()
    while day.weekday() > 4:
        day -= DAY
    return start_of_day(day, zone) + 10 * HOUR


def booked(
    session: Session, here: Riverside, pump: Pump, at: datetime, **more: object
) -> Appointment:
    facts = {"by": here.nadia, "now": at - 20 * DAY, **more}
    made = appointments.book(session, pump, scheduled_at=at, **facts)  # type: ignore[arg-type]
    session.commit()
    return made


def live(
    sessions: sessionmaker[Session],
    session: Session,
    start: datetime,
    end: datetime,
    every: timedelta = HOUR,
) -> None:
    """Let the hours from `start` to `end` pass, with nobody to send."""
    session.commit()
    living.live(sessions, start, end, every)
    session.expire_all()


def told(session: Session, pump: Pump, kind: WatchKind = WatchKind.REFILL) -> list[Message]:
    session.expire_all()
    asked = sa.select(Message).join(Watch, Watch.id == Message.watch_id)
    found = session.scalars(
        asked.where(Watch.pump_id == pump.id, Watch.kind == kind).order_by(Message.id)
    ).all()
    session.commit()
    return [one for one in found if one.state_reason not in (JUMPED_OVER, ANSWERED, CAME)]


def test_a_booked_visit_stands_on_the_refill_watch_and_has_a_watch_of_its_own(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=5)

    made = booked(session, here, pump, at)

    refill, visit = open_watch(session, pump), open_watch(session, pump, WatchKind.VISIT)
    assert refill is not None
    assert visit is not None
    assert refill.visit_at == at
    assert refill.reopens_at is not None
    morning = refill.reopens_at.astimezone(pump.clinic.zone)
    assert (morning.hour, morning.date() - at.astimezone(pump.clinic.zone).date()) == (8, DAY)
    assert (visit.danger_at, visit.owner_id) == (at, pump.owner_id)
    assert appointments.booked_for(session, pump.id) is made


def test_a_pump_has_one_visit_at_a_time(session: Session, here: Riverside, pump: Pump) -> None:
    at = on_weekday(session, pump, before=5)
    booked(session, here, pump, at)

    with pytest.raises(BookedAlready, match="move that one"):
        booked(session, here, pump, at - DAY)


def test_a_visit_in_the_past_or_in_another_year_is_refused(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=5)

    with pytest.raises(VisitInThePast):
        booked(session, here, pump, at, now=at)
    with pytest.raises(TrackerError, match="year"):
        booked(session, here, pump, at, now=at - 401 * DAY)


def test_a_visit_on_a_closed_day_is_refused_and_the_open_day_before_is_named(
    session: Session, here: Riverside, pump: Pump
) -> None:
    sunday = datetime(2026, 4, 12, 10, tzinfo=UTC)

    with pytest.raises(ClinicClosed, match="10 Apr 2026"):
        booked(session, here, pump, sunday)


def test_a_visit_after_refill_by_needs_a_clinician_and_a_reason(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=-10)

    for more in (
        {},
        {"signed_by": here.nadia, "signed_reason": "on holiday"},
        {"signed_by": here.ito, "signed_reason": " "},
    ):
        with pytest.raises(AfterRefillBy):
            booked(session, here, pump, at, **more)

    made = booked(session, here, pump, at, signed_by=here.ito, signed_reason="dose halved")
    assert (made.signed_by_id, made.signed_reason) == (here.ito.id, "dose halved")
    assert is_too_late(open_watch(session, pump))


def test_a_signature_that_is_not_needed_is_not_kept(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=5)

    made = booked(session, here, pump, at, signed_by=here.ito, signed_reason="to be sure")

    assert (made.signed_by_id, made.signed_reason) == (None, "")


def test_promise_persistent_a_visit_after_refill_by_quietens_nothing(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    other = pump_of(session, here)
    refilled(session, other, here)
    danger_at = refill_by(session, pump)
    late = on_weekday(session, pump, before=-10)
    signed = {"signed_by": here.ito, "signed_reason": "on holiday"}
    booked(session, here, pump, late, now=danger_at - 30 * DAY, **signed)

    live(sessions, session, danger_at - 29 * DAY, danger_at + DAY, 12 * HOUR)

    steps = [(one.step, one.template) for one in told(session, pump)]
    assert steps == [(one.step, one.template) for one in told(session, other)]
    assert steps


def test_a_booked_visit_keeps_please_book_quiet_until_the_morning_after(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=5)
    booked(session, here, pump, at, now=at - 30 * DAY)

    live(sessions, session, at - 29 * DAY, at + 12 * HOUR, 12 * HOUR)

    assert told(session, pump) == []


def test_promise_persistent_a_missed_visit_reopens_the_ladder_one_step_higher_and_once(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=10)  # the step of 14 days is due, that of 7 is not
    made = booked(session, here, pump, at, now=at - 30 * DAY)
    live(sessions, session, at - 29 * DAY, at, 12 * HOUR)
    appointments.miss(session, made, by=here.nadia, now=at + HOUR)
    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.reopens_at is not None
    morning = watch.reopens_at
    higher = next(one["name"] for one in watch.policy.steps if one["ordinal"] == 6)

    live(sessions, session, at + HOUR, morning - timedelta(minutes=1))
    assert told(session, pump) == []
    live(sessions, session, morning, morning + 12 * HOUR)

    # that of 14 days, which the visit kept quiet, is the patient's: there is no address here
    assert {one.step for one in told(session, pump)} == {3, 6}
    assert higher == "ask the coordinator to phone the patient"
    assert {one.round for one in told(session, pump)} == {1}


def test_after_reopening_every_step_still_comes_in_its_own_time(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    twin = pump_of(session, here)
    refilled(session, twin, here)
    danger_at = refill_by(session, pump)
    at = on_weekday(session, pump, before=11)
    booked(session, here, pump, at, now=at - 30 * DAY)

    live(sessions, session, at - HOUR, danger_at + HOUR)

    beside, early, *rest = dict.fromkeys((one.round, one.step) for one in told(session, pump))
    ordinary = dict.fromkeys(one.step for one in told(session, twin))
    assert (beside, early) == ((1, 3), (1, 6))  # what the visit kept from the patient, and ours
    assert list(dict.fromkeys(step for _, step in rest)) == [k for k in ordinary if k > 4]


def test_the_morning_after_is_caught_up_with_once_after_an_outage_of_days(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=12)
    booked(session, here, pump, at, now=at - 30 * DAY)

    live(sessions, session, at + 4 * DAY, at + 4 * DAY + 6 * HOUR)

    assert {one.round for one in told(session, pump)} == {1}


def test_the_morning_after_is_eight_on_the_clock_where_the_clocks_change(
    session: Session, here: Riverside
) -> None:
    pump = pump_of(session, here)
    refilled(session, pump, here)
    friday = datetime(2026, 3, 27, 10, tzinfo=UTC)  # the clocks go forward on the 29th
    made = booked(session, here, pump, friday, now=FILLED_AT + DAY)
    appointments.move(
        session,
        made,
        scheduled_at=datetime(2026, 3, 30, 9, tzinfo=UTC),
        by=here.nadia,
        now=FILLED_AT + 2 * DAY,
    )

    watch = open_watch(session, pump)

    assert watch is not None
    assert watch.reopens_at == datetime(2026, 3, 31, 7, tzinfo=UTC)


def test_a_cancelled_visit_lets_the_watch_speak_at_once_at_the_step_of_the_day(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    danger_at = refill_by(session, pump)
    at = on_weekday(session, pump, before=2)
    made = booked(session, here, pump, at, now=at - 40 * DAY)
    now = danger_at - 6 * DAY
    live(sessions, session, now - 20 * DAY, now, DAY)

    appointments.cancel(session, made, reason="ill", by=here.nadia, now=now + HOUR)
    live(sessions, session, now + HOUR, now + HOUR)

    assert {one.step for one in told(session, pump)} == {5, 6}  # the patient's, and the staff's
    assert open_watch(session, pump, WatchKind.VISIT) is None


def test_a_moved_visit_is_a_new_row_and_the_old_one_says_so(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=9)
    old = booked(session, here, pump, at)
    first = open_watch(session, pump, WatchKind.VISIT)
    now = at - 3 * DAY

    new = appointments.move(session, old, scheduled_at=at + HOUR, by=here.nadia, now=now)

    assert (old.state, old.ended_at, new.moved_from_id) == (VisitState.MOVED, now, old.id)
    second = open_watch(session, pump, WatchKind.VISIT)
    assert first is not None
    assert second is not None
    assert (first.evidence_kind, first.evidence_id) == ("appointment", old.id)
    assert second.danger_at == at + HOUR


def test_what_became_of_a_visit_is_said_once_and_not_before_it(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=9)
    made = booked(session, here, pump, at)

    with pytest.raises(TrackerError, match="lies ahead"):
        appointments.miss(session, made, by=here.nadia, now=at - HOUR)
    appointments.keep(session, made, by=here.nadia, now=at + HOUR)
    with pytest.raises(NotBooked):
        appointments.miss(session, made, by=here.nadia, now=at + HOUR)
    with pytest.raises(NotBooked):
        appointments.confirm(session, made, how="by telephone", now=at + HOUR)


def test_promise_evidence_only_a_kept_visit_without_a_refill_keeps_the_alarm(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=9)
    made = booked(session, here, pump, at, now=at - 30 * DAY)
    live(sessions, session, at - 29 * DAY, at, 12 * HOUR)

    appointments.keep(session, made, by=here.nadia, now=at + HOUR)
    live(sessions, session, at + HOUR, at + DAY)

    assert open_watch(session, pump) is not None
    assert open_watch(session, pump, WatchKind.VISIT) is not None
    assert {one.step for one in told(session, pump)} == {6}


def test_the_next_visit_ends_the_asking_about_one_that_was_kept_without_a_refill(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=9)
    made = booked(session, here, pump, at)
    asking = open_watch(session, pump, WatchKind.VISIT)
    appointments.keep(session, made, by=here.nadia, now=at + HOUR)

    following = booked(session, here, pump, at + 4 * DAY, now=at + 2 * HOUR)

    assert asking is not None
    assert (asking.evidence_kind, asking.evidence_id) == ("appointment", following.id)
    opened = open_watch(session, pump, WatchKind.VISIT)
    assert opened is not None
    assert opened.danger_at == following.scheduled_at


def test_promise_evidence_only_a_refill_on_the_day_keeps_the_visit_and_closes_both_watches(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=9)
    made = booked(session, here, pump, at)
    refill, visit = open_watch(session, pump), open_watch(session, pump, WatchKind.VISIT)

    done = refilled(session, pump, here, refill_facts(None, filled_at=at + HOUR))

    assert made.state is VisitState.KEPT
    for watch in (refill, visit):
        assert watch is not None
        assert (watch.evidence_kind, watch.evidence_id) == ("refill", done.id)
    fresh = open_watch(session, pump)
    assert fresh is not None
    assert fresh.visit_at is None


def test_a_refill_before_its_day_leaves_the_visit_booked_for_the_new_watch(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=9)
    made = booked(session, here, pump, at)

    refilled(session, pump, here, refill_facts(None, filled_at=at - 8 * DAY))

    assert made.state is VisitState.BOOKED
    fresh = open_watch(session, pump)
    assert fresh is not None
    assert fresh.visit_at == at
    assert open_watch(session, pump, WatchKind.VISIT) is not None


def test_a_date_that_moves_before_the_visit_makes_it_too_late(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=2)
    booked(session, here, pump, at)
    watch = open_watch(session, pump)
    assert watch is not None
    assert not is_too_late(watch)

    watch.danger_at = at - DAY

    assert is_too_late(watch)


def test_a_confirmed_visit_sends_no_reminder_more_but_is_asked_about_the_day_after(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=12)
    made = booked(session, here, pump, at, now=at - 30 * DAY)

    appointments.confirm(session, made, how="by telephone", by=here.nadia, now=at - 20 * DAY)
    live(sessions, session, at - 20 * DAY, at + 2 * DAY, 2 * HOUR)

    assert made.confirmed_how == "by telephone (Nadia Nurse)"
    said = told(session, pump, WatchKind.VISIT)
    assert {one.template for one in said} == {"visit_unsettled"}
    assert {one.step for one in said} == {4}


def test_an_unconfirmed_visit_asks_staff_to_phone_the_day_before(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=12)
    booked(session, here, pump, at, now=at - 12 * HOUR)

    live(sessions, session, at - 12 * HOUR, at - HOUR)

    assert {one.template for one in told(session, pump, WatchKind.VISIT)} == {
        "visit_unconfirmed"
    }


def test_booking_takes_back_what_waits_and_asks_to_book(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    danger_at = refill_by(session, pump)
    now = danger_at - 13 * DAY
    live(sessions, session, now, now)
    waiting = [one for one in told(session, pump) if one.state is MessageState.PLANNED]
    assert waiting

    booked(session, here, pump, on_weekday(session, pump, before=5), now=now)

    session.expire_all()
    assert {(one.state, one.state_reason) for one in waiting} == {
        (MessageState.SUPERSEDED, ANSWERED)
    }


def test_a_pump_that_ends_leaves_no_visit_behind(
    session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=9)
    made = booked(session, here, pump, at)

    end_pump(
        session,
        pump,
        ended_on=(at - 5 * DAY).date(),
        kind=PumpEnd.DIED,
        note="letter",
        by=here.nadia,
        now=at - 5 * DAY,
    )

    assert made.state is VisitState.CANCELLED
    assert open_watch(session, pump, WatchKind.VISIT) is None
