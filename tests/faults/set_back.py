"""A timer in a process of its own, whose clock is set back by a day after its first ticks.

python -m tests.faults.set_back URL
"""

import sys
import threading
from datetime import datetime, timedelta, tzinfo
from typing import Any

from apscheduler.schedulers import base

from config import load
from tests.rings import RING
from tracker import clock
from tracker.db import make_engine, make_sessions
from tracker.jobs import run_timer

SET_BACK_AFTER = 2.5  # seconds; a tick each second comes before it


class Wall(datetime):
    """The machine's clock, which other programs of this machine must not see moved."""

    moved = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + cls.moved


def set_back() -> None:
    Wall.moved = -timedelta(days=1)


def main() -> None:
    settings = load({"SECRET_KEY": "for tests", "TICK_SECONDS": "1"}) | {"LIST_FOLDER": ""}
    clock.datetime = base.datetime = Wall  # type: ignore[attr-defined, misc]
    after = threading.Timer(SET_BACK_AFTER, set_back)
    after.daemon = True
    after.start()
    engine = make_engine(sys.argv[1], ring=RING)
    run_timer(make_sessions(engine), settings)
    engine.dispose()


if __name__ == "__main__":
    main()
