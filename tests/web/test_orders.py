"""A drug is ordered, has come, is used; a payer answers; a visit is arranged and printed."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.riverside import refill_facts, refilled
from tests.web.conftest import NOW, let_in, post, rows
from tracker.domain.orders import OrderRules, OrderTracking
from tracker.domain.silence import CallResult
from tracker.models import Appointment, DrugOrder, Proposal, Role, Watch
from tracker.services.appointments import book
from tracker.services.clinics import add_member
from tracker.services.order_rules import put

TYPED = {
    "drugs-0-drug_code": "baclofen", "drugs-0-concentration": "2",
    "drugs-0-concentration_unit": "mg/mL", "volume_ml": "40",
}  # fmt: skip
ORDERED = TYPED | {"pharmacy": "Hill Pharmacy", "ordered_on": "2026-06-01"}
CAME = TYPED | {
    "lot": "L1", "expires_on": "2027-01-01", "arrived_on": "2026-06-01", "second": "nobody",
    "unchecked_because": "alone today",
}  # fmt: skip


@pytest.fixture
def tracked(here, session):
    """The clinic has every order watched, and needs authorisations."""
    put(session, here.clinic, OrderRules(OrderTracking.ALL, True).as_json(), now=NOW)
    session.commit()
    return here


def open_watches(session, kind):
    return rows(session, sa.select(Watch).where(Watch.kind == kind, Watch.closed_at.is_(None)))


def test_an_order_is_recorded_has_come_and_is_used_by_the_refill(as_nadia, tracked, session):
    here = tracked
    listed = as_nadia.get("/orders").text
    assert "No drug is ordered for it" in listed
    assert "Drug order" in as_nadia.get("/").text

    refused = post(as_nadia, f"/pumps/{here.pump.id}/orders", **ORDERED | {"pharmacy": ""})
    assert refused.status_code == 422
    assert 'id="pharmacy-error"' in refused.text
    mixed = ORDERED | {"drugs-1-drug_code": "clonidine", "pharmacy": ""}
    assert "of drug 2." in post(as_nadia, f"/pumps/{here.pump.id}/orders", **mixed).text
    other = ORDERED | {"drugs-0-concentration": "4"}
    held = post(as_nadia, f"/pumps/{here.pump.id}/orders", **other)
    assert "ordered is baclofen 4000 mcg/mL" in held.text
    assert rows(session, sa.select(DrugOrder)) == []

    made = post(as_nadia, f"/pumps/{here.pump.id}/orders", **ORDERED)
    (watch,) = open_watches(session, "order")
    assert "It is ordered" in as_nadia.get(f"/pumps/{here.pump.id}").text

    # who comes to order it again is told
    assert "has not come yet" in as_nadia.get(f"/pumps/{here.pump.id}/orders/new").text

    wrong = CAME | {"drugs-0-concentration": "500", "drugs-0-concentration_unit": "mcg/mL"}
    assert (
        "the label says baclofen 500"
        in post(as_nadia, f"{made.location}/arrival", **wrong).text
    )
    refill = f"/pumps/{here.pump.id}/refills/new"
    assert "Here for this pump" not in as_nadia.get(refill).text
    post(as_nadia, f"{made.location}/arrival", **CAME)
    assert open_watches(session, "order") == []
    assert "Here for this pump by order 1: lot L1," in as_nadia.get(refill).text
    assert "here, for the coming refill" in as_nadia.get("/orders").text

    facts = refill_facts(filled_at=NOW - timedelta(hours=1), lot="L1")
    refilled(session, here.pump, here.place, facts)
    session.commit()
    assert "Order 1: used" in as_nadia.get(made.location).text
    (again,) = rows(session, sa.select(Watch).where(Watch.id == watch.id))
    assert again.evidence_kind == "drug_order"


def test_stock_is_ordered_and_sent_back_and_an_order_is_cancelled(as_nadia, tracked):
    made = post(as_nadia, "/orders", **ORDERED)
    post(as_nadia, f"{made.location}/arrival", **CAME)
    assert "in stock" in as_nadia.get("/orders").text
    assert post(as_nadia, f"{made.location}/end", end_reason="").status_code == 422
    post(as_nadia, f"{made.location}/end", end_reason="leaks", ended_on="2026-06-01")
    assert "thrown away or sent back" in as_nadia.get(made.location).text

    second = post(as_nadia, f"/pumps/{tracked.pump.id}/orders", **ORDERED)
    post(as_nadia, f"{second.location}/end", end_reason="out of stock")
    assert "No drug is ordered for it" in as_nadia.get("/orders").text


def test_a_payer_answers_and_a_wrong_answer_is_corrected(as_nadia, tracked, session):
    path = f"/pumps/{tracked.pump.id}/authorisations"
    said = {"happened_on": "2026-06-01", "payer": "Hill Insurance", "step": "granted"}
    assert 'id="valid_until_on-error"' in post(as_nadia, path, **said).text

    post(as_nadia, path, **said, valid_until_on="2026-06-02")
    assert "The last one ends on 2 Jun 2026" in as_nadia.get(path).text
    replaces = re.search(r"replaces=(\d+)", as_nadia.get(path).text)[1]
    assert 'value="2026-06-02"' in as_nadia.get(f"{path}?replaces={replaces}").text
    assert as_nadia.get(f"{path}?replaces=99").status_code == 404

    post(as_nadia, path, **said, valid_until_on="2027-06-02", replaces=replaces)
    assert open_watches(session, "authorisation") == []


def test_a_documented_reason_ends_the_asking(as_nadia, tracked, session):
    path = f"/pumps/{tracked.pump.id}/supply"
    assert post(as_nadia, path, task="order", why_not="").status_code == 422

    post(as_nadia, path, task="order", why_not="lot 12 lies on the shelf")

    assert open_watches(session, "order") == []
    assert "lot 12 lies on the shelf" in as_nadia.get(f"/pumps/{tracked.pump.id}").text


def test_a_coordinator_chooses_what_is_watched_and_loosening_waits(client, here, session):
    add_member(session, here.clinic, here.sam, role=Role.COORDINATOR)
    as_cora = let_in(client, session, here.sam)
    post(as_cora, "/account/clinic", clinic_id=here.clinic.id)
    days = {"authorisation_days": 15, "pharmacy_days": 5, "there_days": 2, "reason": "agreed"}

    assert "no orders watched" in as_cora.get("/orders").text
    post(as_cora, "/clinic/orders", tracking="all", needs_authorisation="yes", **days)
    assert len(open_watches(session, "order")) == 1

    assert (
        post(as_cora, "/clinic/orders", tracking="all", **days | {"there_days": 99}).status_code
        == 422
    )
    asked = post(as_cora, "/clinic/orders", tracking="none", **days)
    assert "/proposals/" in asked.location
    assert "Orders are watched" in as_cora.get(asked.location).text
    assert len(open_watches(session, "order")) == 1
    assert len(rows(session, sa.select(Proposal).where(Proposal.outcome.is_(None)))) == 1


def test_hazard_h31_the_day_list_says_who_comes_with_what_and_who_is_due_without_a_visit(
    as_nadia, tracked, session
):
    here = tracked
    nobody = as_nadia.get("/day-list?day=2027-02-01").text
    assert "Nobody is booked" in nobody
    assert "Due, and without a visit that counts" in nobody
    assert here.patient.family_name in nobody

    at = NOW + timedelta(days=2)
    who = {"by": here.nadia, "now": NOW}
    visit = book(session, here.pump, scheduled_at=at, is_home=True, **who)
    session.commit()
    wrong = post(as_nadia, f"/appointments/{visit.id}/arrangements", transport="arranged")
    assert 'id="transport_by-error"' in wrong.text
    post(
        as_nadia, f"/appointments/{visit.id}/arrangements", transport="needed",
        interpreter="Polish", arranged_note="has a dog",
    )  # fmt: skip

    assert 'value="has a dog"' in as_nadia.get(f"/pumps/{here.pump.id}/visit").text
    page = as_nadia.get("/day-list?day=2026-06-03").text
    for words in (
        *("at home", "2000 mcg/mL (2 mg/mL)", "40 mL (as last filled)", "not ordered"),
        *("not confirmed", "needed, and not arranged", "Polish: not booked", "has a dog"),
        *("Wednesday", here.patient.mrn, here.pump.serial, "09:00"),
    ):
        assert words in page, words
    assert "Nobody who is due is without a visit" in page
    week = as_nadia.get("/week-plan?day=2026-06-03").text
    assert "1 Jun 2026 to 7 Jun 2026" in week
    assert "has a dog" in week

    sheet = as_nadia.get("/week-plan.csv?day=2026-06-03")
    assert "3 Jun 2026" in sheet.text
    assert "has a dog" in sheet.text
    for path in ("/day-list.pdf?day=2026-06-03", "/week-plan.pdf?day=2026-06-03"):
        assert as_nadia.get(path).data.startswith(b"%PDF")
    assert as_nadia.get("/day-list?day=nonsense").status_code == 422


def test_who_says_on_the_telephone_that_they_will_come_has_confirmed(as_nadia, here, session):
    visit = book(
        session, here.pump, scheduled_at=NOW + timedelta(days=2), by=here.nadia, now=NOW
    )
    session.commit()
    (watch,) = open_watches(session, "visit")
    call = {
        "called": "Ida", "result": CallResult.WILL_COME.value, "called_at_on": "2026-06-01",
        "called_at_time": "09:00",
    }  # fmt: skip

    page = as_nadia.get(f"/watches/{watch.id}/call").text
    assert "Visit 3 Jun 2026, 09:00, not confirmed." in page
    assert "Book a visit" not in page

    post(as_nadia, f"/watches/{watch.id}/calls", **call)

    (found,) = rows(session, sa.select(Appointment).where(Appointment.id == visit.id))
    assert found.confirmed_how == "by telephone, Ida (Nadia Nurse)"
