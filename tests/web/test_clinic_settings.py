"""The settings of a clinic: changed by its administrators, and never so that nobody is told."""

from datetime import time

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.web.conftest import HASH, post, rows, sign_in
from tracker.models import AddressState, Clinic, Role

PATH = "/clinic/settings"


@pytest.fixture
def ann(session, here):
    """The administrator."""
    found = a_staff_member(
        session, "Ann", clinic=here.clinic, role=Role.ADMINISTRATOR, password_hash=HASH
    )
    session.commit()
    return found


@pytest.fixture
def as_ann(client, ann):
    assert sign_in(client, ann.email).status_code == 302
    return client


def typed(last_resort_id, **more):
    return {
        "last_resort_id": last_resort_id,
        "quiet_from": "20:30",
        "quiet_until": "07:00",
        "list_at": "0515",
        "language": "en",
        "sms_sender": "+44 1632 960111",
        "emergency_plan": "Ring the ward.",
        "reason": "as agreed",
    } | more


def clinic_of(session, here) -> Clinic:
    return rows(session, sa.select(Clinic).where(Clinic.id == here.clinic.id))[0]


def test_an_administrator_changes_them(as_ann, ann, here, session):
    assert as_ann.get(PATH).status_code == 200

    shorter = typed(here.ito.id, quiet_from="21:30")
    assert post(as_ann, PATH, **shorter | {"reason": ""}).status_code == 422
    assert post(as_ann, PATH, **shorter).status_code == 302

    clinic = clinic_of(session, here)
    assert clinic.sms_sender == "+441632960111"
    assert (clinic.quiet_from, clinic.quiet_until) == (time(21, 30), time(7))
    assert (clinic.list_at, clinic.emergency_plan) == (time(5, 15), "Ring the ward.")


def test_what_could_stop_messages_waits_for_a_second_person(as_ann, ann, here, session):
    before = here.clinic.last_resort_id

    page = as_ann.get(post(as_ann, PATH, **typed(ann.id)).location).text

    clinic = clinic_of(session, here)
    assert (clinic.last_resort_id, clinic.quiet_from) == (before, time(21))
    assert clinic.emergency_plan == "Ring the ward."
    assert "Last resort" in page
    assert "Quiet hours" in page


@pytest.mark.parametrize("why", ["empty", "refused", "left", "elsewhere", "reads only"])
def test_promise_covered_the_last_resort_is_never_nobody_nor_out_of_reach(
    as_ann, ann, here, session, why
):
    before = here.clinic.last_resort_id
    other = {"elsewhere": here.sam, "reads only": here.vera}.get(why, here.nadia)
    if why == "refused":
        other.email_state = AddressState.INVALID
    if why == "left":
        other.left_at = other.created_at
    session.commit()

    answer = post(as_ann, PATH, **typed("" if why == "empty" else other.id))

    assert answer.status_code == 422
    assert 'id="last_resort_id-error"' in answer.text
    assert "Ring the ward." in answer.text
    assert clinic_of(session, here).last_resort_id == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quiet_from", "late"),
        ("quiet_until", "19:00"),
        ("list_at", ""),
        ("language", "english!"),
        ("sms_sender", "01632"),
    ],
)
def test_what_can_not_be_is_told_beside_its_field(as_ann, ann, field, value):
    answer = post(as_ann, PATH, **typed(ann.id, **{field: value}))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_two_clinics_do_not_share_a_number(as_ann, ann, here, session):
    lakeview = sa.select(Clinic).where(Clinic.id != here.clinic.id)
    session.scalars(lakeview).first().sms_sender = "+441632960111"
    session.commit()

    answer = post(as_ann, PATH, **typed(ann.id))

    assert 'id="sms_sender-error">Another clinic' in answer.text


def test_who_is_no_administrator_changes_none_of_them(as_nadia):
    assert as_nadia.get(PATH).status_code == 403
    assert post(as_nadia, PATH).status_code == 403


def test_promise_alive_or_known_dead_the_clinic_page_says_if_nobody_outside_is_told(
    app, as_ann
):
    before = as_ann.get("/clinic").text
    app.config["PING_URL"] = "https://outside.example/"
    after = as_ann.get("/clinic").text

    assert "Nobody outside is told if this system stops" in before
    assert "Nobody outside is told" not in after


def test_who_can_not_change_it_is_not_told_of_it(as_nadia):
    assert "Nobody outside is told" not in as_nadia.get("/clinic").text
