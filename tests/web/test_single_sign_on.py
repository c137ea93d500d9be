"""In by the hospital's sign-in: who is let in, whose account it is, and only once."""

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from config import load
from tests.openid.provider import CLIENT, SECRET, provider
from tests.web.conftest import NOW, PASSWORD, csrf_token, rows, sign_in
from tracker.app import create_app
from tracker.models import How, SignIn, SpentChallenge, Staff, StaffSubject
from tracker.web.confirm import FRESH

# Where the database has no part in what is shown, one of them is enough.
on_one = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def house():
    with provider(int(NOW.timestamp())) as found:
        yield found


@pytest.fixture
def set_up(database_url, tmp_path, house):
    """Makes the application with these settings more."""
    made = []

    def make(**more: str):
        environ = {
            "DATABASE_URL": database_url,
            "SECRET_KEY": "for tests",
            "PASSWORD_COST": "1",
            "PUBLIC_URL": "http://localhost",
            "OIDC_ISSUER": house.issuer,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
            **more,
        }
        app = create_app(load(environ, instance=tmp_path / "instance"))
        app.testing = True
        made.append(app)
        return app.test_client()

    yield make
    for app in made:
        app.extensions["tracker"].engine.dispose()


@pytest.fixture
def desk(set_up):
    return set_up()


@pytest.fixture
def nadia(house, here):
    """The hospital means her."""
    house.claims = {"email": here.nadia.email}
    return here.nadia


def come_in(desk, house, *, wanted="", **answer):
    """There and back; the last answer."""
    there = desk.get("/sign-in/hospital", query_string={"next": wanted} if wanted else {})
    assert there.status_code == 302, there.text
    return desk.get(house.agree(there.location, **answer))


def is_in(desk) -> bool:
    return desk.get("/patients").status_code == 200


def knocks(desk) -> str:
    """The cookie by which the browser is known."""
    found = desk.get_cookie("session")
    return found.value if found else ""


def test_staff_whom_the_hospital_vouches_for_come_in(desk, house, nadia, session):
    done = come_in(desk, house, wanted="/patients")

    assert (done.status_code, done.location) == (302, "/patients")
    assert is_in(desk)
    (known,) = rows(session, sa.select(StaffSubject))
    assert (known.staff_id, known.issuer, known.subject) == (
        nadia.id,
        house.issuer,
        "subject-1",
    )
    assert known.bound_at == NOW
    (sign_in_row,) = rows(session, sa.select(SignIn))
    assert (sign_in_row.how, sign_in_row.stepped_up_at) == (How.SSO, NOW)


@on_one
def test_the_button_is_there_and_leads_on(desk, house, here):
    page = desk.get("/sign-in?next=/patients").text

    assert "Sign in with your hospital account" in page
    assert 'href="/sign-in/hospital?next=/patients"' in page
    there = desk.get("/sign-in/hospital").location
    asked = parse_qs(urlsplit(there).query)
    assert asked["redirect_uri"] == ["http://localhost/sign-in/hospital/back"]
    assert asked["prompt"] == ["login"]


@on_one
def test_the_name_in_the_request_changes_nothing_of_where_it_comes_back(set_up, house):
    desk = set_up(OTHER_HOSTS="other.example")
    there = desk.get("/sign-in/hospital", headers={"Host": "other.example"}).location

    asked = parse_qs(urlsplit(there).query)
    assert asked["redirect_uri"] == ["http://localhost/sign-in/hospital/back"]


@on_one
def test_nobody_is_led_elsewhere_afterwards(desk, house, nadia):
    for wanted in ("https://evil.example/", "//evil.example", "/\\evil"):
        assert come_in(desk, house, wanted=wanted).location == "/"


def test_the_account_stays_theirs_whatever_becomes_of_the_address(
    desk, house, nadia, session, here
):
    come_in(desk, house)
    desk.post("/sign-out", data={"csrf_token": csrf_token(desk.get("/").text)})

    house.claims = {"email": here.sam.email}  # now the hospital calls her so
    come_in(desk, house)

    assert here.nadia.name in desk.get("/").text
    assert len(rows(session, sa.select(StaffSubject))) == 1


def test_an_address_that_went_to_somebody_else_takes_no_account_along(
    set_up, house, nadia, session
):
    come_in(set_up(), house)
    house.claims |= {"sub": "subject-2"}

    desk = set_up()
    done = come_in(desk, house)

    assert done.status_code == 403
    assert "belongs to another sign-in of the hospital" in done.text
    assert not is_in(desk)
    (known,) = rows(session, sa.select(StaffSubject))
    assert known.subject == "subject-1"


