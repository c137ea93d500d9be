"""In by the hospital's sign-in: who is let in, whose account it is, and only once."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa

from tests.web.conftest import NOW, csrf_token, rows, sign_in
from tests.web.hospital.conftest import come_in, is_in, knocks, on_one
from tracker.models import How, SignIn, SpentChallenge, Staff, StaffSubject


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
