"""A patient of another clinic in an emergency: one patient, one hour, one person, and told."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_contact, a_patient, a_staff_member
from tests.cast import messages
from tests.web.conftest import HASH, NOW, post, rows, sign_in
from tracker import jobs
from tracker.domain.danger import WatchKind
from tracker.models import ContactAttempt, EmergencyAccess, Role, Watch
from tracker.services import accesses
from tracker.services.clinics import add_member, open_clinic

PATH = "/other-clinic"
OPENED = "/clinic/opened"


@pytest.fixture
def there(app, here, session):
    """An administrator at each clinic, and a number to telephone the patient at."""
    for name, clinic in (("Ann", here.clinic), ("Lea", here.place.neighbour)):
        a_staff_member(
            session, name, clinic=clinic, role=Role.ADMINISTRATOR, password_hash=HASH,
            email=f"{name.lower()}@admin.example",
        )  # fmt: skip
    a_contact(session, here.patient, address="ida@home.example")
    here.clinic.emergency_plan = "Oral baclofen, and ring the ward."
    session.commit()

    def signed_in(email: str):
        client = app.test_client()
        assert sign_in(client, email).status_code == 302
        return client

    return signed_in


def open_it(client, here, **typed):
    typed = typed or {"mrn": here.patient.mrn}
    return post(client, PATH, **{"reason": "in our emergency room", **typed})


def reports(session, **where):
    asked = sa.select(Watch).where(Watch.kind == WatchKind.ACCESS, Watch.closed_at.is_(None))
    return rows(session, asked.filter_by(**where))


@pytest.mark.parametrize("how", ["mrn", "name", "serial"])
def test_who_is_named_exactly_opens_to_read_and_both_clinics_are_told(
    as_sam, here, there, session, app, how
):
    born = f"{here.patient.birth_on:%Y-%m-%d}"
    typed = {
        "mrn": {"mrn": here.patient.mrn},
        "name": {"family_name": here.patient.family_name.upper(), "birth_on": born},
        "serial": {"serial": here.pump.serial},
    }[how]

    page = as_sam.get(open_it(as_sam, here, **typed).location).text

    for shown in (
        here.patient.family_name, "ida@home.example", "Oral baclofen", here.clinic.phone,
        "baclofen", here.pump.serial, "in our emergency room",
    ):  # fmt: skip
        assert shown in page, shown
    assert f"/pumps/{here.pump.id}" not in page
    owners = {(one.clinic_id, one.owner.name) for one in reports(session)}
    assert owners == {(here.clinic.id, "Ann"), (here.place.neighbour.id, "Lea")}
    session.commit()
    if how != "mrn":
        return
    sessions = app.extensions["tracker"].sessions
    jobs.tick(sessions, now=NOW, host="test")
    told = {one.staff.email for one in messages(session) if one.template == "access_opened"}
    assert told == {"ann@admin.example", "lea@admin.example"}


def test_nothing_else_of_the_other_clinic_opens(as_sam, here, there, session, app):
    other = a_patient(session, here.clinic)
    session.commit()
    where = open_it(as_sam, here).location
    watch = rows(session, sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill"))[0]

    for path in (
        f"/patients/{here.patient.id}",
        f"/patients/{other.id}",
        f"/pumps/{here.pump.id}",
        f"/pumps/{here.pump.id}/refills/new",
        f"/watches/{watch.id}",
        f"/records/refill/{here.refill.id}/correct",
    ):
        assert as_sam.get(path).status_code == 404, path
    lea = there("lea@admin.example")
    assert lea.get(where).status_code == 404  # nor to anybody else there
    assert there(here.nadia.email).get(where).status_code == 404


def test_it_closes_by_itself_and_is_opened_again_with_a_reason(as_sam, here, there, session):
    where = open_it(as_sam, here).location
    (row,) = rows(session, sa.select(EmergencyAccess))
    row.opened_at, row.ends_at = NOW - accesses.LASTS, NOW  # an hour ago
    session.commit()

    answer = as_sam.get(where)
    assert answer.status_code == 302
    assert answer.location.endswith(PATH)
    late = post(as_sam, f"{where}/calls", called="the daughter", note="she brings him in")
    assert late.status_code == 422
    for words in ("Its time is over", "the daughter", "she brings him in"):
        assert words in late.text
    assert rows(session, sa.select(ContactAttempt)) == []
    assert open_it(as_sam, here).status_code == 302
    assert len(rows(session, sa.select(EmergencyAccess))) == 2


def test_a_call_is_the_one_thing_that_can_be_written(as_sam, here, there, session):
    where = open_it(as_sam, here).location
    facts = {"pump_id": here.pump.id, "called": "Ida", "result": "no_answer"}

    wrong = post(as_sam, f"{where}/calls", **facts)
    right = post(as_sam, f"{where}/calls", **facts | {"next_call_on": "2026-06-02"})

    assert 'id="next_call_on-error"' in wrong.text
    assert right.status_code == 302
    (made,) = rows(session, sa.select(ContactAttempt))
    assert (made.by_id, made.called) == (here.sam.id, "Ida")
    elsewhere = post(as_sam, f"{where}/calls", **facts | {"pump_id": 999999})
    assert elsewhere.status_code == 422
    assert "Sam Other called Ida" in as_sam.get(where).text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "mrn"),
        ({"mrn": "no such"}, "mrn"),
        ({"family_name": "Example"}, "mrn"),
        ({"mrn": "x", "birth_on": "soon"}, "birth_on"),
        ({"reason": ""}, "reason"),
    ],
)
def test_who_is_not_named_exactly_or_without_a_reason_is_not_opened(
    as_sam, here, there, session, typed, field
):
    if field == "reason":
        typed = {"mrn": here.patient.mrn} | typed
    answer = post(as_sam, PATH, **{"reason": "why", **typed})

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert here.patient.family_name not in answer.text
    assert rows(session, sa.select(EmergencyAccess)) == []
    assert reports(session) == []


def test_one_s_own_patient_is_not_found_there_and_who_only_reads_opens_nobody(
    as_vera, here, there, session
):
    nadia = there(here.nadia.email)
    assert "No other clinic" in open_it(nadia, here).text
    assert open_it(as_vera, here).status_code == as_vera.get(PATH).status_code == 403


def test_it_stays_reported_until_somebody_who_leads_has_looked_and_never_who_opened_it(
    here, there, session
):
    lea, ann = there("lea@admin.example"), there("ann@admin.example")
    open_it(lea, here)
    (row,) = rows(session, sa.select(EmergencyAccess))
    path, field = f"{OPENED}/{row.id}/review", f"note_{row.id}"
    assert (
        "one of our patients"
        in reports(session, clinic_id=here.clinic.id)[0].explanation["sentence"]
    )

    assert post(lea, path, **{field: "I was right"}).status_code == 422
    assert post(there(here.nadia.email), path, **{field: "fine"}).status_code == 422
    assert f'id="{field}-error"' in post(ann, path).text
    assert post(ann, path, **{field: "they telephoned first"}).status_code == 302

    assert [one.clinic_id for one in reports(session)] == [here.place.neighbour.id]
    assert "they telephoned first" in ann.get(OPENED).text
    theirs = lea.get(OPENED).text
    assert here.patient.family_name not in theirs
    assert "a patient of Riverside" in theirs
    assert post(ann, path, **{field: "again"}).status_code == 422


def test_the_same_number_in_two_clinics_asks_for_the_clinic(as_sam, here, there, session):
    ada = a_staff_member(session, "Ada", password_hash=HASH)
    third = open_clinic(
        session, "Hill", timezone="Europe/London", phone="1", last_resort=ada, now=NOW
    )
    add_member(session, third, ada, role=Role.NURSE)
    twin = a_patient(session, third, mrn=here.patient.mrn)
    session.commit()

    asked = open_it(as_sam, here)

    assert asked.status_code == 422
    assert 'id="patient_id-error"' in asked.text
    assert "Riverside" in asked.text
    assert "Hill" in asked.text
    chosen = {"mrn": here.patient.mrn, "patient_id": twin.id}
    assert twin.family_name in as_sam.get(open_it(as_sam, here, **chosen).location).text
    assert rows(session, sa.select(EmergencyAccess.patient_id)) == [twin.id]


def test_promise_persistent_a_report_climbs_until_it_is_looked_at(
    as_sam, here, there, session, app
):
    open_it(as_sam, here)
    sessions = app.extensions["tracker"].sessions
    for days in (0, 3, 4):
        jobs.tick(sessions, now=NOW + timedelta(days=days), host="test")

    told = [
        (one.step, one.staff_id)
        for one in messages(session)
        if one.template == "access_opened" and one.clinic_id == here.clinic.id
    ]
    assert (2, here.ito.id) in told
