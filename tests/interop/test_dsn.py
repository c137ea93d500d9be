"""Reports of mail servers: real ones of Postfix, and what is none."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.mail_server import CAN_RUN, postfix
from tests.smtp_sink import Sink, smtp_sink
from tracker.domain.bounce import Bounce
from tracker.domain.message import reference_of
from tracker.domain.outgoing import Outgoing, Words
from tracker.interop.dsn import bounces_in
from tracker.notify.email import EmailChannel, MailServer

REPORTS = Path(__file__).parent / "reports"
REFERENCE = "a1" * 20
NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def a_report(
    *,
    action: str = "delayed",
    status: str = "4.2.0",
    to: str = "pumps@clinic.example",
    inside: str = f"Message-ID: <{REFERENCE}@clinic.example>",
) -> bytes:
    return f"""From: MAILER-DAEMON@mx.example
To: {to}
Subject: Delivery report
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ada@home.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 450 4.2.0
 come again

--b
Content-Type: text/rfc822-headers

{inside}
Subject: A time for the next visit

--b--
""".replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("name", "key", "status", "said"),
    [
        ("gone_own_path", "gone:True", "5.1.1", "550 5.1.1"),
        ("gone_by_id", "gone:False", "5.1.1", "550 5.1.1"),
        ("full_own_path", "full:True", "5.2.2", "552 5.2.2 mailbox full"),
        ("full_by_id", "full:False", "5.2.2", "552 5.2.2 mailbox full"),
    ],
)
def test_a_report_of_postfix_is_read(name: str, key: str, status: str, said: str) -> None:
    (bounce,) = bounces_in((REPORTS / f"{name}.eml").read_bytes())

    assert bounce.reference == reference_of(key)
    assert (bounce.action, bounce.status) == ("failed", status)
    assert said in bounce.diagnostic


def test_a_delay_is_read_with_its_words_in_one_line() -> None:
    assert bounces_in(a_report()) == [
        Bounce(REFERENCE, "delayed", "4.2.0", "450 4.2.0 come again")
    ]


def test_a_report_names_its_message_by_the_return_path_first() -> None:
    own = "b2" * 20

    (bounce,) = bounces_in(a_report(to=f"<bounces+{own}@clinic.example>"))

    assert bounce.reference == own


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param("Message-ID: <someone@else.example>", id="another's"),
        pytest.param("X-Nothing: here", id="no id at all"),
        pytest.param("Message-ID: =?utf-8?b?////?=", id="an id that can't be read"),
    ],
)
def test_a_report_on_an_e_mail_that_is_not_ours_names_none(inside: str) -> None:
    (bounce,) = bounces_in(a_report(inside=inside))

    assert bounce.reference == ""


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\x00\xfe", id="no text"),
        pytest.param(b"Subject: Out of office\r\n\r\nI am away.", id="an answer by a machine"),
        pytest.param(a_report(action="eaten"), id="an action that there isn't"),
        pytest.param(
            b"Content-Type: message/delivery-status\r\n\r\n", id="a report that says nothing"
        ),
        pytest.param(b"Content-Type: multipart/report\r\n\r\nno parts", id="no parts"),
    ],
)
def test_what_is_no_report_gives_none(raw: bytes) -> None:
    assert bounces_in(raw) == []


def test_a_report_on_a_hundred_recipients_is_read_in_part() -> None:
    block = b"\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\n"
    raw = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: x\r\n" + block * 100

    assert len(bounces_in(raw)) <= 20


@pytest.mark.timeout(60)
def test_a_report_behind_a_bomb_costs_no_more_than_a_moment() -> None:
    """Anybody can write to the address that reports come to: what is in the way is not read."""
    mixed = 'Content-Type: multipart/mixed; boundary="b{0}"\r\n\r\n--b{0}\r\n'
    bombs = {
        "parts within parts": "".join(mixed.format(n) for n in range(15_000)).encode(),
        "e-mails within e-mails": b"Content-Type: message/rfc822\r\n\r\n" * 30_000,
        "parts": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + b"--b\r\n\r\n" * 90_000,
        "recipients": a_report() + b"Action: failed\r\n\r\n" * 60_000,
        "words in a header": a_report(to="=?utf-8?q?a?= " * 70_000),
    }
    for name, raw in bombs.items():
        began = time.process_time()

        assert len(bounces_in(raw)) <= 21, name
        assert time.process_time() - began < 5, name  # ours: read whole, the last took 13 s


def test_a_report_after_many_parts_is_still_read() -> None:
    before = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 20

    found = bounces_in(a_report().replace(b"--b\n", before + b"--b\n", 1))

    assert [one.reference for one in found] == [REFERENCE]


def test_a_real_postfix_brings_the_report_to_the_address_of_the_message() -> None:
    assert CAN_RUN, "Postfix starts as root only: run the tests as root, or `make test` once"
    far = Sink(rcpt_answers={"*": "550 5.1.1 no such user"})
    words = Words("Hello", "Hello\n", "<p>Hello</p>\n", "")
    with (
        smtp_sink(far),
        smtp_sink() as near,
        postfix(far=far.port, near=near.port) as port,
    ):
        sender = "Hill Clinic <pumps@clinic.example>"
        server = MailServer("127.0.0.1", port, sender, bounces="bounces@clinic.example")
        channel = EmailChannel(server)
        sent = Outgoing("7:1:1:contact-3:email", "ada@remote.test", words, NOW)
        channel.send(sent)
        for _ in range(200):
            if near.mails:
                break
            time.sleep(0.05)
        channel.close()

    (mail,) = near.mails
    (bounce,) = bounces_in(mail.raw)
    assert mail.to == f"bounces+{reference_of(sent.key)}@clinic.example"
    assert (bounce.reference, bounce.status) == (reference_of(sent.key), "5.1.1")
