"""Choosing a password by a link that works once, and changing it."""

from datetime import timedelta

import pytest

from tests.web.conftest import NOW, PASSWORD, csrf_token, post, sign_in
from tracker.services import invitations
from tracker.services.staff import staff_by_email

NEW = "seven quiet lamps"


@pytest.fixture
def token(here, session):
    found = invitations.invite(session, here.ito, reason="new here", now=NOW)
    session.commit()
    return found


def choose(client, token, password=NEW, again=NEW):
    page = client.get(f"/welcome/{token}")
    assert page.status_code == 200
    fields = {"password": password, "again": again, "csrf_token": csrf_token(page.text)}
    return client.post(f"/welcome/{token}", data=fields)


def test_an_invited_colleague_chooses_a_password_and_signs_in_with_it(client, here, token):
    assert choose(client, token).location == "/sign-in"
    assert sign_in(client, here.ito.email, NEW).status_code == 302


def test_the_link_works_once_and_looking_at_it_uses_nothing_up(client, here, token):
    assert client.get(f"/welcome/{token}").status_code == 200
    page = client.get(f"/welcome/{token}").text
    assert choose(client, token).status_code == 302

    again = {"password": "x" * 20, "again": "x" * 20, "csrf_token": csrf_token(page)}
    assert client.post(f"/welcome/{token}", data=again).status_code in (400, 404)
    assert client.get(f"/welcome/{token}").status_code == 404
    assert sign_in(client, here.ito.email, NEW).status_code == 302


def test_an_old_link_and_one_that_a_newer_one_replaced_open_nothing(
    client, here, session, token, monkeypatch
):
    newer = invitations.invite(session, here.ito, reason="lost the first", now=NOW)
    session.commit()
    assert client.get(f"/welcome/{token}").status_code == 404
    assert client.get(f"/welcome/{newer}").status_code == 200

    monkeypatch.setattr("tracker.web.request.utc_now", lambda: NOW + timedelta(days=3))

    assert client.get(f"/welcome/{newer}").status_code == 404


def test_a_weak_password_and_a_slip_are_said_beside_their_fields(client, token):
    weak = choose(client, token, "riverside2026", "riverside2026")
    slip = choose(client, token, NEW, NEW + "x")

    assert (weak.status_code, slip.status_code) == (422, 422)
    assert "would try first" in weak.text
    assert "type the new password twice" in slip.text


def test_a_changed_password_signs_every_other_browser_out(app, as_nadia, here, session):
    other = app.test_client()
    sign_in(other, here.nadia.email)

    answer = post(as_nadia, "/account/password", old_password=PASSWORD, password=NEW, again=NEW)

    assert answer.location == "/account"
    assert as_nadia.get("/").status_code == 200
    assert other.get("/").status_code == 302
    assert sign_in(app.test_client(), here.nadia.email).status_code == 422
    assert sign_in(app.test_client(), here.nadia.email, NEW).status_code == 302


def test_the_old_password_is_asked_for_and_guessing_it_is_slowed(as_nadia, here, session):
    typed = {"old_password": "a guess", "password": NEW, "again": NEW}
    answers = [post(as_nadia, "/account/password", **typed).status_code for _ in range(6)]

    assert answers == [422] * 5 + [429]


def test_a_viewer_may_change_their_own_password(as_vera, here):
    answer = post(as_vera, "/account/password", old_password=PASSWORD, password=NEW, again=NEW)

    assert answer.status_code == 302


def test_who_has_left_is_not_invited(session, here):
    here.ito.left_at = NOW
    with pytest.raises(Exception, match="has left"):
        invitations.invite(session, staff_by_email(session, here.ito.email), reason="", now=NOW)
