"""The dead-man's signal: somebody elsewhere is told each minute that all promises are kept.

When it stops, they raise the alarm. So it follows an audit that has passed, and never the mere
fact that something runs.
"""

import logging
from datetime import datetime, timedelta

import requests

from tracker.db import reading
from tracker.jobs.sessions import Sessions
from tracker.jobs.ticker import TickReport
from tracker.outward.calls import guarded
from tracker.outward.places import Reach
from tracker.services import heartbeats

PAUSE = timedelta(seconds=55)  # at most once a minute; a tick may be a little early
TIMEOUT = 5  # seconds; the next tick must not wait for an address elsewhere

log = logging.getLogger("tracker.ping")


def ping(
    sessions: Sessions,
    url: str,
    report: TickReport,
    *,
    certificates: str = "",
    now: datetime,
) -> bool:
    """Call the address if the audit of this tick has passed; whether it was told.

    Raises nothing: an address that doesn't answer is what its owner will notice by themselves.
    """
    if not url or not report.has_passed or report.heartbeat_id is None:
        return False
    with reading(sessions) as session:
        before = heartbeats.last_ping(session)
    if before is not None and timedelta(0) <= now - before < PAUSE:
        return False
    try:
        status = _call(url, certificates)
    except (OSError, ValueError) as problem:  # an address may be malformed
        log.warning("the outside address was not reached: %s", type(problem).__name__)
        return False
    if not 200 <= status < 300:
        log.warning("the outside address answered %s", status)
        return False
    with sessions.begin() as session:
        heartbeats.pinged(session, report.heartbeat_id, now=now)
    return True


def _call(url: str, certificates: str) -> int:
    """What is answered, of which the words are not read: they may be long, or never end."""
    one = requests.Session()
    with (
        guarded(one, Reach.ANYWHERE, timeout=TIMEOUT, certificates=certificates) as session,
        session.get(url, stream=True) as answer,
    ):
        return answer.status_code
