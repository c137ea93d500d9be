"""`flask staff-bind`, and what `flask check` says of the hospital's sign-in."""

import json

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.openid.provider import CLIENT, provider
from tracker.models import StaffSubject
from tracker.openid.provider import Client, Provider

ISSUER = "https://sso.example"


@pytest.fixture
def ada(session, app):
    app.config["OIDC_ISSUER"] = ISSUER
    found = a_staff_member(session, "Ada")
    session.commit()
    return found


def bound(session):
    found = session.execute(sa.select(StaffSubject.staff_id, StaffSubject.subject)).all()
    session.commit()
    return [tuple(one) for one in found]


def test_somebody_is_bound_by_hand_once_and_let_go(runner, session, ada):
    first = runner.invoke(args=["staff-bind", ada.email, "--subject", "s1"])
    second = runner.invoke(args=["staff-bind", ada.email, "--subject", "s2"])

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "belongs to another sign-in" in second.stderr
    assert bound(session) == [(ada.id, "s1")]
    gone = runner.invoke(args=["staff-bind", ada.email, "--release"])
    assert (gone.exit_code, bound(session)) == (0, [])
    assert "1 forgotten" in gone.stdout


@pytest.mark.parametrize("words", [[], ["--subject", "s1", "--release"]])
def test_it_wants_to_know_which(runner, ada, words):
    assert runner.invoke(args=["staff-bind", ada.email, *words]).exit_code == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_check_says_whether_the_hospitals_sign_in_answers(app, runner, now):
    def problems():
        return json.loads(runner.invoke(args=["check", "--json"]).stdout)["problems"]

    with provider(int(now.timestamp())) as house:
        client = Client(house.issuer, CLIENT, "https://pumps.example/back")
        app.extensions["openid"] = Provider(client)
        assert not any("hospital" in one for one in problems())

    app.extensions["openid"] = Provider(client)  # it is gone now
    assert any("The hospital's sign-in can't be used" in one for one in problems())
