"""A real SMTP server for tests: keeps what it took, and misbehaves when told to."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default as modern
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Mail:
    """One e-mail as it came over the line."""

    to: str
    raw: bytes
    sender: str = ""  # of the envelope, to which failures are reported

    @property
    def message(self) -> Message:
        return message_from_bytes(self.raw, policy=modern)  # type: ignore[arg-type]

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class Sink:
    """What the server does: answers by address or for all, waits, or drops the line."""

    mails: list[Mail] = field(default_factory=list)
    rcpt_answers: dict[str, str] = field(default_factory=dict)  # by address; "*" is all others
    data_answer: str = ""
    slow_seconds: float = 0
    drops_after_data: int = 0  # so many times
    drops_only_to: str = ""  # addresses that end so
    takes_it_before_dropping: bool = True
    connections: int = 0
    port: int = 0

    async def handle_EHLO(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        answers: list[str],
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return answers

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        answer = self.rcpt_answers.get(address, self.rcpt_answers.get("*", ""))
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.slow_seconds:
            time.sleep(self.slow_seconds)  # the whole server is slow, as a struggling one is
        is_meant = all(one.endswith(self.drops_only_to) for one in envelope.rcpt_tos)
        drops = self.drops_after_data > 0 and is_meant
        if not self.data_answer and (not drops or self.takes_it_before_dropping):
            content = envelope.content
            assert isinstance(content, bytes)
            sender = envelope.mail_from or ""
            self.mails += [Mail(to, content, sender) for to in envelope.rcpt_tos]
        if drops:
            self.drops_after_data -= 1
            assert server.transport is not None
            server.transport.abort()
        return self.data_answer or "250 taken"

    @property
    def told(self) -> list[str]:
        return sorted(mail.to for mail in self.mails)


@contextmanager
def smtp_sink(sink: Sink | None = None, **options: Any) -> Iterator[Sink]:
    """A server on a free port; its sink has the port."""
    sink = sink or Sink()
    controller = Controller(
        sink, hostname="127.0.0.1", port=sink.port or free_port(), **options
    )
    controller.start()
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def only(user: str, password: str) -> dict[str, Any]:
    """The options of a server that wants this login, over TLS."""

    def check(
        server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        is_right = data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=is_right, handled=False)

    return {"authenticator": check, "auth_required": True}


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
