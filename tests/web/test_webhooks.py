"""Webhooks as an administrator adds, watches, renews and revokes them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.web.conftest import NOW, let_in, post
from tracker.models import Membership, Proposal, Role, TrailEntry, Webhook, WebhookEvent
from tracker.services import proposals

ADDRESS = "https://hooks.example.org/pumps?key=TheirSecretKey"
TYPED = {"name": "board", "address": ADDRESS, "reason": "the ward looks at it"}


@pytest.fixture
def as_leader(client, here, session):
    session.execute(
        sa.update(Membership)
        .where(Membership.staff_id == here.nadia.id)
        .values(role=Role.ADMINISTRATOR)
    )
    session.commit()
    return let_in(client, session, here.nadia)


def add(client, **typed):
    return post(client, "/clinic/webhooks", **{**TYPED, **typed})


def agreed(session):
    """Somebody else agrees to what waits."""
    waiting = session.scalars(sa.select(Proposal)).one()
    proposals.agree(session, waiting, by=None, note="by whoever keeps the server", now=NOW)
    session.commit()


def shown_secret(page):
    return page.partition("<code>")[2].partition("</code>")[0]


def the_webhook(session):
    found = session.scalars(sa.select(Webhook).execution_options(populate_existing=True)).one()
    session.commit()
    return found


def test_an_administrator_adds_one_sees_its_secret_once_and_revokes_it(as_leader, session):
    page = add(as_leader)

    assert page.status_code == 200
    secret = shown_secret(page.text)
    assert secret.startswith("whsec_")
    webhook = the_webhook(session)
    assert (webhook.host, webhook.address) == ("hooks.example.org", ADDRESS)
    path = f"/clinic/webhooks/{webhook.id}"
    for text in (as_leader.get("/clinic/webhooks").text, as_leader.get(path).text):
        assert "hooks.example.org" in text
        assert "TheirSecretKey" not in text
        assert secret not in text
    assert "waits for a second person" in as_leader.get(path).text
    assert "has not agreed" in post(as_leader, f"{path}/call").text
    assert session.scalars(sa.select(WebhookEvent)).all() == []
    agreed(session)
    assert "Waits to be told" in as_leader.get(path).text
    assert post(as_leader, f"{path}/call").status_code == 302

    renewed = post(as_leader, f"{path}/secret")
    assert shown_secret(renewed.text) not in ("", secret)
    assert post(as_leader, f"{path}/revoke").status_code == 302

    assert the_webhook(session).revoked_at == NOW
    assert "It is revoked" in post(as_leader, f"{path}/call").text
    stored = session.execute(sa.select(sa.type_coerce(Webhook.address, sa.Text))).scalar_one()
    assert stored.startswith("sealed:")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_done_is_in_the_trail_without_the_secret(as_leader, session):
    secret = shown_secret(add(as_leader).text)
    post(as_leader, f"/clinic/webhooks/{the_webhook(session).id}/revoke")

    entries = session.scalars(sa.select(TrailEntry).filter_by(what="webhook")).all()
    assert [one.act for one in entries] == ["added", "changed"]
    assert "hooks.example.org" in entries[0].after
    told = " ".join(f"{one.before} {one.after}" for one in entries)
    assert secret not in told
    assert "TheirSecretKey" not in told


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_to_send_data_out_needs_a_fresh_proof(as_leader, session, monkeypatch):
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: NOW + timedelta(minutes=6))

    assert add(as_leader).status_code == 401
    assert session.scalars(sa.select(Webhook)).all() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_wrong_address_is_refused_beside_its_field_and_stays_typed(as_leader, session):
    answer = add(as_leader, address="https://10.0.0.7/hook")

    assert answer.status_code == 422
    assert "lies inside" in answer.text
    assert 'value="https://10.0.0.7/hook"' in answer.text
    assert session.scalars(sa.select(WebhookEvent)).all() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_clinic_has_a_bounded_number_of_them(as_leader, session):
    for number in range(10):
        assert add(as_leader, name=f"program {number}").status_code == 200

    assert "revoke one first" in add(as_leader).text
