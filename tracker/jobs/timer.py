"""The timer process. APScheduler only calls: what is due is known by the database alone."""

import logging
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

from tracker.clock import utc_now
from tracker.jobs import backups, webhooks
from tracker.jobs.account_notices import tell_of_accounts
from tracker.jobs.backups import BackupJob
from tracker.jobs.lists import make_lists
from tracker.jobs.mailbox import EVERY, MailboxJob
from tracker.jobs.outlets import Outlets, channels
from tracker.jobs.ping import ping
from tracker.jobs.sender import deliver
from tracker.jobs.sessions import Sessions
from tracker.jobs.ticker import tick
from tracker.jobs.webhooks import WebhookJob
from tracker.services.day_reports import open_reports

log = logging.getLogger("tracker.timer")


def run_timer(sessions: Sessions, settings: Mapping[str, Any]) -> None:
    """Tick and deliver every TICK_SECONDS, at once the first time, until told to end.

    SIGTERM and SIGINT let the message in hand be settled, and end it then.
    """
    stop, outlets = threading.Event(), channels(settings)
    pause = timedelta(seconds=int(settings["TICK_SECONDS"]))
    scheduler = BlockingScheduler(timezone=UTC)
    scheduler.add_job(
        lambda: once(
            sessions,
            outlets,
            goes_on=lambda: not stop.is_set(),
            pause=pause,
            folder=str(settings["LIST_FOLDER"]),
            ping_url=str(settings["PING_URL"]),
            certificates=str(settings["TLS_CERTIFICATES"]),
        ),
        "interval",
        seconds=pause.total_seconds(),
        next_run_time=utc_now(),
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
    )

    if settings["BOUNCE_IMAP_HOST"]:
        # in a thread of its own: a mail server that hangs must not hold the tick up
        scheduler.add_job(
            MailboxJob(sessions, settings, goes_on=lambda: not stop.is_set()),
            "interval",
            seconds=EVERY.total_seconds(),
            next_run_time=utc_now(),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )

    if settings["BACKUP_FOLDER"]:
        # in a thread of its own: a large database takes longer to write down than a tick may
        scheduler.add_job(
            BackupJob(sessions, settings),
            "interval",
            seconds=backups.EVERY.total_seconds(),
            next_run_time=utc_now(),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )

    # in another thread still: whom it calls may hang as well
    scheduler.add_job(
        WebhookJob(sessions, settings, goes_on=lambda: not stop.is_set()),
        "interval",
        seconds=webhooks.EVERY.total_seconds(),
        next_run_time=utc_now(),
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
    )

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        threading.Thread(target=scheduler.shutdown).start()  # not inside the signal: it waits

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
    threading.Thread(target=_keep_awake, args=(scheduler, stop, pause), daemon=True).start()
    try:
        scheduler.start()
    finally:
        stop.set()
        outlets.close()


def _keep_awake(scheduler: BaseScheduler, stop: threading.Event, pause: timedelta) -> None:
    """APScheduler waits for an hour of the wall: set back by a day, it slept a day."""
    while not stop.wait(pause.total_seconds()):  # no clock on the wall moves this one
        for job in scheduler.get_jobs():
            if job.next_run_time > utc_now() + 2 * job.trigger.interval:
                log.error("The clock was set back; what was to come later comes now.")
                job.modify(next_run_time=utc_now())


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
    host, ends_at = socket.gethostname(), clock() + pause
    _make_lists(sessions, folder, clock)
    _open_reports(sessions, clock)
    try:
        ways = frozenset(outlets.senders)
        report = tick(sessions, now=clock(), host=host, channels=ways)
        log.info("tick: %s", report.as_json())
        for fault in report.faults:
            log.error("tick: %s", fault)
        ping(sessions, ping_url, report, certificates=certificates, now=clock())
    except Exception:
        log.exception("The tick failed; the next one tries again.")
    try:
        done = deliver(
            sessions,
            outlets,
            host=host,
            clock=clock,
            goes_on=lambda: goes_on() and clock() < ends_at,
            now=clock(),
        )
        log.info("deliver: %s", done.as_json())
        for fault in done.faults:
            log.error("deliver: %s", fault)
    except Exception:
        log.exception("Delivery failed; the next one tries again.")
    _tell_of_accounts(sessions, outlets, lambda: goes_on() and clock() < ends_at, clock)


def _tell_of_accounts(
    sessions: Sessions,
    outlets: Outlets,
    goes_on: Callable[[], bool],
    clock: Callable[[], datetime],
) -> None:
    """What people are told of their accounts, after all that is said of a pump."""
    try:
        report = tell_of_accounts(sessions, outlets, goes_on=goes_on, now=clock())
    except Exception:
        log.exception("Nobody was told of their account; the next run tries again.")
        return
    for fault in report.faults:
        log.error("accounts: %s", fault)


def _open_reports(sessions: Sessions, clock: Callable[[], datetime]) -> None:
    """The reports whose hour has come; one that can't be begun must not stop the tick."""
    try:
        with sessions.begin() as session:
            for due in open_reports(session, now=clock()):
                log.info("%s of clinic %s for %s", due.kind, due.clinic_id, due.for_on)
    except Exception:
        log.exception("The reports could not be begun; the next tick tries again.")


def _make_lists(sessions: Sessions, folder: str, clock: Callable[[], datetime]) -> None:
    """The lists of the morning, where they are due; a full disk must not stop the tick."""
    if not folder:
        return
    try:
        for made in make_lists(sessions, folder, now=clock()):
            log.info("emergency list of %s: %s", made.clinic, made.folder)
    except Exception:
        log.exception("The emergency list could not be made; the next tick tries again.")
