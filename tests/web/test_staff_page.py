"""Who works here: administrators add, change, invite and end; a clinic is never left alone."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.web.conftest import HASH, NOW, post, rows, sign_in
from tracker.models import Invitation, Membership, Pump, Role, SignIn, Staff, Watch
from tracker.services import sessions
from tracker.services.clinics import add_member
from tracker.services.recovery_codes import renew

DAY = timedelta(days=1)


@pytest.fixture
def ada(here, session):
    """The only administrator of Riverside."""
    ada = a_staff_member(session, "Ada Admin")
    ada.password_hash = HASH
    add_member(session, here.clinic, ada, role=Role.ADMINISTRATOR)
    session.commit()
    return ada


@pytest.fixture
def as_ada(client, here, ada):
    assert sign_in(client, ada.email).status_code == 302
    return client


def page_of(session, who, clinic):
    asked = sa.select(Membership.id).where(
        Membership.staff_id == who.id, Membership.clinic_id == clinic.id
    )
    (number,) = rows(session, asked)
    return f"/clinic/staff/{number}"


def role_of(session, who, clinic):
    asked = sa.select(Membership.role).where(
        Membership.staff_id == who.id, Membership.clinic_id == clinic.id
    )
    return rows(session, asked)


def link_on(page):
    return re.search(r"<code>\S+(/welcome/\S+)</code>", page)[1]


def test_somebody_new_gets_a_link_that_is_shown_once_and_comes_in_by_it(as_ada, app, session):
    typed = {"name": "Ben New", "email": "Ben@Example.org", "role": "nurse"}

    page = post(as_ada, "/clinic/staff", **typed).text
    link = link_on(page)

    assert "valid three days" in page
    assert link not in as_ada.get("/clinic/staff").text
    assert "ben@example.org" in as_ada.get("/clinic/staff").text
    theirs = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', theirs.get(link).text)[1]
    chosen = {"password": "eleven green parrots", "again": "eleven green parrots"}
    assert theirs.post(link, data={"csrf_token": token, **chosen}).status_code == 302
    assert sign_in(theirs, "ben@example.org", chosen["password"]).status_code == 302
    assert rows(session, sa.select(Invitation.made_by_id)) != [None]
    again = post(as_ada, "/clinic/staff", **typed)
    assert again.status_code == 422
    assert 'id="email-error"' in again.text
    assert 'value="Ben New"' in again.text


def test_what_is_wrong_is_told_beside_its_field_and_changes_nothing(as_ada, here, ada, session):
    mine, nadias = (page_of(session, who, here.clinic) for who in (ada, here.nadia))
    known = {"known_role": "nurse"}
    wrong = [
        ("/clinic/staff", {"name": "", "email": "x@y.z", "role": "nurse"}, "name"),
        ("/clinic/staff", {"name": "X", "email": "nowhere", "role": "nurse"}, "email"),
        ("/clinic/staff", {"name": "X", "email": "x@y.z", "role": "queen"}, "role"),
        ("/clinic/staff/known", {"known_email": "no@body.org", **known}, "known_email"),
        ("/clinic/staff/known", {"known_email": here.nadia.email, **known}, "known_email"),
        (f"{nadias}/role", {"role": "clinician"}, "role_reason"),
        (f"{nadias}/role", {"role": "nurse", "role_reason": "why"}, "role"),
        (f"{mine}/role", {"role": "nurse", "role_reason": "tired"}, "role"),
        (f"{nadias}/role", {"role": "viewer", "role_reason": "away"}, "role"),
        (f"{nadias}/link", {}, "link_reason"),
        (f"{nadias}/factors", {"reset_reason": " "}, "reset_reason"),
        (f"{nadias}/addresses", {"email": here.vera.email}, "email"),
        (f"{nadias}/addresses", {"email": "n@new.org", "phone": "12"}, "phone"),
        (f"{nadias}/leave", {}, "hand_to"),
        (f"{nadias}/leave", {"hand_to": here.sam.id}, "hand_to"),
        (f"{nadias}/leave", {"hand_to": here.nadia.id}, "hand_to"),
    ]

    for path, typed, field in wrong:
        answer = post(as_ada, path, **typed)
        assert (answer.status_code, path) == (422, path)
        assert f'id="{field}-error"' in answer.text, (path, typed)

    assert role_of(session, ada, here.clinic) == [Role.ADMINISTRATOR]
    assert rows(session, sa.select(Staff.id).where(Staff.left_at.is_not(None))) == []
    assert rows(session, sa.select(Staff.email).where(Staff.email == "n@new.org")) == []
    assert rows(session, sa.select(Invitation)) == []
    assert post(as_ada, f"{mine}/leave", hand_to=here.nadia.id).status_code == 422


def test_a_role_is_changed_with_a_reason_that_stays_in_the_trail(as_ada, here, session):
    path = page_of(session, here.nadia, here.clinic)

    typed = {"role": "administrator", "role_reason": "Ada is away in July"}
    assert post(as_ada, f"{path}/role", **typed).status_code == 302

    assert role_of(session, here.nadia, here.clinic) == [Role.ADMINISTRATOR]
    assert "Ada is away in July" in as_ada.get("/trail").text


def test_who_loses_their_own_role_of_administrator_loses_the_page(as_ada, here, ada, session):
    add_member(session, here.clinic, here.sam, role=Role.ADMINISTRATOR)
    session.commit()
    path = page_of(session, ada, here.clinic)

    answer = post(as_ada, f"{path}/role", role="nurse", role_reason="retired from it")

    assert answer.location == "/clinic"
    assert as_ada.get(path).status_code == 403


def test_factors_go_and_sessions_end(as_ada, here, session):
    renew(session, here.nadia, now=NOW)
    for _ in range(2):
        sessions.begin(session, here.nadia, how="password", now=NOW)
    session.commit()
    path = page_of(session, here.nadia, here.clinic)
    open_ones = sa.select(SignIn.id).where(
        SignIn.staff_id == here.nadia.id, SignIn.ended_at.is_(None)
    )

    assert len(rows(session, open_ones)) == 2
    assert post(as_ada, f"{path}/sessions").status_code == 302
    assert rows(session, open_ones) == []
    assert post(as_ada, f"{path}/factors", reset_reason="telephone lost").status_code == 302
    assert "telephone lost" in as_ada.get("/trail").text
    assert "password alone lets them in" in as_ada.get(path).text
    assert as_ada.get("/clinic/staff").status_code == 200  # Ada is signed in still


def test_addresses_are_mended_and_a_link_for_another_password_is_made(as_ada, here, session):
    path = page_of(session, here.nadia, here.clinic)
    typed = {"email": "nadia@new.example", "phone": "+44 20 7946 0018"}

    assert post(as_ada, f"{path}/addresses", **typed).status_code == 302
    first = link_on(post(as_ada, f"{path}/link", link_reason="forgot it").text)
    second = link_on(post(as_ada, f"{path}/link", link_reason="lost the first").text)

    page = as_ada.get("/clinic/staff").text
    assert "nadia@new.example" in page
    assert "+442079460018" in page
    assert as_ada.get(first).status_code == 404
    assert as_ada.get(second).status_code == 200


def test_who_leaves_hands_over_all_that_the_page_lists(as_ada, here, ada, session):
    path = page_of(session, here.ito, here.clinic)
    listed = as_ada.get(path).text
    assert "last resort of Riverside" in listed
    nadias = page_of(session, here.nadia, here.clinic)
    assert f"pump {here.pump.id} (" in as_ada.get(nadias).text

    assert post(as_ada, f"{path}/leave", hand_to=ada.id).status_code == 302
    assert post(as_ada, f"{nadias}/leave", hand_to=ada.id).status_code == 302

    session.refresh(here.clinic)
    assert here.clinic.last_resort_id == ada.id
    assert set(rows(session, sa.select(Pump.owner_id))) == {ada.id}
    open_watches = sa.select(Watch.owner_id).where(Watch.closed_at.is_(None))
    assert set(rows(session, open_watches)) == {ada.id}
    assert as_ada.get(nadias).status_code == 404
    assert here.nadia.email not in as_ada.get("/clinic/staff").text


def test_somebody_of_two_clinics_is_only_changed_by_who_leads_both(as_ada, here, ada, session):
    typed = {"known_email": f" {here.sam.email.upper()} ", "known_role": "nurse"}
    assert post(as_ada, "/clinic/staff/known", **typed).status_code == 302
    path = page_of(session, here.sam, here.clinic)
    acts = {
        "link": {"link_reason": "forgot it"},
        "factors": {"reset_reason": "lost"},
        "addresses": {"email": "ada@takes.over"},
    }

    for act, fields in acts.items():
        answer = post(as_ada, f"{path}/{act}", **fields)
        assert answer.status_code == 422, act
        assert "works in another clinic too" in answer.text
    assert "Link for a password" not in as_ada.get(path).text
    assert "last resort of Lakeview" not in as_ada.get(path).text
    assert rows(session, sa.select(Invitation)) == []

    add_member(session, here.place.neighbour, ada, role=Role.ADMINISTRATOR)
    session.commit()
    post(as_ada, "/account/clinic", clinic_id=here.clinic.id)
    assert "/welcome/" in post(as_ada, f"{path}/link", link_reason="forgot it").text


def test_who_leaves_one_of_two_clinics_works_on_in_the_other(as_ada, app, here, ada, session):
    add_member(session, here.place.neighbour, here.nadia, role=Role.NURSE)
    session.commit()
    path = page_of(session, here.nadia, here.clinic)
    client = app.test_client()
    assert sign_in(client, here.nadia.email).status_code == 302
    page = as_ada.get(path).text
    assert "Nadia Nurse leaves Riverside" in page
    assert f"pump {here.pump.id} (" in page

    assert post(as_ada, f"{path}/leave").status_code == 422  # nobody takes the pump
    assert post(as_ada, f"{path}/leave", hand_to=here.sam.id).status_code == 422
    assert post(as_ada, f"{path}/leave", hand_to=ada.id).status_code == 302

    assert set(rows(session, sa.select(Pump.owner_id))) == {ada.id}
    assert role_of(session, here.nadia, here.clinic) == []
    assert rows(session, sa.select(Staff.left_at).where(Staff.id == here.nadia.id)) == [None]
    assert "Lakeview" in client.get("/").text
    assert client.get(f"/pumps/{here.pump.id}").status_code == 404
    assert as_ada.get(path).status_code == 404
    assert f"staff: {here.nadia.id}" in as_ada.get("/trail?act=removed").text


def test_each_act_wants_a_fresh_proof(as_ada, here, session, monkeypatch):
    path = page_of(session, here.nadia, here.clinic)
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: NOW + timedelta(minutes=6))

    for act in ("role", "link", "factors", "sessions", "addresses", "leave"):
        answer = post(as_ada, f"{path}/{act}", role="viewer")
        assert (act, answer.status_code) == (act, 401)
    for act in ("/clinic/staff", "/clinic/staff/known"):
        assert post(as_ada, act, name="X").status_code == 401
    assert role_of(session, here.nadia, here.clinic) == [Role.NURSE]
