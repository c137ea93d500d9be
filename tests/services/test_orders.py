"""A drug is ordered in time, has come and can be used, and the payer has said yes."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.riverside import FILLED_AT, Bedside, filled_pump, open_watch, refill_facts, refilled
from tests.scenes import Scene
from tracker.domain.danger import WatchKind
from tracker.domain.errors import NeedsReason
from tracker.domain.orders import (
    NotOrdered,
    OrderRules,
    OrderState,
    OrderTracking,
    PayerStep,
    SupplyTask,
)
from tracker.domain.proposal import Outcome
from tracker.models import DrugOrderStep, Role, Watch
from tracker.services.appointments import book, cancel, move
from tracker.services.arrivals import ArrivalFacts, discard, record_arrival
from tracker.services.authorisations import PayerFacts, record_authorisation
from tracker.services.clinics import add_member, close_days
from tracker.services.corrections import void
from tracker.services.order_rules import NAME, put
from tracker.services.orders import OrderFacts, give_reason, place_order
from tracker.services.orders import cancel as cancel_order
from tracker.services.proposals import change
from tracker.services.rebuilds import reproject_all
from tracker.services.second_people import NoSecondPerson

NOW = FILLED_AT + timedelta(days=10)
TODAY = NOW.date()
BACLOFEN = (("baclofen", Decimal(2000)),)
RULES = OrderRules(OrderTracking.ALL, True)
ORDER, PAYER = WatchKind.ORDER, WatchKind.AUTHORISATION


@pytest.fixture
def begins_with() -> Scene:
    return tracked


def tracked(session) -> Bedside:
    """A pump in a clinic that watches its orders and needs authorisations."""
    found = filled_pump(session)
    put(session, found.here.clinic, RULES.as_json(), now=NOW)
    return found


def ordered(session, bedside, **more):
    facts = {"drugs": BACLOFEN, "volume_ml": Decimal(40), "pharmacy": "Hill Pharmacy"}
    reason = more.pop("reason", "")
    return place_order(
        session, bedside.here.clinic, bedside.pump,
        OrderFacts(**{**facts, "ordered_on": TODAY, **more}),
        reason=reason, by=bedside.here.nadia, now=NOW,
    )  # fmt: skip


def arrived(session, bedside, order, **more):
    facts = {
        "arrived_on": TODAY, "label": BACLOFEN, "lot": "L1", "volume_ml": Decimal(40),
        "expires_on": date(2027, 1, 1), "checked_by_id": bedside.here.ito.id,
    }  # fmt: skip
    reason = more.pop("reason", "")
    record_arrival(
        session, order, ArrivalFacts(**facts | more), reason=reason, by=bedside.here.nadia,
        now=NOW,
    )  # fmt: skip


def local_day(watch):
    return watch.danger_at.astimezone(watch.pump.clinic.zone).date()


def evidence(session, kind):
    """What closed the last watch of this kind that has ended."""
    asked = sa.select(Watch).where(Watch.kind == kind, Watch.closed_at.is_not(None))
    asked = asked.order_by(Watch.id.desc()).execution_options(populate_existing=True)
    watch = session.scalars(asked).first()
    return watch and watch.evidence_kind


def test_promise_exactly_enough_a_clinic_that_watches_no_orders_is_asked_for_none(
    session, standing: Bedside
):
    put(session, standing.here.clinic, OrderRules().as_json(), now=NOW)
    refilled(session, standing.pump, standing.here, refill_facts(filled_at=NOW))
    assert open_watch(session, standing.pump, ORDER) is None
    assert open_watch(session, standing.pump, PAYER) is None

    # baclofen as a maker sells it comes from the shelf
    compounded = replace(RULES, tracking=OrderTracking.COMPOUNDED, needs_authorisation=False)
    put(session, standing.here.clinic, compounded.as_json(), now=NOW)
    assert open_watch(session, standing.pump, ORDER) is None


def test_promise_covered_an_order_is_watched_until_the_drug_is_there(
    session, standing: Bedside
):
    watch = open_watch(session, standing.pump, ORDER)
    refill = open_watch(session, standing.pump)
    order_by = local_day(watch)
    assert order_by < local_day(refill)
    assert watch.owner is standing.pump.owner

    order = ordered(session, standing)
    there_by = local_day(watch)
    assert order_by < there_by < local_day(refill)
    assert watch.closed_at is None

    arrived(session, standing, order)
    session.refresh(watch)
    assert (watch.evidence_kind, watch.evidence_id) == ("drug_order", order.id)

    discard(session, order, reason="dropped", on=TODAY, by=standing.here.nadia, now=NOW)
    assert local_day(open_watch(session, standing.pump, ORDER)) == order_by


def test_promise_covered_too_little_drug_leaves_the_order_watched(session, standing: Bedside):
    here, pump = standing.here, standing.pump
    filled = refilled(session, pump, here, refill_facts(filled_at=NOW - timedelta(hours=1)))
    needs_ml = filled.instilled_volume_ml
    order = ordered(session, standing, volume_ml=needs_ml)

    arrived(session, standing, order, volume_ml=Decimal(1), reason="the rest comes tomorrow")

    reasons = " ".join(open_watch(session, pump, ORDER).explanation["reasons"])
    assert "Too little has arrived. That is 1 mL; the last fill took" in reasons
    rest = ordered(session, standing, volume_ml=needs_ml - 1, reason="the rest")
    arrived(session, standing, rest, volume_ml=needs_ml - 1, lot="L2")
    assert open_watch(session, pump, ORDER) is None


def test_an_order_that_is_cancelled_is_to_be_placed_again(session, standing: Bedside):
    order = ordered(session, standing)

    cancel_order(session, order, reason="out of stock", by=standing.here.nadia, now=NOW)

    reasons = open_watch(session, standing.pump, ORDER).explanation["reasons"]
    assert "No drug is ordered" in " ".join(reasons)
    with pytest.raises(NotOrdered):
        arrived(session, standing, order)


def test_the_day_follows_the_visit_the_closures_and_the_lead_times(session, standing: Bedside):
    here, pump = standing.here, standing.pump
    watch = open_watch(session, pump, ORDER)
    by_refill = watch.danger_at
    visit_at = open_watch(session, pump).danger_at - timedelta(days=14)
    visit_at = visit_at.replace(hour=9)

    visit = book(session, pump, scheduled_at=visit_at, by=here.nadia, now=NOW)
    by_visit = watch.danger_at
    assert by_visit < by_refill

    close_days(session, here.clinic, [(local_day(watch), "repairs")], now=NOW)
    assert watch.danger_at < by_visit
    closed = watch.danger_at

    put(session, here.clinic, replace(RULES, pharmacy_days=6).as_json(), now=NOW)
    assert watch.danger_at < closed

    earlier = watch.danger_at
    later = move(
        session, visit, scheduled_at=visit_at + timedelta(days=7), by=here.nadia, now=NOW
    )
    assert watch.danger_at > earlier
    cancel(session, later, reason="ill", by=here.nadia, now=NOW)
    assert earlier < watch.danger_at < by_refill
    assert reproject_all(session, now=NOW).changed == 0


def test_promise_evidence_only_a_refill_by_other_stock_ends_the_order_watch_and_begins_anew(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    first = open_watch(session, pump, ORDER)
    ordered(session, standing)

    refill = refilled(session, pump, here, refill_facts(filled_at=NOW, lot="other"))

    session.refresh(first)
    assert (first.evidence_kind, first.evidence_id) == ("refill", refill.id)
    # what is on its way still comes, for the next one
    (said,) = session.scalars(sa.select(Watch).where(Watch.open_key == f"{pump.id}:order"))
    assert "It is ordered" in said.explanation["reasons"][1]


def test_the_refill_that_names_its_lot_uses_it_and_gives_it_back_when_struck_out(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    order = ordered(session, standing)
    arrived(session, standing, order)
    at = NOW + timedelta(hours=2)

    refill = refilled(session, pump, here, refill_facts(filled_at=at, lot=" l1"))
    assert order.state is OrderState.USED
    assert order.steps[-1].refill_id == refill.id
    assert open_watch(session, pump, ORDER) is not None

    void(session, refill, reason="wrong pump", by=here.nadia, now=at + timedelta(hours=3))
    assert order.state is OrderState.ARRIVED
    assert order.arrival.lot == "L1"
    assert open_watch(session, pump, ORDER) is None


def test_promise_covered_a_refill_that_names_no_lot_counts_as_having_used_what_lay_there(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    order = ordered(session, standing)
    arrived(session, standing, order)
    assert open_watch(session, pump, ORDER) is None

    refilled(session, pump, here, refill_facts(filled_at=NOW + timedelta(hours=2)))

    assert order.state is OrderState.USED
    assert "names no lot" in order.steps[-1].reason
    assert open_watch(session, pump, ORDER) is not None  # the next one is asked for


def test_hazard_h09_a_beyond_use_date_before_the_visit_is_said_and_blocks_ready(
    session, standing: Bedside
):
    order = ordered(session, standing)
    needed = local_day(open_watch(session, standing.pump))

    arrived(session, standing, order, beyond_use_on=needed - timedelta(days=1))
    reasons = " ".join(open_watch(session, standing.pump, ORDER).explanation["reasons"])
    assert "beyond-use date" in reasons

    visit_at = open_watch(session, standing.pump).danger_at - timedelta(days=7)
    book(session, standing.pump, scheduled_at=visit_at, by=standing.here.nadia, now=NOW)
    assert open_watch(session, standing.pump, ORDER) is None
    assert evidence(session, ORDER) == "appointment"


def test_a_label_that_is_not_what_was_ordered_needs_a_reason_and_a_second_person(
    session, standing: Bedside
):
    here = standing.here
    order = ordered(session, standing)
    weak = {"label": (("baclofen", Decimal(500)),)}

    with pytest.raises(NeedsReason) as held:
        arrived(session, standing, order, **weak)
    assert "the label says baclofen 500 mcg/mL" in held.value.concerns[0]
    alone = {"checked_by_id": None, "unchecked_because": "alone today", "reason": "agreed"}
    with pytest.raises(NotOrdered) as refused:
        arrived(session, standing, order, **weak, **alone)
    assert refused.value.field == "second"
    with pytest.raises(NoSecondPerson):
        arrived(session, standing, order, checked_by_id=here.nadia.id)
    assert session.scalars(sa.select(DrugOrderStep)).all() == []

    arrived(session, standing, order, **weak, reason="Dr Ito changes the strength")
    assert open_watch(session, standing.pump, ORDER) is None
    assert order.steps[-1].checker is here.ito


@pytest.mark.parametrize(
    ("more", "field"),
    [
        pytest.param({"lot": " "}, "lot", id="no lot"),
        pytest.param({"expires_on": None}, "expires_on", id="no date at all"),
        pytest.param({"arrived_on": TODAY + timedelta(days=1)}, "arrived_on", id="tomorrow"),
        pytest.param({"checked_by_id": None}, "second", id="nobody read it too, and no why"),
        pytest.param({"volume_ml": Decimal(0)}, "volume_ml", id="nothing"),
    ],
)
def test_an_arrival_that_says_too_little_is_refused(session, standing: Bedside, more, field):
    order = ordered(session, standing)

    with pytest.raises(NotOrdered) as refused:
        arrived(session, standing, order, **more)

    assert refused.value.field == field


def test_a_compounded_drug_needs_its_beyond_use_date_and_another_drug_its_reason(
    session, standing: Bedside
):
    other = {"drugs": (("baclofen", Decimal(4000)),)}
    with pytest.raises(NeedsReason) as held:
        ordered(session, standing, **other)
    assert "baclofen 2000 mcg/mL" in held.value.concerns[0]

    order = ordered(session, standing, **other, reason="Dr Ito wants a smaller volume")
    assert order.is_compounded
    with pytest.raises(NotOrdered) as refused:
        arrived(session, standing, order, label=other["drugs"])
    assert refused.value.field == "beyond_use_on"


def test_promise_evidence_only_a_documented_reason_ends_the_asking_until_the_next_refill(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    facts = {"by": here.nadia, "now": NOW}
    with pytest.raises(NotOrdered):
        give_reason(session, pump, SupplyTask.ORDER, reason=" ", **facts)

    for task in SupplyTask:
        give_reason(session, pump, task, reason="lot 12 lies on the shelf", **facts)
    assert open_watch(session, pump, ORDER) is None
    assert evidence(session, PAYER) == "supply_reason"
    assert reproject_all(session, now=NOW).changed == 0

    refilled(session, pump, here, refill_facts(filled_at=NOW + timedelta(hours=1)))
    assert open_watch(session, pump, ORDER) is not None
    assert open_watch(session, pump, PAYER) is not None


def test_an_authorisation_is_asked_for_granted_and_ends(session, standing: Bedside):
    here, pump = standing.here, standing.pump
    facts = {"happened_on": TODAY, "payer": "Hill Insurance"}
    watch = open_watch(session, pump, PAYER)
    ask_by = watch.danger_at

    def say(step, replaces=None, **more):
        said = PayerFacts(step=step, **facts | more)
        return record_authorisation(
            session, pump, said, replaces=replaces, by=here.nadia, now=NOW
        )

    say(PayerStep.ASKED)
    assert watch.danger_at > ask_by
    needed = local_day(open_watch(session, pump))
    short = say(PayerStep.GRANTED, valid_until_on=needed - timedelta(days=1))
    assert "ends on" in " ".join(watch.explanation["reasons"])

    say(PayerStep.GRANTED, replaces=short, valid_until_on=needed)
    assert evidence(session, PAYER) == "authorisation"
    with pytest.raises(NotOrdered):
        say(PayerStep.GRANTED, replaces=short, valid_until_on=needed)

    say(PayerStep.REFUSED)
    assert "refused" in " ".join(open_watch(session, pump, PAYER).explanation["reasons"])


def test_asking_more_comes_at_once_and_asking_less_waits_for_a_second_person(
    session, standing: Bedside
):
    clinic, cora = standing.here.clinic, standing.here.sam
    add_member(session, clinic, cora, role=Role.COORDINATOR)

    def to(rules):
        return change(session, clinic, NAME, rules.as_json(), reason="r", by=cora, now=NOW)

    assert to(replace(RULES, pharmacy_days=8)).outcome is Outcome.AT_ONCE
    assert clinic.orders.pharmacy_days == 8
    assert to(replace(RULES, tracking=OrderTracking.NONE)).outcome is None
    assert clinic.orders.tracking is OrderTracking.ALL
