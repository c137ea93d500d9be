"""E-mail over a real SMTP server, well and badly behaved."""

import io
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.smtp_sink import Sink, free_port, only, server_context, smtp_sink
from tracker.domain.message import reference_of
from tracker.domain.outgoing import DeliveryFailed, Outgoing, Refusal, Words
from tracker.notify.console import ConsoleChannel
from tracker.notify.email import EmailChannel, MailServer
from tracker.notify.mime import as_text, message_id

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
opened: list[EmailChannel] = []
SENDER = "Hill Clinic <pumps@hill.example>"


def a_mail(to: str = "nadia@hill.example", key: str = "1:2:3:s4:email") -> Outgoing:
    words = Words("Zoë: 9 days left", "Grüße\n.a line with a dot\n", "<p>Grüße</p>\n", "")
    return Outgoing(key, to, words, NOW)


def channel(sink: Sink, **options: Any) -> EmailChannel:
    facts = {"host": "127.0.0.1", "port": sink.port, "sender": SENDER, "timeout": 2.0}
    opened.append(EmailChannel(MailServer(**facts | options)))
    return opened[-1]


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while opened:
        opened.pop().close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate of our own for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-keyout", str(key), "-out", str(cert), "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    return str(cert), str(key)


def test_a_mail_arrives_whole() -> None:
    with smtp_sink() as sink:
        receipt = channel(sink).send(a_mail())

    (mail,) = sink.mails
    message: Any = mail.message
    text, html = message.iter_parts()
    assert receipt == "250 taken"
    assert mail.to == "nadia@hill.example"
    assert message["Subject"] == "Zoë: 9 days left"
    assert message["From"] == SENDER
    assert message["Auto-Submitted"] == "auto-generated"
    assert text.get_content().replace("\r\n", "\n") == "Grüße\n.a line with a dot\n"
    assert html.get_content().replace("\r\n", "\n") == "<p>Grüße</p>\n"


def test_the_same_message_always_has_the_same_id() -> None:
    one, other = a_mail(key="a:1"), a_mail(key="a:2")
    assert message_id(one.name, SENDER) == message_id(a_mail(key="a:1").name, SENDER)
    assert message_id(one.name, SENDER) != message_id(other.name, SENDER)
    assert message_id(one.name, SENDER).endswith("@hill.example>")
    assert as_text(a_mail(), SENDER).count(b"Message-ID:") == 1


def test_one_connection_serves_many_messages() -> None:
    with smtp_sink() as sink:
        email = channel(sink)
        for number in range(5):
            email.send(a_mail(key=str(number)))
        email.close()

    assert len(sink.mails) == 5
    assert sink.connections == 1


def test_a_connection_that_died_meanwhile_is_opened_anew() -> None:
    with smtp_sink() as sink:
        email = channel(sink)
        email.send(a_mail(key="1"))
    with smtp_sink(Sink(port=sink.port)) as again:
        email.send(a_mail(key="2"))
        email.close()

    assert len(again.mails) == 1


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        pytest.param("451 4.3.0 come again", Refusal.FOR_NOW, id="come again"),
        pytest.param("450 4.2.0 greylisted", Refusal.FOR_NOW, id="greylisted"),
        pytest.param("421 4.3.2 closing", Refusal.CHANNEL_DOWN, id="closing down"),
        pytest.param("550 5.1.1 no such user", Refusal.BAD_ADDRESS, id="no such user"),
        pytest.param("552 5.2.2 mailbox full", Refusal.FOR_NOW, id="mailbox full"),
        pytest.param("550 5.7.1 relaying denied", Refusal.FOR_NOW, id="ours to mend"),
    ],
)
def test_what_the_server_says_to_an_address(answer: str, refusal: Refusal) -> None:
    sink = Sink(rcpt_answers={"*": answer})
    with smtp_sink(sink), pytest.raises(DeliveryFailed) as said:
        channel(sink).send(a_mail())

    assert said.value.refusal is refusal
    assert said.value.provider_code == answer[:3]
    assert answer.split(maxsplit=1)[1] in said.value.message


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        pytest.param("451 4.3.0 come again", Refusal.FOR_NOW, id="come again"),
        pytest.param("554 5.6.0 not this text", Refusal.FOR_GOOD, id="the text is refused"),
    ],
)
def test_what_the_server_says_to_the_text(answer: str, refusal: Refusal) -> None:
    sink = Sink(data_answer=answer)
    with smtp_sink(sink), pytest.raises(DeliveryFailed) as said:
        channel(sink).send(a_mail())

    assert said.value.refusal is refusal


def test_one_refused_address_does_not_spoil_the_next() -> None:
    with smtp_sink(Sink(rcpt_answers={"gone@hill.example": "550 5.1.1 no"})) as sink:
        email = channel(sink)
        with pytest.raises(DeliveryFailed):
            email.send(a_mail("gone@hill.example", "1"))
        email.send(a_mail("nadia@hill.example", "2"))
        email.close()

    assert sink.told == ["nadia@hill.example"]
    assert sink.connections == 1


@pytest.mark.parametrize("taken", [True, False])
def test_a_line_dropped_after_the_text_is_unclear(taken: bool) -> None:
    sink = Sink(drops_after_data=1, takes_it_before_dropping=taken)
    with smtp_sink(sink), pytest.raises(DeliveryFailed) as said:
        channel(sink).send(a_mail())

    assert said.value.refusal is Refusal.UNCLEAR


