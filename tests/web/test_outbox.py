"""The outbox: messages with what became of them."""

import sqlalchemy as sa

from tests.builders import a_message
from tests.web.conftest import NOW, sign_in
from tracker.models import Watch
from tracker.web.outbox import PAGE


def test_a_message_is_shown_with_state_reason_and_text(as_nadia, here, session, app):
    watch = session.scalars(sa.select(Watch)).first()
    facts = {
        "state": "failed",
        "state_reason": "550 no such mailbox",
        "subject": "Please book",
        "body": "Dear <Nadia>",
        "sent_at": NOW,
        "address": "nadia@example.org",
    }
    message = a_message(session, watch, **facts)
    session.commit()

    line = as_nadia.get("/outbox").text
    for words in ("Failed", "550 no such mailbox", "Please book", "nadia@example.org"):
        assert words in line
    page = as_nadia.get(f"/outbox/{message.id}").text
    assert "Dear &lt;Nadia&gt;" in page

    other = app.test_client()
    sign_in(other, here.sam.email)
    assert other.get(f"/outbox/{message.id}").status_code == 404


def test_the_pages_follow_each_other_by_number(as_nadia, here, session):
    watch = session.scalars(sa.select(Watch)).first()
    ids = [a_message(session, watch).id for _ in range(PAGE + 1)]
    session.commit()

    first = as_nadia.get("/outbox").text
    assert f"/outbox?before={ids[1]}" in first
    second = as_nadia.get(f"/outbox?before={ids[1]}").text
    assert f'href="/outbox/{ids[0]}"' in second
    assert f'href="/outbox/{ids[1]}"' not in second
    assert as_nadia.get("/outbox?before=x&state=nothing").status_code == 200


def test_a_state_narrows_the_list(as_nadia, here, session):
    watch = session.scalars(sa.select(Watch)).first()
    a_message(session, watch, state="unknown", subject="Unclear one")
    session.commit()

    assert "Unclear one" in as_nadia.get("/outbox?state=unknown").text
    assert "Unclear one" not in as_nadia.get("/outbox?state=sent").text


def test_what_was_only_printed_is_never_called_sent(as_nadia, here, session):
    watch = session.scalars(
        sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill")
    ).one()
    facts = {"state": "sent", "sent_at": NOW, "staff_id": here.nadia.id}
    message = a_message(session, watch, **facts, provider_id="printed, not sent")
    session.commit()

    for path in ("/outbox", f"/outbox/{message.id}", f"/pumps/{here.pump.id}"):
        page = as_nadia.get(path).text
        assert "Printed, not sent" in page, path
        assert 'class="state sent"' not in page, path
    assert "e-mail, printed, not sent" in as_nadia.get("/?kind=" + watch.kind.value).text


def test_a_system_that_reaches_nobody_says_so_until_it_is_set_up(as_nadia, app):
    for path in ("/", "/outbox"):
        assert "No e-mail leaves this system." in as_nadia.get(path).text

    app.config["CHANNEL_EMAIL"] = "smtp"

    for path in ("/", "/outbox"):
        assert "No e-mail leaves this system." not in as_nadia.get(path).text
