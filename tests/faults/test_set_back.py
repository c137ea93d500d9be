"""The clock of the wall set back under a running timer: it does not sleep until it is there."""

import subprocess
import sys
import time
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.faults.ward import ROOT
from tracker.models import Heartbeat


def test_promise_alive_or_known_dead_a_clock_set_back_by_a_day_does_not_still_the_timer(
    database_url: str, sessions: sessionmaker[Session]
) -> None:
    command = [sys.executable, "-m", "tests.faults.set_back", database_url]
    timer = subprocess.Popen(command, cwd=ROOT)
    try:
        ticks = _ticks_after_the_jump(sessions)
        timer.terminate()
        assert timer.wait(timeout=20) == 0
    finally:
        timer.kill()
        timer.wait()

    assert len(ticks) >= 2
    assert ticks == sorted(ticks)  # the clock's new time is the only one from then on


def _ticks_after_the_jump(sessions: sessionmaker[Session]) -> list[datetime]:
    """The ticks from the first one that is a day before another; they come by themselves."""
    for _ in range(300):
        with sessions() as session:
            ticks = list(session.scalars(sa.select(Heartbeat.ticked_at).order_by(Heartbeat.id)))
        back = next((n for n in range(1, len(ticks)) if ticks[n] < ticks[n - 1]), len(ticks))
        if len(ticks) >= back + 2:
            return ticks[back:]
        time.sleep(0.1)
    return []