def test_no_answer_in_time_after_the_text_is_unclear() -> None:
    sink = Sink(slow_seconds=1)
    with smtp_sink(sink), pytest.raises(DeliveryFailed) as said:
        channel(sink, timeout=0.3).send(a_mail())

    assert said.value.refusal is Refusal.UNCLEAR


def test_no_server_at_all_is_the_channel_being_down() -> None:
    with pytest.raises(DeliveryFailed) as said:
        channel(Sink(port=free_port())).send(a_mail())

    assert said.value.refusal is Refusal.CHANNEL_DOWN


def test_a_server_that_never_greets_is_the_channel_being_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(DeliveryFailed) as said:
        channel(Sink(port=mute.getsockname()[1]), timeout=0.3).send(a_mail())

    assert said.value.refusal is Refusal.CHANNEL_DOWN


def test_starttls_and_login(certificate: tuple[str, str]) -> None:
    options = only("clinic", "secret") | {
        "tls_context": server_context(*certificate),
        "require_starttls": True,
    }
    login = {"security": "starttls", "user": "clinic", "password": "secret"}
    with smtp_sink(**options) as sink:
        email = channel(sink, certificates=certificate[0], **login)
        email.send(a_mail())
        email.close()

    assert sink.told == ["nadia@hill.example"]


def test_tls_from_the_first_byte(certificate: tuple[str, str]) -> None:
    with smtp_sink(ssl_context=server_context(*certificate)) as sink:
        email = channel(sink, security="tls", certificates=certificate[0])
        email.send(a_mail())
        email.close()

    assert sink.told == ["nadia@hill.example"]


def test_a_certificate_nobody_vouches_for_is_refused(certificate: tuple[str, str]) -> None:
    sink = Sink()
    with (
        smtp_sink(sink, tls_context=server_context(*certificate)),
        pytest.raises(DeliveryFailed) as said,
    ):
        channel(sink, security="starttls").send(a_mail())

    assert said.value.refusal is Refusal.CHANNEL_DOWN
    assert isinstance(said.value.__cause__, ssl.SSLCertVerificationError)
    assert sink.mails == []


def test_a_wrong_password_is_ours_to_mend_and_blames_no_address(
    certificate: tuple[str, str],
) -> None:
    sink = Sink()
    options = only("clinic", "secret") | {"tls_context": server_context(*certificate)}
    login = {"security": "starttls", "user": "clinic", "password": "wrong"}
    with smtp_sink(sink, **options), pytest.raises(DeliveryFailed) as said:
        channel(sink, certificates=certificate[0], **login).send(a_mail())

    assert (said.value.refusal, said.value.provider_code) == (Refusal.CHANNEL_DOWN, "535")
    assert "wrong" not in said.value.message


@pytest.mark.parametrize("address", ["zoë@hill.example", "a@b\r\nRCPT TO:<c@d>", "nobody"])
def test_what_is_not_a_plain_address_is_not_used(address: str) -> None:
    sink = Sink()
    with smtp_sink(sink), pytest.raises(DeliveryFailed) as said:
        channel(sink).send(a_mail(address))

    assert said.value.refusal is Refusal.BAD_ADDRESS
    assert sink.mails == []


def test_a_timeout_longer_than_the_lease_allows_is_refused() -> None:
    with pytest.raises(ValueError, match="timeout"):
        channel(Sink(), timeout=61.0)


def test_the_console_prints_and_sends_nothing() -> None:
    out = io.StringIO()

    assert ConsoleChannel(out).send(a_mail()) == "printed, not sent"

    assert "nadia@hill.example" in out.getvalue()
    assert "Zoë: 9 days left" in out.getvalue()


def test_each_message_has_a_return_path_of_its_own_where_one_is_set_up() -> None:
    with smtp_sink() as sink:
        channel(sink, bounces="bounces@hill.example").send(a_mail(key="1"))
        channel(sink).send(a_mail(key="1"))

    own, plain = (mail.sender for mail in sink.mails)
    assert own == f"bounces+{reference_of('1')}@hill.example"
    assert plain == "pumps@hill.example"


@pytest.mark.parametrize(
    ("link", "headers"),
    [
        pytest.param("", (None, None), id="to staff"),
        pytest.param(
            "https://pumps.example/unsubscribe/7.ab",
            ("<https://pumps.example/unsubscribe/7.ab>", "List-Unsubscribe=One-Click"),
            id="one click",
        ),
        pytest.param(
            "http://pumps.local/unsubscribe/7.ab",
            ("<http://pumps.local/unsubscribe/7.ab>", None),
            id="without TLS no one-click",
        ),
    ],
)
def test_a_patients_e_mail_says_how_to_end_them(
    link: str, headers: tuple[str | None, str | None]
) -> None:
    words = replace(a_mail().words, unsubscribe=link)
    with smtp_sink() as sink:
        channel(sink).send(replace(a_mail(), words=words))

    (mail,) = sink.mails
    assert mail.message["List-Unsubscribe"] == headers[0]
    assert mail.message["List-Unsubscribe-Post"] == headers[1]
