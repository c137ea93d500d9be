"""A fresh proof before dangerous acts; a hidden screen; another person at the same desk."""

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.web.conftest import NOW, PASSWORD, csrf_token, post, rows, sign_in
from tracker.models import Clinic, Membership, Role, SignIn

LATER = NOW + timedelta(minutes=6)
ANOTHER = "seven green kettles sing"
NEW = {"old_password": PASSWORD, "password": ANOTHER, "again": ANOTHER}


@pytest.fixture
def at(monkeypatch):
    def move(moment):
        monkeypatch.setattr("tracker.web.request.utc_now", lambda: moment)

    return move


@pytest.fixture
def as_leader(client, here, session):
    """Nadia, who leads Riverside."""
    session.execute(sa.update(Membership).values(role=Role.ADMINISTRATOR))
    session.commit()
    sign_in(client, here.nadia.email)
    return client


def confirm(client, page, **fields):
    return client.post("/confirm", data={"csrf_token": csrf_token(page), **fields})


def settings_of(page):
    fields = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', page))
    fields["last_resort_id"] = re.search(r'<option value="(\d+)" selected', page)[1]
    reports = {"day_report_to": "", "week_report_to": "", "week_report_on": "0"}
    return {**fields, **reports, "language": "en", "emergency_plan": "phone & run"}


def test_a_dangerous_act_waits_for_a_proof_and_then_goes_on_as_it_was_typed(
    as_leader, here, session, at
):
    typed = settings_of(as_leader.get("/clinic/settings").text)
    at(LATER)

    asked = as_leader.post("/clinic/settings", data=typed)

    assert asked.status_code == 401
    assert "Is it still you?" in asked.text
    assert rows(session, sa.select(Clinic.emergency_plan)) == ["", ""]
    held = re.search(r'name="held" value="([^"]+)"', asked.text)[1]
    wrong = confirm(as_leader, asked.text, proof="a guess", held=held)
    assert wrong.status_code == 422
    page = confirm(as_leader, wrong.text, proof=PASSWORD, held=held).text
    fields = {
        name: html.unescape(text)
        for name, text in re.findall(r'name="(\w+)" value="([^"]*)"', page)
        if name not in ("proof", "quiet", "next")
    }
    assert as_leader.post("/clinic/settings", data=fields).status_code == 302
    assert "phone & run" in rows(session, sa.select(Clinic.emergency_plan))


@pytest.mark.parametrize(
    "path",
    [
        "/policies/refill/critical/edit",
        "/policies/refill/critical/move",
        "/texts/refill_please_book/en",
        "/texts/refill_please_book/en/restore",
        "/clinic/settings",
        "/account/authenticator/start",
        "/account/authenticator/remove",
        "/account/recovery-codes",
        "/account/passkeys",
        "/account/sessions/end",
        "/account/sessions/1/end",
    ],
)
def test_every_dangerous_act_needs_a_proof_of_the_last_five_minutes(as_leader, at, path):
    at(LATER)

    asked = post(as_leader, path)

    assert asked.status_code == 401
    assert "Is it still you?" in asked.text


def test_a_proof_lasts_five_minutes(as_leader, at):
    at(LATER)
    page = as_leader.get("/confirm").text
    assert confirm(as_leader, page, proof=PASSWORD, next="/account").location == "/account"
    at(LATER + timedelta(minutes=5))
    assert as_leader.get("/account/passkeys/new").status_code == 200
    at(LATER + timedelta(minutes=5, seconds=1))
    assert as_leader.get("/account/passkeys/new").status_code == 401


def test_a_copy_of_the_cookie_has_no_part_in_a_proof_that_is_given_later(app, as_nadia):
    thief = app.test_client()
    for path, fields in (("/confirm", {"proof": PASSWORD}), ("/account/password", NEW)):
        form = as_nadia.get("/account/password").text  # open in another tab
        thief.set_cookie("session", as_nadia.get_cookie("session").value)
        assert thief.get("/account").status_code == 200
        typed = {"csrf_token": csrf_token(form)}
        assert as_nadia.post(path, data={**typed, **fields}).status_code == 302

        assert thief.get("/account").status_code == 302
        assert as_nadia.get("/account").status_code == 200
        assert as_nadia.post("/account/password", data=typed).status_code == 422  # still good


