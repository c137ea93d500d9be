"""A patient is offered, read by the other clinic while it is open, and accepted or not."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import g
from werkzeug.exceptions import HTTPException

from tests.builders import a_contact
from tests.web.conftest import NOW, post, rows, sign_in
from tracker.domain.errors import HandedOver
from tracker.models import Patient, Transfer, Watch
from tracker.services.appointments import book
from tracker.services.transfers import refill_by
from tracker.web.forms import Form
from tracker.web.saving import save

LIST = "/clinic/handovers"


@pytest.fixture
def offered(as_nadia, here, session):
    """Nadia offers her patient to Sam's clinic, as a nurse does it."""
    a_contact(session, here.patient, address="ida@home.example")
    here.clinic.emergency_plan = "Oral baclofen, and ring the ward."
    session.commit()
    form = {"to_id": here.place.neighbour.id, "reason": "has moved to the lake"}
    for wrong in ("to_id", "reason"):
        answer = post(as_nadia, f"/patients/{here.patient.id}/handover", **form | {wrong: ""})
        assert answer.status_code == 422
        assert f'id="{wrong}-error"' in answer.text
    assert post(as_nadia, f"/patients/{here.patient.id}/handover", **form).status_code == 302
    (offer,) = rows(session, sa.select(Transfer))
    return offer


@pytest.fixture
def sam(app, here):
    client = app.test_client()
    assert sign_in(client, here.sam.email).status_code == 302
    return client


def typed(session, here, offer, **facts):
    day = refill_by(session, offer, here.pump)
    version = here.pump.version
    session.commit()
    return {
        f"date_{here.pump.id}": f"{day:%Y-%m-%d}", f"seen_{here.pump.id}": version,
        "owner_id": here.sam.id, "mrn": here.patient.mrn, **facts,
    }  # fmt: skip


