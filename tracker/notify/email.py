"""E-mail over SMTP, step by step, so that it is known how far a broken hand-over came.

Before the text has left, a dropped line is a plain failure. After it has left and before the
answer, nobody can know: that is reported as unclear and never tried again in silence.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass

from tracker.domain.outgoing import DeliveryFailed, Outgoing, Refusal
from tracker.notify.mime import address_in, as_text
from tracker.outward import trust

# One word of ASCII before and after the sign: nothing that could be read as a command.
PLAIN_ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+")
LONGEST_TIMEOUT = 60  # seconds; the lease of a claim is reckoned from it
# 5.2.x: the mailbox is full or disabled for now. 5.7.x: our server may not send there. Neither
# says that the address is wrong, and both can be put right without a new one.
MENDABLE = re.compile(r"\b5\.(2|7)\.\d+")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mail is handed over; `security` is none, plain, starttls or tls."""

    host: str
    port: int
    sender: str
    security: str = "none"
    user: str = ""
    password: str = ""
    timeout: float = 20
    bounces: str = ""  # the return path; each message gets its own, name+reference@domain
    certificates: str = ""  # a file of authorities to trust besides the system's


class EmailChannel:
    """Hands e-mails to one mail server over a connection kept open between messages."""

    def __init__(self, server: MailServer) -> None:
        if not 0 < server.timeout <= LONGEST_TIMEOUT:
            raise ValueError(f"the timeout must be above 0 and at most {LONGEST_TIMEOUT} s")
        self._server = server
        self._client: smtplib.SMTP | None = None

    def send(self, outgoing: Outgoing) -> str:
        """The mail server's answer. Raises DeliveryFailed."""
        if not PLAIN_ADDRESS.fullmatch(outgoing.to_address):
            raise DeliveryFailed(
                "this is not an address that can be written to",
                refusal=Refusal.BAD_ADDRESS,
            )
        text = as_text(outgoing, self._server.sender)
        try:
            return self._hand_over(self._begin(outgoing), outgoing, text)
        except DeliveryFailed as failed:
            if failed.refusal in (Refusal.CHANNEL_DOWN, Refusal.UNCLEAR):
                self.close()
            else:
                self._reset()
            raise

    def greet(self) -> None:
        """Connect, protect the line and log in, and nothing more. Raises DeliveryFailed."""
        self._ready()

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _ready(self) -> smtplib.SMTP:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _begin(self, outgoing: Outgoing) -> smtplib.SMTP:
        """A connection that has taken the sender's name: the one kept if it lives, or a new.

        A server hangs up on who was silent for long, or sent much. Nothing has left yet, so
        a second try costs nobody anything.
        """
        if self._client is not None:
            try:
                return self._name_sender(self._client, outgoing)
            except (OSError, smtplib.SMTPException, DeliveryFailed):
                self.close()
        try:
            return self._name_sender(self._ready(), outgoing)
        except (OSError, smtplib.SMTPException) as problem:
            raise _broke_off(problem) from problem

    def _name_sender(self, client: smtplib.SMTP, outgoing: Outgoing) -> smtplib.SMTP:
        self._ask(client.mail(return_path(outgoing.name, self._server)), Refusal.FOR_NOW)
        return client

    def _connect(self) -> smtplib.SMTP:
        try:
            return self._open()
        except smtplib.SMTPResponseException as refused:
            raise _refused(
                Refusal.CHANNEL_DOWN, refused.smtp_code, refused.smtp_error
            ) from refused
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            raise DeliveryFailed(
                f"the mail server can't be reached: {problem}", refusal=Refusal.CHANNEL_DOWN
            ) from problem

    def _open(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout, context=self._context()
            )
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            client.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                client.starttls(context=self._context())
            if server.user:
                client.login(server.user, server.password)
        except BaseException:
            client.close()
            raise
        return client

    def _context(self) -> ssl.SSLContext:
        return trust.context(self._server.certificates)

    def _hand_over(self, client: smtplib.SMTP, outgoing: Outgoing, text: bytes) -> str:
        try:
            self._ask(client.rcpt(outgoing.to_address), Refusal.BAD_ADDRESS)
            code, answer = client.docmd("DATA")
        except (OSError, smtplib.SMTPException) as problem:
            raise _broke_off(problem) from problem
        if code != 354:
            raise _refused(_kind(code, answer, Refusal.FOR_GOOD), code, answer)
        try:
            client.send(text)
            code, answer = client.getreply()
        except (OSError, smtplib.SMTPException) as problem:
            raise DeliveryFailed(
                f"the line dropped after the text had left: {problem}", refusal=Refusal.UNCLEAR
            ) from problem
        if not 200 <= code < 600 or 300 <= code < 400:
            # No answer that means anything, and the text has left: nobody can know.
            raise _refused(Refusal.UNCLEAR, code, answer)
        if code >= 400:
            raise _refused(_kind(code, answer, Refusal.FOR_GOOD), code, answer)
        return f"{code} {_plain(answer)}"

    def _ask(self, reply: tuple[int, bytes], for_good: Refusal) -> None:
        code, answer = reply
        if code == 421:
            raise _refused(Refusal.CHANNEL_DOWN, code, answer)
        if not 200 <= code < 300:
            raise _refused(_kind(code, answer, for_good), code, answer)

    def _reset(self) -> None:
        try:
            if self._client is not None:
                self._client.rset()
        except (OSError, smtplib.SMTPException):
            self.close()


def return_path(reference: str, server: MailServer) -> str:
    """Where a failure is reported to: an address of this message alone, if one is set up."""
    name, at, domain = server.bounces.partition("@")
    return f"{name}+{reference}@{domain}" if at else address_in(server.sender)


def _kind(code: int, answer: bytes, for_good: Refusal) -> Refusal:
    if code < 500 or MENDABLE.search(_plain(answer)):
        return Refusal.FOR_NOW
    return for_good


def _broke_off(problem: Exception) -> DeliveryFailed:
    text = f"the mail server broke off: {problem}"
    return DeliveryFailed(text, refusal=Refusal.CHANNEL_DOWN)


def _refused(refusal: Refusal, code: int, answer: bytes | str) -> DeliveryFailed:
    said = _plain(answer)
    return DeliveryFailed(
        f"the mail server answered {code} {said}", refusal=refusal, provider_code=str(code)
    )


def _plain(answer: bytes | str) -> str:
    text = answer if isinstance(answer, str) else answer.decode("utf-8", "replace")
    return " ".join(text.split())[:200]