def test_nobody_is_let_in_or_made_by_an_address_that_proves_nothing(
    desk, house, nadia, session
):
    before = len(rows(session, sa.select(Staff)))
    house.userinfo = {"sub": "subject-1"}
    for claims, said in (
        ({"email": "stranger@example.org"}, "Nobody here has the address"),
        ({"email_verified": False}, "has been checked"),
        ({"email_verified": None}, "has been checked"),
        ({"email_verified": "true"}, "has been checked"),
        ({"email": None}, "did not tell your e-mail address"),
        ({"email": ""}, "did not tell your e-mail address"),
        ({"email": ["nadia"]}, "did not tell your e-mail address"),
    ):
        house.claims = {"email": nadia.email} | claims
        done = come_in(desk, house)
        assert (done.status_code, said in done.text) == (403, True), claims

    assert not is_in(desk)
    assert rows(session, sa.select(StaffSubject)) == []
    assert len(rows(session, sa.select(Staff))) == before


@on_one
def test_a_provider_that_vouches_without_saying_so_is_trusted_if_that_is_set(
    set_up, house, nadia
):
    house.claims |= {"email_verified": None}
    desk = set_up(OIDC_EMAIL="trusted")

    come_in(desk, house)

    assert is_in(desk)


def test_who_has_left_is_not_let_in_though_known(desk, house, nadia, session):
    come_in(desk, house)
    nadia.left_at = NOW - timedelta(days=1)
    session.commit()

    done = come_in(desk, house)

    assert done.status_code == 403
    assert "closed, or belongs to no clinic" in done.text
    assert not is_in(desk)


def test_who_has_no_clinic_is_not_let_in_and_not_bound(desk, house, nadia, session):
    session.execute(sa.text("DELETE FROM membership WHERE staff_id = :i"), {"i": nadia.id})
    session.commit()

    assert come_in(desk, house).status_code == 403
    assert rows(session, sa.select(StaffSubject)) == []


def test_the_link_back_is_good_once(desk, house, nadia, session):
    there = desk.get("/sign-in/hospital")
    kept, link = knocks(desk), house.agree(there.location)
    first = desk.get(link)
    came_in = knocks(desk)

    again = desk.get(link)
    assert (first.status_code, again.status_code) == (302, 400)
    assert "This sign-in is over" in again.text
    assert is_in(desk)

    # with the cookie that was kept, and a provider that takes the code twice
    desk.set_cookie("session", kept)
    last = desk.get(link)
    assert last.status_code == 400
    assert not is_in(desk)
    assert len(rows(session, sa.select(SpentChallenge))) == 1
    desk.set_cookie("session", came_in)
    assert is_in(desk)


@on_one
def test_a_link_that_somebody_else_began_lets_nobody_in(set_up, house, nadia):
    mine, theirs = set_up(), set_up()
    link = house.agree(theirs.get("/sign-in/hospital").location)

    assert mine.get(link).status_code == 400
    mine.get("/sign-in/hospital")
    assert mine.get(link).status_code == 400
    assert not is_in(mine)


@on_one
def test_a_link_of_somebody_else_does_not_end_what_i_began(set_up, house, nadia):
    mine = set_up()
    link = house.agree(mine.get("/sign-in/hospital").location)

    mine.get("/sign-in/hospital/back?state=theirs&code=x")

    assert mine.get(link).status_code == 302


@on_one
def test_a_sign_in_lives_for_ten_minutes(desk, house, nadia, monkeypatch):
    link = house.agree(desk.get("/sign-in/hospital").location)
    later = NOW + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: later)

    assert desk.get(link).status_code == 400


def test_what_was_used_is_forgotten_after_a_day(desk, house, nadia, session):
    session.add(SpentChallenge(challenge_hash="old", spent_at=NOW - timedelta(days=2)))
    session.commit()

    come_in(desk, house)

    assert "old" not in [one.challenge_hash for one in rows(session, sa.select(SpentChallenge))]


def test_an_old_session_ends_where_a_new_one_begins(desk, house, here):
    sign_in(desk, here.vera.email)
    house.claims = {"email": here.nadia.email}

    come_in(desk, house)

    assert here.nadia.name in desk.get("/").text


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
