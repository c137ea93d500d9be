"""Whoever counts the refills that no visit answers counts the same ones."""

from datetime import timedelta

from tests.riverside import open_watch, pump_of, refilled, riverside
from tracker.domain.danger import WatchKind
from tracker.services.appointments import book
from tracker.services.day_lists import day_list
from tracker.services.day_report_contents import report
from tracker.services.figure_lists import coming_work
from tracker.services.visit_plans import plan_visits

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_promise_covered_a_visit_of_which_nobody_told_answers_the_refill_nowhere(session):
    """Report, plan, day list and figures alike: the pump is named by each of them."""
    here = riverside(session)
    pump = pump_of(session, here)
    refilled(session, pump, here)
    due = open_watch(session, pump).danger_at
    visit_at = due - 4 * DAY
    book(session, pump, scheduled_at=visit_at, by=here.nadia, now=visit_at - 20 * DAY)

    before, after = visit_at - 2 * HOUR, visit_at + DAY
    assert [_names(session, here, pump, now=at) for at in (before, after)] == [
        {"report": False, "plan": False, "day list": False, "figures": False},
        {"report": True, "plan": True, "day list": True, "figures": True},
    ]


def _names(session, here, pump, *, now) -> dict[str, bool]:
    """Who says of the pump that no visit answers its refill."""
    clinic, today = here.clinic, now.astimezone(here.clinic.zone).date()
    parts = {
        one.title: one for one in report(session, clinic, WatchKind.DAY_REPORT, now=now).parts
    }
    plan = plan_visits(session, clinic, now=now)
    days = day_list(session, clinic, today, 7, now=now)
    _, unbooked = coming_work(session, clinic, today=today, until=today + 30 * DAY)
    week = parts["Due within a week, no visit before it"].lines
    return {
        "report": pump.id in [one.pump_id for one in week],
        "plan": pump.id in [one.who.pump_id for one in (*plan.placed, *plan.unplaced)],
        "day list": pump.id in [one.pump_id for one in days.unbooked],
        "figures": bool(unbooked),
    }
