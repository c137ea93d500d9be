"""The mailbox in which reports on our e-mails arrive: read by command, or by the scheduler.

A mail server's word that an address is dead is worth little in a mailbox that nobody opens.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tracker.clock import utc_now
from tracker.domain.errors import TrackerError
from tracker.interop.dsn import bounces_in
from tracker.jobs.sessions import Sessions
from tracker.notify.mailbox import Mailbox, OpenMailbox
from tracker.services import bounces

log = logging.getLogger("tracker.mailbox")

EVERY = timedelta(minutes=5)  # ours: soon enough for a dead address, and easy on the server
# Ours: so often in a row it must fail before people are told. One reading that fails is a mail
# server that starts anew; a quarter of an hour is a password that was changed.
PATIENCE = 3


def read_mailbox(
    sessions: Sessions,
    settings: Mapping[str, Any],
    *,
    goes_on: Callable[[], bool] = lambda: True,
    now: datetime,
) -> Counter[str]:
    """Take in what is new: a report is marked as read once it is kept, all else stays unread.

    Raises MailboxClosed, and TrackerError where no mailbox is set.
    """
    if not settings["BOUNCE_IMAP_HOST"]:
        raise TrackerError("BOUNCE_IMAP_HOST is not set: there is no mailbox to read.")
    names = ("HOST", "PORT", "USER", "PASSWORD", "FOLDER", "CERTIFICATES")
    facts = {name.lower(): settings[f"BOUNCE_IMAP_{name}"] for name in names}
    facts["certificates"] = facts["certificates"] or settings["TLS_CERTIFICATES"]
    box = OpenMailbox(Mailbox(**facts))
    counts: Counter[str] = Counter()
    try:
        for uid, raw in box.unread():
            if not goes_on():
                break
            found = take_in(sessions, raw, now)
            counts += Counter(read=1) + found
            if found["reports"]:
                box.mark_read(uid)
    finally:
        box.close()
    return counts


def take_in(sessions: Sessions, raw: bytes, now: datetime) -> Counter[str]:
    """Keep the reports of one e-mail, all or none; how many there were of which kind."""
    found = bounces_in(raw)
    with sessions.begin() as session:
        heard = [bounces.receive(session, one, now=now) for one in found]
    return Counter(reports=len(found)) + Counter(one.value for one in heard)


class MailboxJob:
    """What the scheduler calls every few minutes. Raises nothing: the next time tries again."""

    def __init__(
        self,
        sessions: Sessions,
        settings: Mapping[str, Any],
        *,
        goes_on: Callable[[], bool] = lambda: True,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._sessions, self._settings = sessions, settings
        self._goes_on, self._clock = goes_on, clock
        self._failures = 0

    def __call__(self) -> None:
        try:
            counts = read_mailbox(
                self._sessions, self._settings, goes_on=self._goes_on, now=self._clock()
            )
        except Exception as problem:
            self._failures += 1
            log.exception("The mailbox of bounces was not read; the next time tries again.")
            if self._failures >= PATIENCE:
                self._report(problem)
        else:
            self._failures = 0
            log.info("mailbox: %s", dict(counts))
            self._report(None)

    def _report(self, problem: Exception | None) -> None:
        """Raise the alarm of a mailbox that can't be read, or end it."""
        try:
            with self._sessions.begin() as session:
                if problem is None:
                    bounces.mailbox_is_read(session, now=self._clock())
                else:
                    why = problem.message if isinstance(problem, TrackerError) else ""
                    bounces.mailbox_is_closed(session, why, now=self._clock())
        except Exception:
            log.exception("The state of the mailbox could not be written down.")
