"""A month of a clinic through its own pages, over many seeds: who comes and who doesn't."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from bench.timing import report, timed
from config import load
from tests import quick
from tests.rings import KEYS
from tests.stories.month import EACH_ONCE, Month, begin
from tests.stories.month_acts import Clock
from tests.stories.month_scene import BEGIN, large
from tracker import schema
from tracker.app import create_app
from tracker.services.catalogues import seed as seed_catalogue

SEEDS = range(2, 18)  # the first is the tests' own
DAYS = 30


def bench_months(folder: Path) -> None:
    """One line a seed; what was wrong on a morning is printed with it."""
    for seed in SEEDS:
        month, took = timed(partial(live, folder, seed))
        report(
            "a month of a clinic",
            seed=seed,
            pumps=len(month.ledger.courses),
            days=DAYS,
            seconds=took,
            acts=len(month.acts.done),
            not_done=sorted(EACH_ONCE - set(month.acts.done)),
            wrong=month.wrong,
            bound_wrong=0,
        )


def live(folder: Path, seed: int, days: int = DAYS) -> Month:
    """The month of this seed, lived in a database of its own to its end or its first fault."""
    clock = Clock(BEGIN)
    with (
        _clinic(folder / f"month{seed}") as app,
        patch("tracker.web.request.utc_now", lambda: clock.now),
    ):
        sessions: sessionmaker[Session] = app.extensions["tracker"].sessions
        with sessions.begin() as session:
            seed_catalogue(session)
            ward = large(session)
        month = begin(app, sessions, ward, clock, seed=seed)
        try:
            month.live(days)
        except AssertionError as fault:  # a page that did not say what it must
            month.wrong.append(f"{month.today}: {fault}")
    return month


@contextmanager
def _clinic(folder: Path) -> Iterator[Flask]:
    """The application on an empty database, with a cheap password hash."""
    url = f"sqlite:///{folder / 'tracker.db'}"
    folder.mkdir()
    schema.upgrade(url)
    environ = {"DATABASE_URL": url, "SECRET_KEY": "bench", "PASSWORD_COST": "1"}
    environ |= {"SEALING_KEYS": KEYS}
    with quick.written_once(folder):
        app = create_app(load(environ, instance=folder / "instance"))
        app.testing = True
        yield app
        app.extensions["tracker"].engine.dispose()
