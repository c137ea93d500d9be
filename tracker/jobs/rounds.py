"""One round of the timer: the lists, the reports, a tick, and what is to be sent after it.

Each part is guarded by itself: what fails is logged, and the next round tries it again.
"""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.clock import utc_now
from tracker.jobs.account_notices import tell_of_accounts
from tracker.jobs.lists import make_lists
from tracker.jobs.outlets import Outlets
from tracker.jobs.ping import ping
from tracker.jobs.sender import deliver
from tracker.jobs.sessions import Sessions
from tracker.jobs.ticker import tick
from tracker.services.day_reports import open_reports

log = logging.getLogger("tracker.timer")


@dataclass(frozen=True, slots=True)
class _Round:
    sessions: Sessions
    outlets: Outlets
    host: str
    folder: str  # of the emergency lists
    ping_url: str
    certificates: str
    clock: Callable[[], datetime]
    goes_on: Callable[[], bool]


def once(
    sessions: Sessions,
    outlets: Outlets,
    *,
    goes_on: Callable[[], bool] = lambda: True,
    pause: timedelta = timedelta(minutes=1),
    folder: str = "",
    ping_url: str = "",
    certificates: str = "",
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """One tick and what is to be sent after it. Raises nothing: the next tick tries again.

    Sending ends when the next tick is due, for the heartbeat must not wait for a slow server.
    """
    ends_at = clock() + pause
    one = _Round(
        sessions,
        outlets,
        socket.gethostname(),
        folder,
        ping_url,
        certificates,
        clock,
        goes_on=lambda: goes_on() and clock() < ends_at,
    )
    _guarded(_make_lists, one, "The emergency list could not be made")
    _guarded(_open_reports, one, "The reports could not be begun")
    _guarded(_tick, one, "The tick failed")
    _guarded(_deliver, one, "Delivery failed")
    _guarded(_tell_of_accounts, one, "Nobody was told of their account")


def _guarded(part: Callable[[_Round], None], one: _Round, failed: str) -> None:
    try:
        part(one)
    except Exception:
        log.exception("%s; the next round tries again.", failed)


def _make_lists(one: _Round) -> None:
    """The lists of the morning, where they are due; a full disk must not stop the tick."""
    if one.folder:
        for made in make_lists(one.sessions, one.folder, now=one.clock()):
            log.info("emergency list of %s: %s", made.clinic, made.folder)


def _open_reports(one: _Round) -> None:
    """The reports whose hour has come; one that can't be begun must not stop the tick."""
    with one.sessions.begin() as session:
        for due in open_reports(session, now=one.clock()):
            log.info("%s of clinic %s for %s", due.kind, due.clinic_id, due.for_on)


def _tick(one: _Round) -> None:
    ways = frozenset(one.outlets.senders)
    report = tick(one.sessions, now=one.clock(), host=one.host, channels=ways)
    log.info("tick: %s", report.as_json())
    _log_faults("tick", report.faults)
    ping(one.sessions, one.ping_url, report, certificates=one.certificates, now=one.clock())


def _deliver(one: _Round) -> None:
    done = deliver(
        one.sessions,
        one.outlets,
        host=one.host,
        clock=one.clock,
        goes_on=one.goes_on,
        now=one.clock(),
    )
    log.info("deliver: %s", done.as_json())
    _log_faults("deliver", done.faults)


def _tell_of_accounts(one: _Round) -> None:
    """What people are told of their accounts, after all that is said of a pump."""
    report = tell_of_accounts(one.sessions, one.outlets, goes_on=one.goes_on, now=one.clock())
    _log_faults("accounts", report.faults)


def _log_faults(of: str, faults: list[str]) -> None:
    for fault in faults:
        log.error("%s: %s", of, fault)
