"""What the settings make of the hospital's sign-in, and what is said when it fails."""

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from tests.openid.provider import SECRET
from tests.web.conftest import NOW, PASSWORD, csrf_token, rows, sign_in
from tests.web.hospital.conftest import come_in, is_in, on_one
from tracker.models import Patient, SignIn
from tracker.web.confirm import FRESH


@on_one
def test_what_the_provider_says_is_told_in_our_words(desk, house, nadia, caplog):
    for error, said in (
        ("access_denied", "broken off"),
        ("<script>alert(1)</script>", "did not let you in"),
        ("server_error", "Something went wrong at the hospital"),
    ):
        done = come_in(desk, house, error=error, error_description="a secret", code="")

        assert (done.status_code, said in done.text) == (403, True), error
        assert not any(one in done.text + caplog.text for one in ("alert(1)", "a secret"))


@on_one
def test_an_answer_that_is_not_right_is_told_without_what_was_wrong(desk, house, nadia, caplog):
    house.claims |= {"aud": "another-client"}

    done = come_in(desk, house)

    assert done.status_code == 403
    assert "could not be checked" in done.text
    assert "aud" not in done.text
    assert "not believed" in caplog.text
    assert not any(one in caplog.text for one in ("another-client", nadia.email, SECRET))


@on_one
def test_a_hospital_that_does_not_answer_is_said(set_up, here):
    desk = set_up(OIDC_ISSUER="http://127.0.0.1:9")

    done = desk.get("/sign-in/hospital")

    assert done.status_code == 503
    assert "can&#39;t be reached just now" in done.text


@on_one
def test_where_no_hospital_is_set_there_is_no_such_page(client, here):
    assert "hospital" not in client.get("/sign-in").text
    assert client.get("/sign-in/hospital").status_code == 404
    assert client.get("/sign-in/hospital/back?state=a&code=b").status_code == 404


@on_one
def test_a_sign_in_that_they_still_have_is_taken_where_that_is_set(
    set_up, house, nadia, session
):
    house.claims |= {"auth_time": house.now - 3600}
    desk = set_up(OIDC_PROOF="kept")

    asked = parse_qs(urlsplit(desk.get("/sign-in/hospital").location).query)
    assert "prompt" not in asked
    come_in(desk, house)
    assert is_in(desk)
    (known,) = rows(session, sa.select(SignIn))
    assert known.stepped_up_at < NOW - FRESH  # it is no proof before a dangerous act
    link = house.agree(desk.get("/sign-in/hospital?fresh=1").location)
    assert desk.get(link).status_code == 403  # a dangerous act asks for more


@on_one
def test_who_came_in_by_the_hospital_shows_by_it_that_it_is_still_they(
    desk, house, nadia, session, monkeypatch
):
    come_in(desk, house)
    later = NOW + 2 * FRESH
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: later)
    house.now = int(later.timestamp())

    page = desk.get("/confirm?next=/patients").text
    link = re.search(r'href="(/sign-in/hospital[^"]+)"', page)[1]
    assert link == "/sign-in/hospital?fresh=1&amp;next=/patients"
    done = desk.get(house.agree(desk.get(html.unescape(link)).location))

    assert done.location == "/patients"
    proven = sa.select(SignIn.stepped_up_at).where(SignIn.ended_at.is_(None))
    assert rows(session, proven) == [later]


@on_one
def test_who_came_in_by_a_password_is_not_sent_there_to_show_it(desk, here):
    sign_in(desk, here.nadia.email)

    assert "/sign-in/hospital" not in desk.get("/confirm?next=/patients").text


@on_one
class TestByHospitalAlone:
    @pytest.fixture
    def closed(self, set_up, here):
        return set_up(OIDC_ONLY="yes", OIDC_ONLY_EXCEPT=f"x@y.org, {here.ito.email.upper()}")

    def test_a_password_opens_no_more(self, closed, here, session):
        assert 'name="password"' not in closed.get("/sign-in").text

        token = csrf_token(closed.get("/sign-in?password=1").text)
        form = {"email": here.nadia.email, "password": PASSWORD, "csrf_token": token}
        done = closed.post("/sign-in", data=form)

        assert done.status_code == 422
        assert "don&#39;t belong together" in done.text
        assert not is_in(closed)

    def test_who_is_named_still_comes_in_and_the_log_tells_it(
        self, closed, here, session, caplog
    ):
        here.ito.password_hash = here.nadia.password_hash
        session.commit()
        token = csrf_token(closed.get("/sign-in?password=1").text)
        form = {"email": here.ito.email, "password": PASSWORD, "csrf_token": token}

        assert closed.post("/sign-in", data=form).status_code == 302
        assert is_in(closed)
        assert f"member of staff {here.ito.id} signs in here" in caplog.text

    def test_the_hospital_still_opens(self, closed, house, nadia):
        come_in(closed, house)

        assert is_in(closed)


def test_what_was_typed_waits_in_its_tab_for_the_hospitals_sign_in(
    desk, house, nadia, here, session, monkeypatch
):
    """The form came after the end; the sign-in is in another tab of the same browser."""
    come_in(desk, house)
    page = desk.get("/patients/new").text
    typed = {"family_name": "Kept", "given_name": "Fay", "mrn": "H-1", "birth_on": "1970-01-01"}
    late_at = NOW + timedelta(minutes=45)
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: late_at)
    house.now = int(late_at.timestamp())
    late = desk.post("/patients/new", data=typed | {"csrf_token": csrf_token(page)}).text
    assert "in a new tab" in late
    assert "Kept" not in late
    held = {"held": re.search(r'name="held" value="([^"]+)"', late)[1]}

    early = desk.post("/sign-in/go-on", data=held)
    assert early.status_code == 401
    assert held["held"] in early.text

    come_in(desk, house)
    assert desk.post("/sign-in/go-on", data={"held": "x"}).location == "/"
    again = desk.post("/sign-in/go-on", data=held).text
    assert "It is not saved yet" in again
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', again))
    assert fields.items() >= typed.items()
    assert rows(session, sa.select(Patient).where(Patient.mrn == "H-1")) == []
    assert desk.post("/patients/new", data=fields).status_code == 302
    assert len(rows(session, sa.select(Patient).where(Patient.mrn == "H-1"))) == 1


@on_one
def test_what_was_typed_is_not_given_to_a_colleague(desk, house, nadia, here, monkeypatch):
    come_in(desk, house)
    page = desk.get("/patients/new").text
    late_at = NOW + timedelta(minutes=45)
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: late_at)
    house.now = int(late_at.timestamp())
    typed = {"family_name": "Kept", "csrf_token": csrf_token(page)}
    late = desk.post("/patients/new", data=typed).text
    held = {"held": re.search(r'name="held" value="([^"]+)"', late)[1]}

    house.claims |= {"email": here.ito.email, "sub": "another"}
    come_in(desk, house)
    refused = desk.post("/sign-in/go-on", data=held)

    assert (refused.status_code, refused.location) == (302, "/")
    assert "somebody else" in desk.get("/").text
