"""The plan from what is on record: it books nothing, and is looked at again when accepted."""

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tests.builders import an_order
from tests.riverside import open_watch, pump_of, refilled, riverside
from tracker.domain.orders import OrderState
from tracker.models import Appointment
from tracker.services.appointments import book, miss, move
from tracker.services.aways import missed_by, record_away, withdraw_away
from tracker.services.clinics import close_days
from tracker.services.places import days_between, set_day, set_weekdays
from tracker.services.visit_checks import AfterRefillBy, DayFull
from tracker.services.visit_plans import BESIDE, accept, plan_visits

DAY = timedelta(days=1)


def ward(session) -> SimpleNamespace:
    """Three pumps due on one day in January: two of them are one patient's."""
    here = riverside(session)
    first = pump_of(session, here)
    pumps = [first, pump_of(session, here, patient=first.patient), pump_of(session, here)]
    for pump in pumps:
        refilled(session, pump, here)
    return SimpleNamespace(here=here, first=pumps[0], second=pumps[1], third=pumps[2])


@pytest.fixture
def begins_with():
    return ward


def due_on(session, pump) -> date:
    return open_watch(session, pump).danger_at.astimezone(pump.clinic.zone).date()


def at_ten(pump, day: date) -> datetime:
    return datetime.combine(day, time(10), pump.clinic.zone)


def open_before(session, pump, count: int) -> date:
    """The open day so many open days before refill-by."""
    day = due_on(session, pump)
    days = days_between(session, pump.clinic, day - 30 * DAY, day)
    return [one.on for one in days if one.is_open][-1 - count]


def now_of(session, pump) -> datetime:
    """Five weeks before refill-by."""
    return open_watch(session, pump).danger_at - timedelta(days=35)


def test_a_plan_offers_days_with_reasons_and_books_nothing(session, standing):
    here, pumps = standing.here, (standing.first, standing.second, standing.third)
    now = now_of(session, pumps[0])
    set_weekdays(session, here.clinic, dict.fromkeys(range(5), 1), by=here.nadia, now=now)

    plan = plan_visits(session, here.clinic, now=now)

    assert [len(one.pumps) for one in plan.placed] == [1, 2] or [
        len(one.pumps) for one in plan.placed
    ] == [2, 1]
    days = [one.at.astimezone(here.clinic.zone).date() for one in plan.placed]
    assert days == [open_before(session, pumps[0], 3), open_before(session, pumps[0], 2)]
    assert "is full with this plan" in plan.placed[0].why
    assert plan.unplaced == []
    assert session.scalar(sa.select(sa.func.count()).select_from(Appointment)) == 0


def test_what_is_accepted_is_looked_at_again(session, standing):
    here, pumps = standing.here, (standing.first, standing.second, standing.third)
    now = now_of(session, pumps[0])
    day = open_before(session, pumps[0], 3)
    set_day(session, here.clinic, day, 1, reason="one nurse", by=here.nadia, now=now)
    at = at_ten(pumps[0], day)
    late = at_ten(pumps[0], due_on(session, pumps[0]) + 7 * DAY)

    chosen = [(pumps[0], at), (pumps[1], at), (pumps[2], at), (pumps[2], late)]
    booked, refused = accept(session, chosen, by=here.nadia, now=now)

    assert booked == 2  # both pumps of one patient at one visit
    assert "1 of 1 places are taken" in refused[0].why
    assert "after refill-by" in refused[1].why
    taken = days_between(session, here.clinic, day, day)[0]
    assert taken.taken == 1
    offered = plan_visits(session, here.clinic, now=now)
    assert (offered.booked, len(offered.placed)) == (2, 1)


def test_a_visit_past_the_days_places_needs_a_reason_also_when_it_is_moved(session, standing):
    here, pumps = standing.here, (standing.first, standing.second, standing.third)
    now, facts = now_of(session, pumps[0]), {"by": here.nadia}
    day = open_before(session, pumps[0], 3)
    set_weekdays(session, here.clinic, {day.weekday(): 1}, now=now, **facts)
    book(session, pumps[0], scheduled_at=at_ten(pumps[0], day), now=now, **facts)

    with pytest.raises(DayFull, match="nearest day before with room") as refused:
        book(session, pumps[2], scheduled_at=at_ten(pumps[2], day), now=now, **facts)
    assert refused.value.field == "full_reason"
    visit = book(session, pumps[2], scheduled_at=at_ten(pumps[2], day - 7 * DAY),
                 full_reason="not needed", now=now, **facts)  # fmt: skip
    assert visit.full_reason == ""
    with pytest.raises(DayFull):
        move(session, visit, scheduled_at=at_ten(pumps[2], day), now=now, **facts)
    session.rollback()


