"""An MRI, an admission, a complication, a review, a medicine: each as a nurse does it."""

import pytest
import sqlalchemy as sa

from tests.riverside import pump_of
from tests.web.conftest import let_in, post, rows, version_of
from tests.web.test_corrections import fields_of
from tracker.models import Event, EventEnd, OralMedicine, Review, Watch

MOMENT = {"started_at_on": "2026-06-01", "started_at_time": "07:30"}


@pytest.fixture
def happens(as_nadia, here, session):
    """Record an event by its page."""

    def record(kind, **typed):
        form = {"kind": kind, "seen_version": version_of(session, here), **MOMENT, **typed}
        return post(as_nadia, f"/pumps/{here.pump.id}/events/new", **form)

    return record


def test_a_scan_asks_on_the_pumps_page_until_the_interrogation_says_the_motor_runs(
    as_nadia, here, session, happens
):
    page, reading = f"/pumps/{here.pump.id}", f"/pumps/{here.pump.id}/readings/new"
    assert "The rotor stops during the scan" in as_nadia.get(f"{page}/events/new?kind=mri").text
    assert happens("mri").status_code == 302
    asked = as_nadia.get(page).text
    assert "Interrogation after MRI." in asked
    assert "has to show that the motor runs again" in asked

    (watch,) = rows(session, sa.select(Watch).where(Watch.kind == "interrogation"))
    assert "Record an interrogation" in as_nadia.get(f"/watches/{watch.id}").text
    said = {"read_at_on": "2026-06-01", "read_at_time": "08:15", "programme_changed": "no"}
    for motor, is_asked, words in (
        ("", True, "it is not answered whether the motor runs again"),
        ("not_logged", True, "interrogate again. Until then the pump may stand still"),
        ("running", False, "The MRI scan is answered: the log shows the motor running"),
    ):
        seen = version_of(session, here)
        form = {"motor": motor, "note": "log read", "seen_version": seen}
        answer = post(as_nadia, reading, **form, **said)
        assert answer.status_code == 302
        text = as_nadia.get(page).text
        assert words in text
        assert ("Interrogation after MRI." in text) is is_asked


def test_an_admission_is_on_the_board_until_the_discharge(
    app, as_nadia, here, session, happens
):
    wrong = happens("admission", note="by ambulance")
    assert wrong.status_code == 422
    assert 'id="place-error"' in wrong.text
    assert "by ambulance" in wrong.text
    assert happens("admission", place="St Mary's", phone="020 7946 0999").status_code == 302
    assert "in hospital elsewhere since" in as_nadia.get("/").text
    assert "St Mary&#39;s, 020 7946 0999" in as_nadia.get(f"/pumps/{here.pump.id}").text
    for page in ("/", f"/pumps/{here.pump.id}"):
        text = as_nadia.get(page).text
        assert "nothing to the patient, who is in hospital elsewhere" in text
        assert "taff next: " in text
    other = pump_of(session, here.place, patient=here.patient)
    session.commit()
    for page in (f"/pumps/{other.id}", f"/pumps/{here.pump.id}/emergency", "/emergency-list"):
        assert "St Mary&#39;s" in as_nadia.get(page).text, page
    (event,) = rows(session, sa.select(Event))
    sam = let_in(app.test_client(), session, here.sam)
    assert sam.get(f"/events/{event.id}/end").status_code == 404

    form = {"ended_at_on": "2026-06-01", "ended_at_time": "08:30"}
    form["seen_version"] = version_of(session, here)
    assert post(as_nadia, f"/events/{event.id}/end", **form).status_code == 422
    form["done_there"] = "unknown"
    assert post(as_nadia, f"/events/{event.id}/end", **form).status_code == 302

    assert "in hospital elsewhere since" not in as_nadia.get("/").text


NEWEST = sa.select(Watch).where(Watch.kind == "no_data").order_by(Watch.id.desc())
QUESTION = "was the pump refilled, programmed or interrogated there?"


@pytest.fixture
def back(as_nadia, here, session, happens):
    """The patient is back from St Mary's since 07:45; nobody knows what was done there."""
    assert happens("admission", place="St Mary's").status_code == 302
    (event_id,) = rows(session, sa.select(Event.id))
    form = {"ended_at_on": "2026-06-01", "ended_at_time": "07:45", "done_there": "unknown"}
    form["seen_version"] = version_of(session, here)
    assert post(as_nadia, f"/events/{event_id}/end", **form).status_code == 302
    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert QUESTION in page
    assert "It is not recorded whether the pump was" in page
    return event_id


