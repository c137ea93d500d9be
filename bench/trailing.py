"""What the trail costs: a recorded refill, and a page, with it and without it."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask

from bench.paging import signed_in
from bench.recording import form_of_a_refill
from bench.timing import report
from tracker.db import make_sessions

RUNS = 40
US = 1_000_000


def bench_trail(app: Flask, database: str, pumps: int) -> None:
    """Microseconds that a refill and a pump's page take longer because they are written down.

    Each is done in turn with and without it, so that a busy machine is as slow for both; `cpu`
    is this process's own time alone.
    """
    client, turn = signed_in(app), iter(range(200, 10_000))

    def record() -> None:
        pump = next(turn) % pumps + 1
        answer = client.post(f"/pumps/{pump}/refills/new", data=form_of_a_refill())
        assert answer.status_code in (302, 303, 422), answer.status

    def look() -> None:
        assert client.get("/pumps/1").status_code == 200

    costs = {}
    for name, act in (("refill", record), ("page", look)):
        act()
        pairs = [(_timed(act), _without(app, act)) for _ in range(RUNS)]
        for place, kind in enumerate(("wall", "cpu")):
            more = [(with_it[place] - bare[place]) * US for with_it, bare in pairs]
            costs[f"{name}_{kind}_us"] = statistics.median(more)
    report("the trail's own cost", database=database, pumps=pumps, **costs)


def _timed(act: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def _without(app: Flask, act: Callable[[], None]) -> tuple[float, float]:
    with _unwritten(app):
        return _timed(act)


@contextmanager
def _unwritten(app: Flask) -> Iterator[None]:
    """The same application, of which nothing is written down."""
    tracker, views = app.extensions["tracker"], app.extensions["views"]
    sessions, write = tracker.sessions, views.write
    tracker.sessions, views.write = make_sessions(tracker.engine), lambda _entries: None
    try:
        yield
    finally:
        tracker.sessions, views.write = sessions, write
