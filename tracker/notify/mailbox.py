"""A mailbox that is read over IMAP with TLS: what is new there, and that it has been read."""

import imaplib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tracker.domain.errors import TrackerError
from tracker.outward import trust

MOST_AT_ONCE = 200  # ours: what one run looks at, so that a flooded mailbox can't hold it up
LARGEST = 1024 * 1024  # bytes; a report is a few thousand
TIMEOUT = 30  # seconds


class MailboxClosed(TrackerError):
    """The mailbox can't be read just now."""

    code = "mailbox_closed"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where the reports arrive; `certificates` are authorities besides the system's."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    certificates: str = ""


class OpenMailbox:
    """A connection to a mailbox. Each e-mail stays unread until it is marked."""

    def __init__(self, mailbox: Mailbox) -> None:
        try:
            context = trust.context(mailbox.certificates)
            self._imap = imaplib.IMAP4_SSL(
                mailbox.host, mailbox.port, ssl_context=context, timeout=TIMEOUT
            )
        except (OSError, imaplib.IMAP4.error) as problem:
            raise MailboxClosed(f"The mailbox can't be reached: {problem}") from problem
        try:
            self._imap.login(mailbox.user, mailbox.password)
            self._check(*self._imap.select(f'"{mailbox.folder}"'))
        except (OSError, imaplib.IMAP4.error) as problem:
            self._imap.shutdown()
            raise MailboxClosed(f"The mailbox can't be read: {problem}") from problem

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """The number and the text of each unread e-mail that is not too large, newest first.

        What is no report stays unread, and must not hide the reports that come after it.
        """
        try:
            (found,) = self._check(*self._imap.uid("SEARCH", "UNSEEN"))
            for uid in (found or b"").decode("ascii").split()[: -MOST_AT_ONCE - 1 : -1]:
                wanted = f"(BODY.PEEK[]<0.{LARGEST}>)"
                answer = self._check(*self._imap.uid("FETCH", uid, wanted))
                yield from ((uid, one[1]) for one in answer if isinstance(one, tuple))
        except (OSError, imaplib.IMAP4.error) as problem:
            raise MailboxClosed(f"The mailbox can't be read: {problem}") from problem

    def mark_read(self, uid: str) -> None:
        try:
            self._check(*self._imap.uid("STORE", uid, "+FLAGS", r"(\Seen)"))
        except (OSError, imaplib.IMAP4.error) as problem:
            raise MailboxClosed(f"The mailbox can't be written: {problem}") from problem

    def close(self) -> None:
        with suppress(OSError, imaplib.IMAP4.error):
            self._imap.logout()

    def _check(self, kind: str, answer: list[Any]) -> list[Any]:
        if kind != "OK":
            raise imaplib.IMAP4.error(f"{kind} {answer!r}"[:200])
        return answer
