"""Sign in: who comes in, and that no mistake tells which half was wrong."""

import pytest

from tests.builders import a_staff_member
from tests.web.conftest import HASH, post, sign_in
from tracker.services.sign_in import check_password, hash_password
from tracker.web.arriving import local_path
from tracker.web.sign_in import WRONG


def test_the_right_password_opens_the_board(client, here):
    answer = sign_in(client, here.nadia.email)

    assert (answer.status_code, answer.location) == (302, "/")
    assert client.get("/").status_code == 200


def test_the_e_mail_may_be_typed_in_capitals_and_with_spaces(client, here):
    assert sign_in(client, f" {here.nadia.email.upper()} ").status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [
        pytest.param("{nadia}", "wrong", id="wrong password"),
        pytest.param("nobody@example.org", "correct horse", id="unknown e-mail"),
        pytest.param("{ito}", "", id="no password typed"),
    ],
)
def test_a_mistake_is_told_without_saying_which(client, here, email, password):
    email = email.format(nadia=here.nadia.email, ito=here.ito.email)

    answer = sign_in(client, email, password)

    assert answer.status_code == 422
    assert email in answer.text
    assert "horse" not in answer.text
    assert password == "" or WRONG.split(".")[0].replace("'", "&#39;") in answer.text


def test_somebody_without_a_password_stays_out(session, here):
    assert check_password(session, here.ito.email, "", cost=1) is None


def test_somebody_without_a_clinic_stays_out(client, here, session):
    lost = a_staff_member(session, "Lost", password_hash=HASH)
    session.commit()

    assert sign_in(client, lost.email).status_code == 422


def test_an_unknown_name_costs_a_hash_too(session, here, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "tracker.services.sign_in._is_right", lambda stored, *_: bool(seen.append(stored))
    )

    check_password(session, "nobody@example.org", "x", cost=1)

    assert seen[0].startswith("$argon2id$")


def test_a_hash_of_another_cost_still_opens(session, here):
    here.nadia.password_hash = hash_password("another", cost=2)
    session.flush()

    assert check_password(session, here.nadia.email, "another", cost=1) is here.nadia


def test_nothing_is_cut_off_a_password_before_it_is_compared(session, here):
    longest = "seven green kettles " * 50
    here.nadia.password_hash = hash_password(longest, cost=1)
    session.flush()

    assert check_password(session, here.nadia.email, longest, cost=1) is here.nadia
    assert check_password(session, here.nadia.email, f"{longest}x", cost=1) is None


def test_the_page_asked_for_is_shown_after_signing_in(client, here):
    wanted = client.get(f"/pumps/{here.pump.id}?x=1").location

    assert wanted == f"/sign-in?next=/pumps/{here.pump.id}?x%3D1"
    answer = sign_in(client, here.nadia.email, next=f"/pumps/{here.pump.id}?x=1")
    assert answer.location == f"/pumps/{here.pump.id}?x=1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "evil",
        "",
        "/a\nb",
        "javascript:x",
        "//[",
        "http://[",
    ],
)
def test_no_address_elsewhere_is_followed(elsewhere):
    assert local_path(elsewhere) is None


def test_a_cookie_that_was_kept_opens_nothing_after_the_sign_out(app, as_nadia):
    kept = as_nadia.get_cookie("session").value
    assert post(as_nadia, "/sign-out").status_code == 302

    thief = app.test_client()
    thief.set_cookie("session", kept)

    assert thief.get("/").headers["Location"].startswith("/sign-in")
