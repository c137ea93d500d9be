"""A drug that keeps no longer, or a yes that has ended, is asked for by the day alone."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.riverside import Bedside, open_watch
from tests.scenes import Scene
from tests.services.test_orders import (
    NOW,
    ORDER,
    PAYER,
    TODAY,
    arrived,
    local_day,
    ordered,
    tracked,
)
from tracker.domain.calendar import start_of_day
from tracker.domain.orders import OrderRules, PayerStep
from tracker.jobs import tick
from tracker.models import Message, Pump, Watch
from tracker.services import supply_looks
from tracker.services.audits import audit
from tracker.services.authorisations import PayerFacts, record_authorisation
from tracker.services.heartbeats import look
from tracker.services.order_rules import put

OUTAGE = timedelta(days=40)


@pytest.fixture
def begins_with() -> Scene:
    return supplied


def supplied(session) -> Bedside:
    """A pump whose drug is here and paid for, until some days after the day of need."""
    found = tracked(session)
    pump, here = found.pump, found.here
    needed = local_day(open_watch(session, pump))
    until = needed + timedelta(days=3)
    arrived(session, found, ordered(session, found), beyond_use_on=until)
    facts = PayerFacts(
        step=PayerStep.GRANTED, happened_on=TODAY, payer="Hill Insurance",
        valid_until_on=until + timedelta(days=2),
    )  # fmt: skip
    record_authorisation(session, pump, facts, by=here.nadia, now=NOW)
    return found


def need_of(session, pump):
    return local_day(open_watch(session, pump))


def test_promise_covered_a_drug_that_keeps_no_longer_is_asked_for_by_the_day_alone(
    sessions, session, standing: Bedside
):
    pump = standing.pump
    needed, zone = need_of(session, pump), pump.clinic.zone
    drug_ends = start_of_day(needed + timedelta(days=4), zone)
    yes_ends = start_of_day(needed + timedelta(days=6), zone)
    assert pump.supply_ends_at == drug_ends
    assert open_watch(session, pump, ORDER) is None
    session.commit()

    tick(sessions, now=drug_ends - timedelta(minutes=1), host="h")
    session.expire_all()
    assert open_watch(session, pump, ORDER) is None

    session.commit()
    for minutes in range(2):  # the first opens it, the second speaks
        tick(sessions, now=drug_ends + timedelta(minutes=minutes), host="h")
    session.expire_all()
    watch = open_watch(session, pump, ORDER)
    assert "beyond-use date" in " ".join(watch.explanation["reasons"])
    told = sa.select(sa.func.count(Message.id)).where(Message.watch_id == watch.id)
    assert session.scalar(told) >= 1
    assert open_watch(session, pump, PAYER) is None
    assert pump.supply_ends_at == yes_ends

    session.commit()
    tick(sessions, now=yes_ends, host="h")
    session.expire_all()
    assert "ends on" in " ".join(open_watch(session, pump, PAYER).explanation["reasons"])
    assert pump.supply_ends_at is None


def test_promise_covered_after_an_outage_of_any_length_it_is_asked_for_by_the_first_tick(
    sessions, session, standing: Bedside
):
    pump = standing.pump
    at = pump.supply_ends_at + OUTAGE
    found = audit(session, look(session), None, now=at)
    assert "supply" in {one.promise for one in found}
    session.commit()

    report = tick(sessions, now=at, host="h")

    session.expire_all()
    assert open_watch(session, pump, ORDER) is not None
    assert open_watch(session, pump, PAYER) is not None
    assert "supply" not in {one.promise for one in report.audit}
    assert report.faults == []


def test_promise_evidence_only_the_passing_of_time_closes_no_watch(session, standing: Bedside):
    """A grant that begins some day ends the asking when something is recorded, not by then."""
    pump = standing.pump
    at = pump.supply_ends_at
    supply_looks.look_again(session, pump, now=at)
    open_now = sa.select(Watch.id).where(Watch.pump_id == pump.id, Watch.closed_at.is_(None))
    before = set(session.scalars(open_now))

    pump.supply_ends_at = at
    supply_looks.look_again(session, pump, now=at - timedelta(days=30))
    pump.supply_ends_at = at - timedelta(days=30)
    supply_looks.look_again(session, pump, now=at - timedelta(days=30))

    assert set(session.scalars(open_now)) == before


def test_who_can_not_be_judged_stops_no_other_and_is_looked_at_again_tomorrow(
    session, standing: Bedside
):
    pump = standing.pump
    at = pump.supply_ends_at
    session.execute(
        sa.update(Watch).where(Watch.open_key == f"{pump.id}:refill").values(danger_at=None)
    )
    session.expire_all()

    supply_looks.look_again(session, pump, now=at)

    assert open_watch(session, pump, ORDER) is None
    assert pump.supply_ends_at == at + timedelta(days=1)


def test_a_clinic_that_watches_no_orders_any_more_has_nothing_looked_at(
    session, standing: Bedside
):
    put(session, standing.here.clinic, OrderRules().as_json(), now=NOW)

    asked = sa.select(Pump.supply_ends_at).where(Pump.id == standing.pump.id)
    assert session.scalar(asked) is None
