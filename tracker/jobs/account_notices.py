"""Telling people that their account changed: claimed, sent, settled, each in its own guard."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import OperationalError

from tracker.db import reading
from tracker.domain.message import Channel
from tracker.domain.outgoing import DeliveryFailed, Outgoing, Refusal
from tracker.jobs.outlets import Outlets
from tracker.jobs.sessions import Sessions
from tracker.logs import told as in_log
from tracker.models.sealed import UNREADABLE
from tracker.notify.account_mail import account_words
from tracker.services import account_notices
from tracker.services.account_notices import Told

DOWN = (Refusal.CHANNEL_DOWN, Refusal.UNCLEAR)  # what comes after it waits for the next run


@dataclass(slots=True)
class NoticeReport:
    """How many were told; `faults` names who was not, by number, and why."""

    sent: int = 0
    faults: list[str] = field(default_factory=list)


def tell_of_accounts(
    sessions: Sessions,
    outlets: Outlets,
    *,
    goes_on: Callable[[], bool] = lambda: True,
    now: datetime,
) -> NoticeReport:
    """Send what is due at `now`; `goes_on` is asked before each."""
    report = NoticeReport()
    with reading(sessions) as session:
        due = account_notices.due_ids(session, now=now)
    try:
        for notice_id in due:
            if not goes_on() or not _guarded(sessions, outlets, notice_id, report, now=now):
                break
    finally:
        outlets.close()
    return report


def _guarded(
    sessions: Sessions, outlets: Outlets, notice_id: int, report: NoticeReport, *, now: datetime
) -> bool:
    """Whether the next may be tried: a mail server that is down is left alone."""
    try:
        with sessions.begin() as session:
            told = account_notices.claim(session, notice_id, now=now)
        if told is None:
            return True
        failed = _why_not(outlets, told, now=now)
        with sessions.begin() as session:
            is_over = account_notices.settle(session, told, is_sent=failed is None, now=now)
    except OperationalError:
        raise  # the database is gone
    except Exception as problem:
        report.faults.append(f"account notice {notice_id}: {in_log(problem)}")
        return True
    if failed is None:
        report.sent += 1
        return True
    end = "given up" if is_over else "tried again later"
    report.faults.append(f"account notice {notice_id}: {failed.refusal}, {end}")
    return failed.refusal not in DOWN


def _why_not(outlets: Outlets, told: Told, *, now: datetime) -> DeliveryFailed | None:
    sender = outlets.senders.get(Channel.EMAIL)
    if told.address == UNREADABLE or sender is None:
        return DeliveryFailed("there is no way to send it")
    words = account_words(
        told.name,
        told.change,
        by=told.by,
        is_own=told.is_own,
        at=told.happened_at,
        public_url=outlets.renderer.public_url,
    )
    try:
        sender.send(Outgoing(f"account:{told.notice_id}", told.address, words, now))
    except DeliveryFailed as failed:
        return failed
    except Exception as problem:  # a channel's own fault: it may have left or not
        return DeliveryFailed(in_log(problem), refusal=Refusal.UNCLEAR)
    return None