def test_a_move_after_refill_by_is_refused_unless_a_clinician_signs(session, standing):
    here, pumps = standing.here, (standing.first, standing.second, standing.third)
    now, facts = now_of(session, pumps[0]), {"by": here.nadia}
    visit = book(session, pumps[0], scheduled_at=now + 7 * DAY, now=now, **facts)

    late = at_ten(pumps[0], due_on(session, pumps[0]) + 7 * DAY)
    with pytest.raises(AfterRefillBy):
        move(session, visit, scheduled_at=late, now=now, **facts)
    session.rollback()


def test_promise_evidence_only_who_is_away_is_offered_a_day_before_and_the_watch_stays(
    session, standing
):
    here, pumps = standing.here, (standing.first, standing.second, standing.third)
    now, refill_by = now_of(session, pumps[2]), due_on(session, pumps[2])
    before = open_watch(session, pumps[2]).danger_at
    away = record_away(
        session, pumps[2].patient, first_on=refill_by - 20 * DAY, last_on=refill_by - 3 * DAY,
        place="Crete", by=here.nadia, now=now,
    )  # fmt: skip

    plan = plan_visits(session, here.clinic, now=now)

    mine = next(one for one in plan.placed if one.who.pump_id == pumps[2].id)
    assert mine.at.date() < away.first_on
    assert [one.place for one in mine.away] == ["Crete"]
    assert open_watch(session, pumps[2]).danger_at == before
    withdraw_away(session, away, by=here.nadia, now=now)
    again = plan_visits(session, here.clinic, now=now)
    assert all(one.away == () for one in again.placed)


def test_what_has_no_place_says_why(session, standing):
    here, pumps = standing.here, (standing.first, standing.second, standing.third)
    now = open_watch(session, pumps[0]).danger_at - timedelta(days=4)
    days = days_between(session, here.clinic, now.date(), now.date() + 6 * DAY)
    closed = [(one.on, "Flood") for one in days if one.is_open]

    late = plan_visits(session, here.clinic, now=now + 5 * DAY)
    assert "today, outside the plan" in late.unplaced[0].why
    full = [(one.on, 0) for one in days]
    for on, visits in full:
        set_day(session, here.clinic, on, visits, reason="ill", by=here.nadia, now=now)
    assert "booked up" in plan_visits(session, here.clinic, now=now).unplaced[0].why
    close_days(session, here.clinic, closed, now=now)
    # closing moved refill-by earlier: it is today, or over
    assert plan_visits(session, here.clinic, now=now).unplaced


def test_a_second_pump_comes_at_the_visit_that_is_booked(session, standing):
    here, pumps = standing.here, (standing.first, standing.second, standing.third)
    now = now_of(session, pumps[0])
    day = open_before(session, pumps[0], 6)
    book(session, pumps[0], scheduled_at=at_ten(pumps[0], day), by=here.nadia, now=now)

    mine = plan_visits(session, here.clinic, now=now).placed
    beside = next(one for one in mine if one.who.pump_id == pumps[1].id)

    assert (beside.at, beside.why) == (at_ten(pumps[0], day), BESIDE)
    assert missed_by(session, [pumps[0].patient_id], now=now) == {}


def test_hazard_h25_visits_that_are_missed_again_and_again_end_no_watch(session, standing):
    here, pumps = standing.here, (standing.first, standing.second, standing.third)
    now, watch = now_of(session, pumps[2]), open_watch(session, pumps[2])

    for week in (1, 2, 3):
        at = at_ten(pumps[2], open_before(session, pumps[2], 25 - 5 * week))
        visit = book(session, pumps[2], scheduled_at=at, by=here.nadia, now=now)
        miss(session, visit, by=here.nadia, now=at + DAY)

    known = missed_by(session, [pumps[2].patient_id], now=at + DAY)[pumps[2].patient_id]
    assert len(known) == 3
    assert open_watch(session, pumps[2]) is watch
    offered = plan_visits(session, here.clinic, now=at + DAY)
    mine = [one for one in offered.placed if one.who.pump_id == pumps[2].id]
    assert [len(one.missed) for one in mine] == [3]


def test_no_visit_is_offered_before_the_drug_that_is_ordered_can_be_there(session, standing):
    here, pump = standing.here, standing.third
    now, day_before = now_of(session, pump), open_before(session, pump, 1)
    order = an_order(session, pump, expected_on=day_before)

    (late,) = [one for one in planned(session, here, now) if one.who.pump_id == pump.id]
    order.expected_on = due_on(session, pump) + DAY
    session.flush()
    (none,) = [one for one in planned(session, here, now) if one.who.pump_id == pump.id]

    assert late.at.date() >= day_before
    assert none.at is None
    assert "the drug can't be there before" in none.why
    order.state = OrderState.ARRIVED
    session.flush()
    (free,) = [one for one in planned(session, here, now) if one.who.pump_id == pump.id]
    assert free.at < late.at


def planned(session, here, now):
    plan = plan_visits(session, here.clinic, now=now)
    return [*plan.placed, *plan.unplaced]