def test_hazard_h25_after_a_stay_elsewhere_only_an_interrogation_since_settles_the_pump(
    as_nadia, here, session, back
):
    pump = f"/pumps/{here.pump.id}"
    reading = {"read_at_on": "2026-06-01", "programme_changed": "no", "note": "read out"}
    for at, is_asked in (("07:40", True), ("07:50", False)):
        seen = version_of(session, here)
        typed = reading | {"read_at_time": at, "seen_version": seen}
        assert post(as_nadia, f"{pump}/readings/new", **typed).status_code == 302
        assert (QUESTION in as_nadia.get(pump).text) is is_asked
    assert rows(session, NEWEST)[0].evidence_kind == "reading"


def test_hazard_h25_or_somebody_is_named_who_says_that_nothing_was_done(
    as_nadia, here, session, back
):
    said, seen = f"/events/{back}/nothing-done", version_of(session, here)
    assert "Who says so" in as_nadia.get(said).text
    assert post(as_nadia, said, said_by=" ", seen_version=seen).status_code == 422

    done = post(as_nadia, said, said_by="Sister Ann, St Mary's", seen_version=seen)

    assert done.status_code == 302
    page = as_nadia.get(done.location).text
    assert QUESTION not in page
    assert "Sister Ann, St Mary&#39;s" in page
    assert rows(session, NEWEST)[0].evidence_kind == "event_end"


def test_a_suspected_pocket_fill_is_counted_and_closes_by_an_assessment(
    as_nadia, here, session, happens
):
    assert happens("pocket_fill", note="swelling at the pump").status_code == 302
    counted = as_nadia.get("/clinic/complications").text
    assert "Suspected pocket fill: 1" in counted
    assert "swelling at the pump" in counted
    assert "Infection: 0" in counted
    earlier = "/clinic/complications?from_on=2026-01-01&until_on=2026-05-31"
    assert "Suspected pocket fill: 0" in as_nadia.get(earlier).text
    turned = "/clinic/complications?from_on=2026-06-02&until_on=2026-05-31"
    assert as_nadia.get(turned).status_code == 422
    (event,) = rows(session, sa.select(Event))

    form = {"ended_at_on": "2026-06-01", "ended_at_time": "08:30", "note": "no swelling"}
    form["seen_version"] = version_of(session, here)
    assert post(as_nadia, f"/events/{event.id}/end", **form).status_code == 422
    form["decided_by"] = "Dr Ito"
    assert post(as_nadia, f"/events/{event.id}/end", **form).status_code == 302

    (watch,) = rows(session, sa.select(Watch).where(Watch.kind == "assessment"))
    assert watch.evidence_kind == "event_end"
    void = f"/records/event/{event.id}/void"
    assert "Strike out" in as_nadia.get(void).text
    seen = version_of(session, here)
    post(as_nadia, void, reason="another patient", seen_version=seen)
    assert "Suspected pocket fill: 0" in as_nadia.get("/clinic/complications").text


