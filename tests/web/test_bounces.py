"""The address to which a mail server posts the reports on our e-mails."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.builders import a_message
from tests.web.conftest import NOW, rows
from tracker.domain.message import reference_of
from tracker.models import DeliveryReport, Message, Watch

TOKEN = "a-long-token-of-the-clinic"
PATH = f"/callbacks/bounce/{TOKEN}"
GONE = (Path(__file__).parents[1] / "interop" / "reports" / "gone_by_id.eml").read_bytes()


@pytest.fixture
def sent(here, session):
    watch = session.scalars(sa.select(Watch)).first()
    facts = {"staff_id": here.nadia.id, "address": here.nadia.email, "sent_at": NOW}
    message = a_message(session, watch, state="sent", **facts)
    message.reference = reference_of("gone:False")
    session.commit()
    return message


@pytest.fixture
def open_to_reports(app):
    app.config["BOUNCE_TOKEN"] = TOKEN


def test_a_posted_report_is_taken_in_without_login_or_token_of_a_form(
    client, sent, open_to_reports, session
):
    answer = client.post(PATH, data=GONE, content_type="message/rfc822")

    assert answer.json == {"reports": 1, "known": 1, "twice": 0, "unknown": 0}
    (message,) = rows(session, sa.select(Message).where(Message.id == sent.id))
    assert message.state == "failed"
    assert "5.1.1" in message.state_reason
    assert client.post(PATH, data=GONE).json["twice"] == 1
    assert len(rows(session, sa.select(DeliveryReport))) == 1


def test_it_is_shown_on_the_messages_page(as_nadia, sent, open_to_reports):
    as_nadia.post(PATH, data=GONE)

    page = as_nadia.get(f"/outbox/{sent.id}").text
    assert "Reported later" in page
    assert "bounced 5.1.1" in page


def test_without_the_token_nothing_is_taken_in(client, app, sent, session):
    assert client.post("/callbacks/bounce/", data=GONE).status_code == 404
    assert client.post(PATH, data=GONE).status_code == 403  # none is set up

    app.config["BOUNCE_TOKEN"] = TOKEN

    assert client.post("/callbacks/bounce/another", data=GONE).status_code == 403
    assert rows(session, sa.select(DeliveryReport)) == []


def test_what_is_no_report_or_too_much_does_no_harm(client, open_to_reports, session):
    assert client.post(PATH, data=b"Subject: hello\r\n\r\nhello").json["reports"] == 0
    assert client.post(PATH, data=b"x" * 2_000_000).status_code == 413
    assert client.get(PATH).status_code == 405