def test_the_receiver_reads_the_packet_and_nothing_else(
    as_nadia, sam, here, offered, session, app
):
    packet = f"{LIST}/{offered.id}"
    (watch,) = rows(session, sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill"))

    page = sam.get(packet).text

    for shown in (
        here.patient.family_name, "ida@home.example", "Oral baclofen", here.clinic.phone,
        here.pump.serial, "baclofen", "has moved to the lake", "Refill", "Not asked yet",
    ):  # fmt: skip
        assert shown in page, shown
    for path in (
        f"/patients/{here.patient.id}", f"/pumps/{here.pump.id}", f"/watches/{watch.id}",
        f"/records/refill/{here.refill.id}/correct",
    ):  # fmt: skip
        assert sam.get(path).status_code == 404, path
    assert as_nadia.get(packet).status_code == 404  # it is the receiver's to read
    assert here.patient.family_name not in sam.get(LIST).text
    assert "Lakeview" in as_nadia.get(LIST).text
    assert "Offered to Lakeview" in as_nadia.get(f"/patients/{here.patient.id}").text
    vera = app.test_client()
    sign_in(vera, here.vera.email)
    assert vera.get(f"/patients/{here.patient.id}/handover").status_code == 403


def test_hazard_h13_who_is_offered_a_pump_that_may_give_no_drug_reads_it_first(
    as_nadia, sam, here, offered
):
    heard = {
        "alarmed_at_on": "2026-06-01", "alarmed_at_time": "08:30", "tone": "not_sure",
        "reported_at_on": "2026-06-01", "reported_at_time": "08:55", "symptoms": "no",
        "reporter": "patient", "doing": "Comes at 11:00.",
    }  # fmt: skip
    assert post(as_nadia, f"/pumps/{here.pump.id}/alarms/new", **heard).status_code == 302

    page = sam.get(f"{LIST}/{offered.id}").text

    assert f"Pump {here.pump.serial} may be giving no drug since" in page
    assert "/alarms/" not in page[page.index("<main") :]  # theirs, and not to be opened here
    watched = page[page.index("What is watched now") :]
    assert watched.index("Alarm, critical") < watched.index("Refill<")


def test_accepted_the_patient_is_found_there_and_no_more_here(
    as_nadia, sam, here, offered, session
):
    packet = f"{LIST}/{offered.id}"
    (watch,) = rows(session, sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill"))
    visit = book(
        session, here.pump, scheduled_at=NOW + timedelta(days=2), by=here.nadia, now=NOW
    )
    right = typed(session, here, offered)
    date = f"date_{here.pump.id}"
    for name, value in ((date, "2027-01-01"), (date, ""), ("owner_id", ""), ("mrn", "")):
        wrong = post(sam, f"{packet}/accept", **right | {name: value})
        assert wrong.status_code == 422
        assert f'id="{name}-error"' in wrong.text
    stale = post(sam, f"{packet}/accept", **right | {f"seen_{here.pump.id}": 0})
    assert stale.status_code == 422
    assert "Read the packet again" in stale.text
    assert post(as_nadia, f"{packet}/accept", **right).status_code == 404

    assert post(sam, f"{packet}/accept", **right).status_code == 302

    for path in (f"/patients/{here.patient.id}", f"/pumps/{here.pump.id}"):
        assert sam.get(path).status_code == 200
        assert as_nadia.get(path).status_code == 404
    assert as_nadia.get(f"/watches/{watch.id}").status_code == 404
    moved = post(as_nadia, f"/appointments/{visit.id}/move")
    assert moved.status_code == 404
    assert here.patient.family_name not in as_nadia.get(LIST).text
    assert "Accepted" in as_nadia.get(LIST).text
    assert sam.get(packet).status_code == 404  # replayed, it does nothing
    assert "Accepted meanwhile by" in post(sam, f"{packet}/accept", **right).text


@pytest.mark.parametrize("how", ["refuse", "withdraw"])
def test_refused_or_withdrawn_the_packet_closes_and_both_read_why(
    as_nadia, sam, here, offered, session, how
):
    who, field = (sam, "note") if how == "refuse" else (as_nadia, f"note_{offered.id}")
    path = f"{LIST}/{offered.id}/{how}"
    assert f'id="{field}-error"' in post(who, path, **{field: ""}).text

    assert post(who, path, **{field: "no bed"}).status_code == 302

    assert sam.get(f"{LIST}/{offered.id}").status_code == 404
    assert post(who, path, **{field: "no bed"}).status_code == 422
    for client in (sam, as_nadia):
        assert "no bed" in client.get(LIST).text
    page = as_nadia.get(f"/patients/{here.patient.id}").text
    assert ("Lakeview refused the handover" in page) == (how == "refuse")
    assert rows(session, sa.select(Patient.clinic_id)) == [here.clinic.id]


def test_who_is_second_to_decide_reads_what_was_decided_and_keeps_what_they_typed(
    as_nadia, sam, here, offered, session
):
    refusal = {"note": "no bed for them"}
    assert post(sam, f"{LIST}/{offered.id}/refuse", **refusal).status_code == 302

    withdrawn = {f"note_{offered.id}": "they stay with us"}
    for who, path, words in (
        (sam, "refuse", {"note": "our ward is closed"}),
        (as_nadia, "withdraw", withdrawn),
    ):
        late = post(who, f"{LIST}/{offered.id}/{path}", **words)
        assert late.status_code == 422
        assert "Refused meanwhile by" in late.text
        assert f"<blockquote>{next(iter(words.values()))}</blockquote>" in late.text
    foreign = post(as_nadia, f"{LIST}/{offered.id}99/withdraw", note="whose is it then")
    assert foreign.status_code == 404
    assert "whose is it then" in foreign.text


def test_who_saves_while_the_patient_goes_is_told_and_shown_no_more_of_them(app, as_nadia):
    form = Form({"note": "the whole story"})
    form.text("note")
    with app.test_request_context():
        g.session = app.extensions["tracker"].sessions()
        with pytest.raises(HTTPException) as ended:
            save(form, goes)
        answer = ended.value.get_response()
    assert answer.status_code == 409
    assert "gone to the lake" in answer.get_data(as_text=True)
    assert "<blockquote>the whole story</blockquote>" in answer.get_data(
        as_text=True
    )  # theirs, not the patient's


def goes():
    raise HandedOver("gone to the lake")
