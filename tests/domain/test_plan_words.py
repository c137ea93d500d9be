"""Why a day, or none: the words that a coordinator checks the plan by."""

from datetime import date

from tests.domain.test_planning import MONDAY, due, planned, week
from tracker.domain.plan_words import placed_words, unplaced_words
from tracker.domain.planning import DAY, PlanDay, Span


def why(asked, days):
    plan = planned([asked], days)
    said = placed_words if asked.key in plan.placed else unplaced_words
    return said(asked, plan, days)


def test_the_day_says_what_stood_against_each_later_one():
    days = week(places=1)
    days[2] = PlanDay(MONDAY + 2 * DAY, places=1, taken=1)

    assert why(due(last=4), days) == (
        "3 days before refill-by, because Wed 3 Mar 2027 is booked up;"
        " the 2 open days after it are kept for a second try"
    )


def test_a_day_that_only_the_plan_has_filled_is_told_apart():
    dues, days = [due(1, 0, earliest_on=MONDAY), due(2, 0)], week(places=1)
    plan = planned(dues, days)

    assert unplaced_words(dues[1], plan, days) == (
        "no day until Mon 1 Mar 2027: Mon 1 Mar 2027 is full with this plan"
    )
    assert placed_words(dues[0], plan, days) == (
        "on its refill-by; little time is left for a second try"
    )


def test_absence_closure_drug_and_home_visits_are_each_named():
    away = due(last=1, away=(Span(MONDAY, MONDAY + 3 * DAY),))
    assert "the patient is away on Mon 1 Mar 2027 and Tue 2 Mar 2027" in why(away, week())
    flood = [PlanDay(one.on, is_open=False, closed_because="Flood") for one in week()]
    assert why(due(last=1), flood) == (
        "no open day before refill-by: the clinic is closed on Mon 1 Mar 2027 (Flood)"
        " and Tue 2 Mar 2027 (Flood)"
    )
    late = due(last=1, drug_from=MONDAY + 5 * DAY)
    assert "the drug can't be there before Sat 6 Mar 2027" in why(late, week())
    far = [PlanDay(MONDAY + n * DAY, is_for_home=False) for n in range(6)]
    said = why(due(last=5, is_home=True), far)
    assert "6 days from Mon 1 Mar 2027 to Sat 6 Mar 2027 are no days for home visits" in said
    half = due(last=1, earliest_on=date(2027, 3, 2))
    full = [PlanDay(one.on, places=0) for one in week()]
    assert "before Tue 2 Mar 2027 half of the filling would be thrown away" in why(half, full)


def test_a_day_that_holds_the_visit_but_not_the_way_says_so():
    home = {"is_home": True, "way_minutes": 90}
    days = week(places=3)[:2]
    days[1] = PlanDay(MONDAY + DAY, places=3, taken=1)
    first, second = due(1, 0, **home), due(2, 1, **home)
    plan = planned([first, second], [PlanDay(MONDAY, places=4), days[1]])

    assert unplaced_words(second, plan, [PlanDay(MONDAY, places=4), days[1]]) == (
        "no day until Tue 2 Mar 2027: Tue 2 Mar 2027 has too few places left for the visit"
        " and 90 minutes on the way and Mon 1 Mar 2027 has with this plan too few left for the"
        " visit and 90 minutes on the way"
    )
