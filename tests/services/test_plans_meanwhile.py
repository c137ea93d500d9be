"""What others book at the same moment as a plan is accepted."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import sqlalchemy as sa

from tests.services.test_visit_plans import at_ten, now_of, open_before, ward
from tracker.domain.orders import OrderRules, OrderTracking
from tracker.models import Clinic, Pump, Staff, Watch
from tracker.services import order_rules, visit_plans
from tracker.services.appointments import book
from tracker.services.proposals import change
from tracker.services.versions import stay_here
from tracker.services.visit_checks import BookedAlready
from tracker.services.visit_plans import accept


@pytest.fixture
def begins_with():
    return ward


def test_a_plan_and_a_visit_at_the_same_moment_wait_for_each_other(
    session, sessions, standing, monkeypatch
):
    """All pumps are taken before the places of a day: else each would wait for the other."""
    now, third = now_of(session, standing.first), standing.third.id
    at = at_ten(standing.first, open_before(session, standing.first, 3))
    by, chosen = standing.here.nadia.id, [standing.first.id, third]
    session.commit()
    has_begun, is_held = Event(), Event()
    really = visit_plans.book

    def slowly(*args, **facts):
        made = really(*args, **facts)
        has_begun.set()
        is_held.wait(timeout=0.3)  # nobody gets hold of the other pump meanwhile
        return made

    monkeypatch.setattr(visit_plans, "book", slowly)

    def one_visit() -> str:
        with sessions() as other:
            has_begun.wait(timeout=5)
            pump = other.get_one(Pump, third)
            stay_here(other, pump)
            is_held.set()
            book(other, pump, scheduled_at=at, by=other.get_one(Staff, by), now=now)
            other.commit()
            return "booked"

    def the_plan() -> int:
        with sessions() as other:
            pumps = [(other.get_one(Pump, one), at) for one in chosen]
            found = accept(other, pumps, by=other.get_one(Staff, by), now=now)
            other.commit()
            return found[0]

    with ThreadPoolExecutor(2) as pool:
        plan, visit = pool.submit(the_plan), pool.submit(one_visit)
        assert plan.result() == 2
        with pytest.raises(BookedAlready, match="booked for"):
            visit.result()


def test_rules_and_a_visit_at_the_same_moment_wait_for_each_other(
    session, sessions, standing, monkeypatch
):
    """Who writes for every pump of a clinic takes them before the clinic."""
    now, third = now_of(session, standing.first), standing.third.id
    at = at_ten(standing.first, open_before(session, standing.first, 3))
    by, clinic = standing.here.nadia.id, standing.here.clinic.id
    session.commit()
    has_begun, is_held = Event(), Event()
    really = order_rules.keep_orders

    def slowly(*args, **facts):
        has_begun.set()
        is_held.wait(timeout=0.3)
        return really(*args, **facts)

    monkeypatch.setattr(order_rules, "keep_orders", slowly)

    def one_visit() -> None:
        with sessions() as other:
            has_begun.wait(timeout=5)
            pump = other.get_one(Pump, third)
            stay_here(other, pump)
            is_held.set()
            book(other, pump, scheduled_at=at, by=other.get_one(Staff, by), now=now)
            other.commit()

    def the_rules() -> None:
        with sessions() as other:
            after = OrderRules(OrderTracking.ALL, True).as_json()
            here, who = other.get_one(Clinic, clinic), other.get_one(Staff, by)
            change(other, here, order_rules.NAME, after, reason="agreed", by=who, now=now)
            other.commit()

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(the_rules), pool.submit(one_visit)]:
            one.result()
    found = sa.select(sa.func.count()).where(Watch.pump_id == third, Watch.kind == "order")
    assert session.scalar(found) == 1
