"""Visits at home: on which days, and what the way to them takes of a day."""

from datetime import timedelta

import pytest

from tests.riverside import FILLED_AT, pump_of, refilled, riverside
from tests.scenes import Scene
from tracker.domain.travel import places_of_travel
from tracker.domain.wording import write_day
from tracker.models import Pump, Role
from tracker.services.appointments import book, move
from tracker.services.aways import set_travel
from tracker.services.clinics import add_member
from tracker.services.day_lists import day_list
from tracker.services.places import days_between, set_day, set_home_weekdays, set_weekdays
from tracker.services.visit_checks import DayFull, NoHomeVisits
from tracker.services.visit_plans import accept, plan_visits

DAY = timedelta(days=1)
NOW = FILLED_AT + timedelta(days=60)
MONDAY = NOW + (7 - NOW.weekday()) * DAY  # at the hour of the filling


@pytest.fixture
def begins_with() -> Scene:
    return riverside


def seen_at_home(session, here, minutes):
    pump = pump_of(session, here)
    refilled(session, pump, here)
    set_travel(
        session, pump.patient, is_seen_at_home=True, travel_minutes=minutes, best_weekdays=""
    )
    return pump


def test_a_visit_at_home_where_nobody_travels_needs_the_reason_of_a_coordinator(
    session, standing
):
    here, pump = standing, seen_at_home(session, standing, 30)
    set_home_weekdays(session, here.clinic, "1")  # on Tuesdays
    add_member(session, here.clinic, here.sam, role=Role.COORDINATOR)
    on = {"scheduled_at": MONDAY, "now": NOW}
    for by, reason in ((here.nadia, "no other day"), (here.sam, "  ")):
        with pytest.raises(NoHomeVisits, match="nobody travels to patients") as refused:
            book(session, pump, home_reason=reason, by=by, **on)
        assert refused.value.field == "home_reason"

    visit = book(session, pump, home_reason="no other day", by=here.sam, **on)
    assert visit.home_reason == "no other day"
    tuesday = move(session, visit, scheduled_at=MONDAY + DAY, by=here.nadia, now=NOW)
    assert (tuesday.is_home, tuesday.home_reason) == (True, "")


def test_the_way_to_patients_takes_places_of_the_day(session, standing):
    here = standing
    set_weekdays(session, here.clinic, {0: 3}, by=here.nadia, now=NOW)
    first, second, third = (seen_at_home(session, here, minutes) for minutes in (20, 25, None))
    on = {"scheduled_at": MONDAY, "by": here.nadia, "now": NOW}
    book(session, first, **on)
    with pytest.raises(DayFull, match="90 minutes are spent on the way, which take 2 of them"):
        book(session, second, **on)
    visit = book(session, third, **on)

    (day,) = days_between(session, here.clinic, MONDAY.date(), MONDAY.date())
    assert (day.taken, day.travel_minutes, day.travel_places, day.holds()) == (2, 40, 1, False)
    (listed,) = day_list(session, here.clinic, MONDAY.date(), 1, now=NOW).days
    assert listed.beside == "40 minutes on the way to patients, there and back"
    assert visit.full_reason == ""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_all_that_a_plan_with_home_visits_offers_can_be_booked(session, standing):
    here, later = standing, FILLED_AT + timedelta(days=130)
    set_weekdays(session, here.clinic, dict.fromkeys(range(5), 3), by=here.nadia, now=later)
    set_home_weekdays(session, here.clinic, "13")  # on Tuesdays and Thursdays
    far = [seen_at_home(session, here, minutes) for minutes in (20, 35, 45)]
    second = pump_of(session, here, patient=far[0].patient)  # comes to the clinic for the first
    refilled(session, second, here)
    tuesday = later + (8 - later.weekday()) * DAY
    book(session, far[0], scheduled_at=tuesday, is_home=False, by=here.nadia, now=later)
    set_day(
        session, here.clinic, tuesday.date(), 1, reason="one nurse", by=here.nadia, now=later
    )

    plan = plan_visits(session, here.clinic, now=later)
    chosen = [
        (session.get(Pump, one.pump_id), visit.at)
        for visit in plan.placed
        for one in visit.pumps
    ]
    booked, refused = accept(session, chosen, by=here.nadia, now=later)

    assert (plan.unplaced, refused, booked) == ([], [], 3)
    days = days_between(session, here.clinic, later.date(), later.date() + 90 * DAY)
    assert not [day.on for day in days if day.is_over]
    assert max(day.travel_places for day in days) == 2
    for on in plan.on_day:
        (then,) = [day for day in days if day.on == on]
        assert (then.taken, then.travel_minutes) == (
            plan.filled[on].taken,
            plan.filled[on].travel_minutes,
        )


def test_the_nearest_day_with_room_has_room_for_the_way_too(session, standing):
    here = standing
    set_weekdays(session, here.clinic, {0: 2, 3: 3, 4: 2}, by=here.nadia, now=NOW)
    set_home_weekdays(session, here.clinic, "034")  # of which Thursday alone holds the way
    pump = seen_at_home(session, here, 45)

    with pytest.raises(DayFull) as refused:
        book(session, pump, scheduled_at=MONDAY + 7 * DAY, by=here.nadia, now=NOW)

    thursday = write_day((MONDAY + 3 * DAY).date())
    assert f"The nearest day before with room is {thursday}." in refused.value.message


def test_an_hour_on_the_way_that_is_begun_takes_a_place():
    assert [places_of_travel(minutes) for minutes in (0, 1, 60, 61)] == [0, 1, 1, 2]
