"""The timer process. APScheduler only calls: what is due is known by the database alone."""

import logging
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from functools import partial
from types import FrameType
from typing import Any

from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

from tracker.clock import utc_now
from tracker.jobs import backups, mailbox, webhooks
from tracker.jobs.backups import BackupJob
from tracker.jobs.mailbox import MailboxJob
from tracker.jobs.outlets import Outlets, channels
from tracker.jobs.rounds import once
from tracker.jobs.sessions import Sessions
from tracker.jobs.webhooks import WebhookJob

log = logging.getLogger("tracker.timer")


def run_timer(sessions: Sessions, settings: Mapping[str, Any]) -> None:
    """Tick and deliver every TICK_SECONDS, at once the first time, until told to end.

    SIGTERM and SIGINT let the message in hand be settled, and end it then.
    """
    stop, outlets = threading.Event(), channels(settings)
    pause = timedelta(seconds=int(settings["TICK_SECONDS"]))
    scheduler = BlockingScheduler(timezone=UTC)
    _add_jobs(scheduler, sessions, settings, outlets, pause, lambda: not stop.is_set())
    _end_when_told(scheduler, stop)
    threading.Thread(target=_keep_awake, args=(scheduler, stop, pause), daemon=True).start()
    try:
        scheduler.start()
    finally:
        stop.set()
        outlets.close()


def _add_jobs(
    scheduler: BaseScheduler,
    sessions: Sessions,
    settings: Mapping[str, Any],
    outlets: Outlets,
    pause: timedelta,
    goes_on: Callable[[], bool],
) -> None:
    """Each in a thread of its own, for none may hold the tick up.

    A mail server that hangs, a large database that is written down, whom a webhook calls.
    """
    a_round = partial(
        once,
        sessions,
        outlets,
        goes_on=goes_on,
        pause=pause,
        folder=str(settings["LIST_FOLDER"]),
        ping_url=str(settings["PING_URL"]),
        certificates=str(settings["TLS_CERTIFICATES"]),
    )
    _add(scheduler, a_round, pause)
    if settings["BOUNCE_IMAP_HOST"]:
        _add(scheduler, MailboxJob(sessions, settings, goes_on=goes_on), mailbox.EVERY)
    if settings["BACKUP_FOLDER"]:
        _add(scheduler, BackupJob(sessions, settings), backups.EVERY)
    _add(scheduler, WebhookJob(sessions, settings, goes_on=goes_on), webhooks.EVERY)


def _add(scheduler: BaseScheduler, job: Callable[[], None], every: timedelta) -> None:
    """At once the first time; never twice beside itself, and once for all that was missed."""
    scheduler.add_job(
        job,
        "interval",
        seconds=every.total_seconds(),
        next_run_time=utc_now(),
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
    )


def _end_when_told(scheduler: BaseScheduler, stop: threading.Event) -> None:
    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        threading.Thread(target=scheduler.shutdown).start()  # not inside the signal: it waits

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)


def _keep_awake(scheduler: BaseScheduler, stop: threading.Event, pause: timedelta) -> None:
    """APScheduler waits for an hour of the wall: set back by a day, it slept a day."""
    while not stop.wait(pause.total_seconds()):  # no clock on the wall moves this one
        for job in scheduler.get_jobs():
            if job.next_run_time > utc_now() + 2 * job.trigger.interval:
                log.error("The clock was set back; what was to come later comes now.")
                job.modify(next_run_time=utc_now())
