"""Calling webhooks: claimed, signed, called, settled, each in its own guard.

In a thread of its own beside the tick, and no transaction is open while somebody is called: an
address that hangs holds up no message, and no other address for longer than one call a run.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tracker.clock import utc_now
from tracker.db import reading
from tracker.domain.webhook import EventState, signed
from tracker.jobs.sessions import Sessions
from tracker.logs import told
from tracker.models.sealed import UNREADABLE
from tracker.notify import hook
from tracker.outward.places import Reach
from tracker.services import webhook_calls
from tracker.services.webhook_calls import Answer, Call

log = logging.getLogger("tracker.webhooks")

EVERY = timedelta(seconds=30)  # ours: a board elsewhere that is half a minute old is fresh
LONGEST_RUN = timedelta(minutes=2)  # ours: the next run begins anew with who waits longest
IN_A_ROW = 50  # ours: of one webhook, before the others have their turn


@dataclass(slots=True)
class CallReport:
    """What became of the calls that were due; `faults` names what could not be settled."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    faults: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class _Run:
    sessions: Sessions
    certificates: str
    reach: Reach
    timeout: float
    goes_on: Callable[[], bool]
    clock: Callable[[], datetime]
    report: CallReport


def call_webhooks(
    sessions: Sessions,
    *,
    certificates: str = "",
    reach: Reach = Reach.OUTSIDE,
    timeout: float = hook.TIMEOUT,
    goes_on: Callable[[], bool] = lambda: True,
    clock: Callable[[], datetime] | None = None,
    now: datetime,
) -> CallReport:
    """Call who has something to be told at `now`; `goes_on` is asked before each call.

    `reach` is for tests, whose other side is this machine.
    """
    run = _Run(
        sessions, certificates, reach, timeout, goes_on, clock or (lambda: now), CallReport()
    )
    with reading(sessions) as session:
        is_used = webhook_calls.is_used(session)
    if not is_used:
        return run.report
    with sessions.begin() as session:
        webhook_calls.release_leases(session, now=now)
        webhook_calls.prune(session, now=now)
    with reading(sessions) as session:
        due = webhook_calls.due_webhooks(session, now=now)
    for webhook_id in due:
        _guarded(run, webhook_id)
    return run.report


def _guarded(run: _Run, webhook_id: int) -> None:
    try:
        _call_one(run, webhook_id)
    except Exception as problem:
        run.report.faults.append(f"webhook {webhook_id}: {told(problem)}")


def _call_one(run: _Run, webhook_id: int) -> None:
    """What waits for one webhook, until the others have their turn.

    After a call that failed nothing can be claimed for a while.
    """
    for _ in range(IN_A_ROW):
        if not run.goes_on():
            return
        with run.sessions.begin() as session:
            call = webhook_calls.claim(session, webhook_id, now=run.clock())
        if call is None:
            return
        answer = _answer(run, call, now=run.clock())
        with run.sessions.begin() as session:
            state = webhook_calls.settle(session, call, answer, now=run.clock())
        _count(run.report, state)


def _answer(run: _Run, call: Call, *, now: datetime) -> Answer:
    if UNREADABLE in (call.address, *call.secrets):
        return Answer(problem="the key that opens it is missing: see SEALING_KEYS")
    try:
        code = hook.call(
            call.address,
            call.body,
            signed(call.secrets, call.key, call.body, now=now),
            certificates=run.certificates,
            reach=run.reach,
            timeout=run.timeout,
        )
    except hook.Unanswered as problem:
        return Answer(problem=str(problem))
    except Exception as problem:
        return Answer(problem=f"it could not be called: {told(problem)}")
    return Answer(code)


def _count(report: CallReport, state: EventState) -> None:
    if state is EventState.DELIVERED:
        report.delivered += 1
    elif state is EventState.GIVEN_UP:
        report.given_up += 1
    else:
        report.failed += 1


class WebhookJob:
    """What the scheduler calls again and again. Raises nothing: the next time tries again."""

    def __init__(
        self,
        sessions: Sessions,
        settings: Mapping[str, Any],
        *,
        goes_on: Callable[[], bool] = lambda: True,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._sessions, self._certificates = sessions, str(settings["TLS_CERTIFICATES"])
        self._goes_on, self._clock = goes_on, clock

    def __call__(self) -> None:
        now = self._clock()
        ends_at = now + LONGEST_RUN
        try:
            report = call_webhooks(
                self._sessions,
                certificates=self._certificates,
                goes_on=lambda: self._goes_on() and self._clock() < ends_at,
                clock=self._clock,
                now=now,
            )
        except Exception:
            log.exception("Webhooks were not called; the next time tries again.")
            return
        log.info("webhooks: %s", report.as_json())
        for fault in report.faults:
            log.error("webhooks: %s", fault)