def test_an_answer_that_was_on_its_way_brings_no_old_token_back(as_nadia):
    """A page that changes nothing of the session leaves the browser its newer cookie."""
    as_nadia.get("/")  # the session keeps which board was seen, and the form's token

    for path in ("/", "/account", "/board/rows", "/nowhere"):
        assert "Set-Cookie" not in as_nadia.get(path).headers, path


def test_guessing_a_proof_is_slowed(as_leader):
    page = as_leader.get("/confirm").text
    answers = [confirm(as_leader, page, proof=f"guess {n}").status_code for n in range(6)]
    to_the_script = confirm(as_leader, page, proof="guess 7", quiet="yes")

    assert answers == [422] * 5 + [429]
    assert to_the_script.status_code == 429
    assert "Try again in" in to_the_script.text


def test_a_hidden_screen_shows_nothing_of_anybody_until_there_is_a_proof(as_nadia, here, paths):
    away = post(as_nadia, "/hide", next=paths("/pumps/{pump}"))
    assert away.location == paths("/confirm?next=/pumps/{pump}")

    for path in ("/", "/patients", "/pumps/{pump}", "/board/rows", "/nowhere", "/account"):
        page = as_nadia.get(paths(path))
        assert page.status_code == 401, path
        assert here.patient.family_name not in page.text
        assert 'aria-label="Main"' not in page.text
    page = as_nadia.get("/confirm").text
    assert "The screen is hidden" in page
    back = confirm(as_nadia, page, proof=PASSWORD, next=paths("/pumps/{pump}"))
    assert back.location == paths("/pumps/{pump}")
    assert as_nadia.get(paths("/pumps/{pump}")).status_code == 200


def test_a_form_sent_from_behind_a_hidden_screen_is_kept(as_nadia, here):
    page = as_nadia.get("/patients/new").text
    post(as_nadia, "/hide")

    asked = as_nadia.post("/patients/new", data={"mrn": "H-9", "csrf_token": csrf_token(page)})

    held = re.search(r'name="held" value="([^"]+)"', asked.text)[1]
    assert 'value="H-9"' in confirm(as_nadia, asked.text, proof=PASSWORD, held=held).text


def test_the_script_hides_and_shows_without_leaving_the_page(as_nadia):
    page = as_nadia.get("/").text
    token = csrf_token(page)

    def quietly(path, **fields):
        return as_nadia.post(path, data={"csrf_token": token, "quiet": "yes", **fields})

    assert quietly("/hide").status_code == 204
    assert as_nadia.get("/").status_code == 401
    wrong = quietly("/confirm", proof="no")
    assert (wrong.status_code, wrong.text) == (422, "That was not it. Check it and try again.")
    assert quietly("/confirm", proof=PASSWORD).status_code == 204
    assert as_nadia.get("/").status_code == 200


def test_the_next_nurse_takes_over_at_the_same_place(as_nadia, here, session, paths):
    pump = paths("/pumps/{pump}")

    switched = post(as_nadia, "/switch", next=pump)

    assert switched.location == f"/sign-in?next={pump}"
    page = as_nadia.get(switched.location).text
    assert "is signed out. Who goes on here?" in page
    assert as_nadia.get(pump).status_code == 302
    assert sign_in(as_nadia, here.vera.email, next=pump).location == pump
    assert as_nadia.get(pump).status_code == 200
    ended = rows(session, sa.select(SignIn.ended_at).order_by(SignIn.id))
    assert [one is None for one in ended] == [False, True]


def test_nothing_elsewhere_is_gone_on_to(as_nadia):
    assert post(as_nadia, "/switch", next="https://evil.example/").location == "/sign-in"
    page = as_nadia.get("/sign-in").text
    assert csrf_token(page)