def test_hazard_h30_an_event_its_end_and_a_review_are_corrected_with_a_reason(
    as_nadia, here, session, happens
):
    assert happens("fever", note="38.9 at home").status_code == 302
    (event,) = rows(session, sa.select(Event))
    end = {"ended_at_on": "2026-06-01", "ended_at_time": "08:30"}
    end |= {
        "decided_by": "Dr Ito",
        "note": "may stand",
        "seen_version": version_of(session, here),
    }
    assert post(as_nadia, f"/events/{event.id}/end", **end).status_code == 302
    review = {"reviewed_at_on": "2026-05-30", "reviewed_at_time": "09:30", "has_dose": "yes"}
    review |= {"reviewed_by": "Dr Ito", "seen_version": version_of(session, here)}
    path = f"/pumps/{here.pump.id}/reviews/new"
    assert post(as_nadia, path, **review).status_code == 302

    for table, kind, change in (
        (Event, "event", {"started_at_time": "06:30"}),
        (EventEnd, "event_end", {"note": "may stand until the next visit"}),
        (Review, "review", {"has_side_effects": "yes"}),
    ):
        row = rows(session, sa.select(table).order_by(table.id.desc()))[0]
        path = f"/records/{kind}/{row.id}/correct"
        typed = fields_of(as_nadia.get(path).text) | change
        lost = post(as_nadia, path, **typed)
        assert lost.status_code == 422  # no reason
        assert next(iter(change.values())) in lost.text
        assert post(as_nadia, path, **typed | {"reason": "misread"}).status_code == 302
        newest = rows(session, sa.select(table).order_by(table.id.desc()))[0]
        assert newest.reason == "misread"
        assert post(as_nadia, f"{path[:-7]}check", **typed).status_code == 404
    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "may stand until the next visit" in page
    assert "looked at: dose, side effects" in page
    assert "06:30" in page

    far = {"kind": "mri", "started_at_on": "2028-06-01", "started_at_time": "07:30"}
    early = {"kind": "infection", "started_at_on": "2024-01-14", "started_at_time": "07:30"}
    for typed in (far, early):
        refused = happens(**typed)
        assert refused.status_code == 422
        assert 'id="started_at_on-error"' in refused.text


def test_a_review_says_who_looked_at_what(as_nadia, here, session):
    path = f"/pumps/{here.pump.id}/reviews/new"
    form = {"reviewed_at_on": "2026-06-01", "reviewed_at_time": "07:30"}
    form |= {"reviewed_by": "Dr Ito", "seen_version": version_of(session, here)}
    assert post(as_nadia, path, **form).status_code == 422  # at nothing

    assert post(as_nadia, path, has_kidney_function="yes", **form).status_code == 302

    (review,) = rows(session, sa.select(Review))
    assert review.has_kidney_function
    assert not review.has_dose
    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "looked at: kidney function" in page
    assert "1 Jun 2027" in page  # the next one


def test_medicines_by_mouth_are_asked_for_added_and_ended_with_a_caution(
    app, as_nadia, here, session
):
    path, pump = f"/patients/{here.patient.id}/medicines", f"/pumps/{here.pump.id}"
    assert "Not asked yet" in as_nadia.get(pump).text
    assert post(as_nadia, f"{path}/none", asked_on="2026-05-01").status_code == 302
    assert "takes none" in as_nadia.get(pump).text

    form = {"kind": "baclofen", "name": "Baclofen", "dose": "20", "since_on": "2026-05-20"}
    wrong = post(as_nadia, path, **form)
    assert wrong.status_code == 422  # 20 of what?
    assert 'value="Baclofen"' in wrong.text
    form |= {"dose_unit": "mg", "times_a_day": "3"}
    assert post(as_nadia, path, **form).status_code == 302
    page = as_nadia.get(pump).text
    assert "20 mg, 3 times a day" in page
    assert "takes none" not in page
    (row,) = rows(session, sa.select(OralMedicine).where(OralMedicine.kind == "baclofen"))
    for who, status in ((here.sam, 404), (here.vera, 403)):
        other = let_in(app.test_client(), session, who)
        assert other.get(f"/medicines/{row.id}/end").status_code == status

    typed = fields_of(as_nadia.get(f"/medicines/{row.id}/correct").text)
    assert (typed["dose"], typed["dose_unit"]) == ("20000", "mcg")
    typed |= {"dose": "10", "dose_unit": "mg", "name": ""}
    assert post(as_nadia, f"/medicines/{row.id}/correct", **typed).status_code == 422
    typed["reason"] = "misread"
    assert post(as_nadia, f"/medicines/{row.id}/correct", **typed).status_code == 302
    assert "10 mg, 3 times a day" in as_nadia.get(pump).text
    row = rows(session, sa.select(OralMedicine).order_by(OralMedicine.id.desc()))[0]
    assert (row.name, row.reason) == ("Baclofen", "Corrected: misread")

    assert "tell the physician" in as_nadia.get(f"/medicines/{row.id}/end").text
    ended = {"until_on": "2026-05-31", "reason": "Dr Ito: sedated"}
    assert post(as_nadia, f"/medicines/{row.id}/end", **ended).status_code == 302

    page = as_nadia.get(path).text
    assert "Tell the physician who is responsible" in page
    assert "Not asked yet since the last one ended" in page
    assert post(as_nadia, f"/medicines/{row.id}/end", **ended).status_code == 422
