"""`flask bounces`: a report piped in by a mail server, or found in a mailbox."""

import json
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.cast import a_ward
from tests.imap_server import Folder, imap_server
from tests.smtp_sink import server_context
from tracker.domain.danger import WatchKind
from tracker.jobs.mailbox import PATIENCE, MailboxJob
from tracker.models import DeliveryReport, Watch

REPORTS = Path(__file__).parent / "interop" / "reports"
GONE, FULL = ((REPORTS / f"{name}_own_path.eml").read_bytes() for name in ("gone", "full"))


def kept(session):
    return session.scalars(sa.select(DeliveryReport).order_by(DeliveryReport.id)).all()


def test_a_report_is_piped_in(runner, session):
    done = runner.invoke(args=["bounces", "--json"], input=GONE)

    assert (done.exit_code, json.loads(done.output)) == (
        0,
        {"read": 1, "reports": 1, "known": 0, "twice": 0, "unknown": 1},
    )
    assert [one.code for one in kept(session)] == ["5.1.1"]


def test_a_report_is_read_from_a_file(runner, session):
    done = runner.invoke(args=["bounces", str(REPORTS / "full_by_id.eml")])

    assert done.output == "bounces: 1 read, 1 reports, 0 known, 0 twice, 1 unknown\n"


def test_what_is_no_report_is_let_go_and_never_answered(runner, session):
    done = runner.invoke(args=["bounces", "--json"], input=b"Subject: away\r\n\r\nI am away")

    assert done.exit_code == 0  # else the mail server would write a report on a report
    assert kept(session) == []


def test_a_report_that_can_not_be_kept_is_asked_for_again(runner, app, session):
    app.extensions["tracker"].engine.dispose()
    session.execute(sa.text("DROP TABLE delivery_report"))
    session.commit()

    done = runner.invoke(args=["bounces"], input=GONE)

    assert done.exit_code == 75
    assert "to be brought again" in done.stderr


def test_without_a_mailbox_the_command_says_so(runner):
    done = runner.invoke(args=["bounces", "--mailbox"])

    assert done.exit_code == 1
    assert "BOUNCE_IMAP_HOST" in done.stderr


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[str, str]:
    """A certificate of our own for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-keyout", str(key), "-out", str(cert), "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    return str(cert), str(key)


@pytest.fixture
def mailbox(app, certificate):
    """A mailbox with two reports and a letter in it."""
    mails = {"4": GONE, "7": b"Subject: hello\r\n\r\nAre you there?", "9": FULL}
    folder = Folder(mails)
    with imap_server(folder, server_context(*certificate), "bounces secret"):
        app.config |= {
            "BOUNCE_IMAP_HOST": "127.0.0.1",
            "BOUNCE_IMAP_PORT": folder.port,
            "BOUNCE_IMAP_USER": "bounces",
            "BOUNCE_IMAP_PASSWORD": "secret",
            "BOUNCE_IMAP_CERTIFICATES": certificate[0],
        }
        yield folder


def test_a_mailbox_is_read_and_only_reports_are_marked(runner, mailbox, session):
    first = runner.invoke(args=["bounces", "--mailbox", "--json"])
    second = runner.invoke(args=["bounces", "--mailbox", "--json"])

    assert json.loads(first.output) == {
        **{"read": 3, "reports": 2, "known": 0, "twice": 0, "unknown": 2},
    }
    assert json.loads(second.output)["read"] == 1
    assert mailbox.read == {"4", "9"}
    assert len(kept(session)) == 2


def test_a_mailbox_that_lets_nobody_in_is_said(runner, mailbox, app):
    app.config["BOUNCE_IMAP_PASSWORD"] = "wrong"

    done = runner.invoke(args=["bounces", "--mailbox"])

    assert done.exit_code == 1
    assert "The mailbox can't be read" in done.stderr


def faults(sessions):
    asked = sa.select(Watch).where(Watch.kind == WatchKind.SYSTEM, Watch.closed_at.is_(None))
    with sessions() as session:
        return [(one.clinic_id, one.explanation["sentence"]) for one in session.scalars(asked)]


def test_promise_alive_or_known_dead_the_scheduler_reads_the_mailbox_or_says_it_can_not(
    app, mailbox, session
):
    clinic_id = a_ward(session).clinic.id
    session.commit()
    sessions = app.extensions["tracker"].sessions
    job = MailboxJob(sessions, app.config)
    job()
    assert len(kept(session)) == 2
    assert mailbox.read == {"4", "9"}
    session.commit()

    app.config["BOUNCE_IMAP_PASSWORD"] = "wrong"
    for _ in range(PATIENCE - 1):
        job()
    assert faults(sessions) == []
    job()
    job()

    ((told, sentence),) = faults(sessions)
    assert told == clinic_id
    assert "can't be read" in sentence
    assert "secret" not in sentence

    app.config["BOUNCE_IMAP_PASSWORD"] = "secret"
    job()
    assert faults(sessions) == []


def test_the_newest_come_first_so_that_letters_left_unread_hide_no_report(
    app, mailbox, monkeypatch, session
):
    monkeypatch.setattr("tracker.notify.mailbox.MOST_AT_ONCE", 2)

    MailboxJob(app.extensions["tracker"].sessions, app.config)()

    assert mailbox.read == {"9"}  # 7 is a letter, and 4 is the turn of the next reading


def test_a_mailbox_with_a_certificate_of_nobody_is_not_read(runner, mailbox, app):
    app.config["BOUNCE_IMAP_CERTIFICATES"] = ""

    done = runner.invoke(args=["bounces", "--mailbox"])

    assert done.exit_code == 1
    assert not any(one.startswith("LOGIN") for one in mailbox.said)
