"""The dead-man's signal: somebody elsewhere is told each minute that all promises are kept.

When it stops, they raise the alarm. So it follows an audit that has passed, and never the mere
fact that something runs.
"""

import logging
from datetime import datetime

import requests

from tracker.jobs.sessions import Sessions
from tracker.jobs.ticker import TickReport
from tracker.services import heartbeats

TIMEOUT = 5  # seconds; the next tick must not wait for an address elsewhere

log = logging.getLogger("tracker.ping")


def ping(sessions: Sessions, url: str, report: TickReport, *, now: datetime) -> bool:
    """Call the address if the audit of this tick has passed; whether it was told.

    Raises nothing: an address that doesn't answer is what its owner will notice by themselves.
    """
    if not url or not report.has_passed or report.heartbeat_id is None:
        return False
    try:
        answer = requests.get(url, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as problem:
        log.warning("the outside address was not reached: %s", type(problem).__name__)
        return False
    if not 200 <= answer.status_code < 300:
        log.warning("the outside address answered %s", answer.status_code)
        return False
    with sessions.begin() as session:
        heartbeats.pinged(session, report.heartbeat_id, now=now)
    return True
