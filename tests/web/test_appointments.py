"""The visit of a pump on its pages: booked, confirmed, ended, and refused beside the field."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.web.conftest import post, rows, sign_in
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Closure

TYPED = {"scheduled_at_on": "2026-07-15", "scheduled_at_time": "10:30"}


@pytest.fixture
def path(here):
    return f"/pumps/{here.pump.id}/visit"


@pytest.fixture
def visit(as_nadia, path, session):
    assert post(as_nadia, path, **TYPED).status_code == 302
    return rows(session, sa.select(Appointment))[0]


def test_a_visit_is_booked_in_the_clinics_own_time_and_shown(as_nadia, here, visit, path):
    assert visit.scheduled_at == datetime(2026, 7, 15, 9, 30, tzinfo=UTC)
    assert "15 Jul 2026, 10:30" in as_nadia.get(path).text
    for page in ("/", "/appointments", f"/pumps/{here.pump.id}"):
        text = as_nadia.get(page).text
        assert "15 Jul 2026" in text, page
        assert "not confirmed" in text, page
    assert "/appointments" in as_nadia.get("/clinic").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"scheduled_at_on": "2026-07-18"}, "nearest open day before is 17 Jul 2026"),
        ({"scheduled_at_on": "2026-05-29"}, "That time has passed"),
        ({"scheduled_at_on": "2026-10-25", "scheduled_at_time": "01:30"}, "occurs twice"),
        ({"scheduled_at_on": "2027-03-28", "scheduled_at_time": "01:30"}, "does not exist"),
        ({"scheduled_at_on": "2027-01-11"}, "after refill-by"),
        ({"scheduled_at_on": ""}, "Give the day"),
    ],
)
def test_a_time_that_can_not_be_is_refused_and_stays_typed(
    as_nadia, path, session, typed, said
):
    answer = post(as_nadia, path, **{**TYPED, **typed})

    assert answer.status_code == 422
    assert said in answer.text
    assert (typed.get("scheduled_at_time") or "10:30") in answer.text
    assert rows(session, sa.select(Appointment)) == []


def test_a_clinician_may_sign_for_a_visit_after_refill_by(client, here, path, session):
    here.ito.password_hash = here.nadia.password_hash
    session.commit()
    sign_in(client, here.ito.email)

    late = {**TYPED, "scheduled_at_on": "2027-01-11"}
    assert post(client, path, **late).status_code == 422
    assert post(client, path, **late, signed_reason="dose halved").status_code == 302

    assert "visit after refill-by" in client.get("/").text
    assert "This visit is after refill-by" in client.get(path).text


def test_a_visit_is_confirmed_moved_and_cancelled(as_nadia, visit, session):
    at = f"/appointments/{visit.id}"
    assert post(as_nadia, f"{at}/confirm").status_code == 422
    assert post(as_nadia, f"{at}/confirm", how="by telephone").status_code == 302
    assert (
        post(as_nadia, f"{at}/move", **TYPED | {"scheduled_at_time": "11:00"}).status_code
        == 302
    )
    new = rows(session, sa.select(Appointment).order_by(Appointment.id))[-1]
    at = f"/appointments/{new.id}"
    assert post(as_nadia, f"{at}/end", became="cancelled").status_code == 422
    assert post(as_nadia, f"{at}/end", became="missed").status_code == 422
    assert post(as_nadia, f"{at}/end", became="moved").status_code == 422
    done = post(as_nadia, f"{at}/end", became="cancelled", reason_of_end="ill")
    assert done.status_code == 302

    states = rows(session, sa.select(Appointment.state).order_by(Appointment.id))
    assert states == [VisitState.MOVED, VisitState.CANCELLED]


def test_after_its_hour_it_is_asked_what_became_of_the_visit(
    as_nadia, here, visit, path, session, monkeypatch
):
    later = visit.scheduled_at + timedelta(hours=2)
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: later)
    sign_in(as_nadia, here.nadia.email)
    assert "What became of it" in as_nadia.get(path).text

    done = post(as_nadia, f"/appointments/{visit.id}/end", became="missed")

    assert done.status_code == 302
    assert rows(session, sa.select(Appointment.state)) == [VisitState.MISSED]
    assert "Did not come" in as_nadia.get(path).text


def test_another_clinics_visit_is_not_there_and_a_viewer_changes_nothing(
    as_nadia, app, here, visit, path
):
    sam, vera = app.test_client(), app.test_client()
    sign_in(sam, here.sam.email)
    sign_in(vera, here.vera.email)

    assert sam.get(path).status_code == 404
    assert post(sam, f"/appointments/{visit.id}/confirm", how="x").status_code == 404
    assert vera.get(path).status_code == 200
    assert post(vera, f"/appointments/{visit.id}/confirm", how="x").status_code == 403


def test_a_visit_on_a_day_that_is_closed_since_is_named_on_its_pages(
    as_nadia, here, visit, path, session
):
    session.add(Closure(clinic_id=here.clinic.id, closed_on=date(2026, 7, 15), name="move"))
    session.commit()

    assert "The clinic is closed on that day" in as_nadia.get(path).text
    assert "the clinic is closed: find another day" in as_nadia.get("/appointments").text
