"""Two years of a clinic of a hundred pumps over many seeds, and every interleaving, deeper."""

from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from bench.timing import report, timed
from tests.explorer import events
from tests.explorer.explore import explore
from tests.explorer.promises import broken
from tests.explorer.test_interleavings import (
    halfway,
    in_hand,
    opened,
    patient_told,
    put_back_and_off,
    urgent,
)
from tests.explorer.test_kinds import opened_of, told_of
from tests.explorer.world import World
from tests.rings import RING
from tests.stories.promises import counted
from tests.stories.two_years import live
from tests.stories.two_years_life import Life
from tracker import schema
from tracker.db import make_engine, make_sessions
from tracker.domain.facts import WatchKind
from tracker.services.catalogues import seed as seed_catalogue

SEEDS = range(1, 9)
PUMPS, DAYS = 100, 730
DEPTH = 7
DEPTH_OF_KINDS = 5


def bench_living(folder: Path) -> None:
    """One line a seed; a broken promise is printed with it."""
    for seed in SEEDS:
        sessions = _new_database(folder / f"life{seed}.db")
        life, took = timed(partial(_life, sessions, seed))
        with sessions() as session:
            states = counted(session)
        report(
            "two years of a clinic",
            seed=seed,
            pumps=PUMPS,
            days=DAYS,
            seconds=took,
            refills=life.refills,
            messages=states.total(),
            sent=states["sent"],
            ran_dry_without_notice=life.watchman.dry_without_notice,
            bound_ran_dry_without_notice=0,
            broken_promises=life.watchman.breaches,
        )


def _life(sessions: sessionmaker[Session], seed: int) -> Life:
    life = live(sessions, seed=seed, pumps=PUMPS, days=DAYS, has_more=True)
    with sessions() as session:
        life.watchman.close(session)
    return life


def _new_database(path: Path) -> sessionmaker[Session]:
    schema.upgrade(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}", ring=RING)
    sa.event.listen(engine, "connect", _has_it_alone)
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        seed_catalogue(session)
    return sessions


def _has_it_alone(connection: Any, _record: Any) -> None:
    """A life has one process, and its database need not outlast a power cut."""
    for pragma in ("locking_mode=EXCLUSIVE", "synchronous=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def bench_exploring() -> None:
    """Every order of events two deeper than the tests go, and of every kind of watch."""
    for begin in (opened, in_hand, patient_told, halfway, urgent, put_back_and_off):
        _bench_orders(begin.__name__, begin(), DEPTH)
    for kind in WatchKind:
        _bench_orders(f"{kind}, opened", opened_of(kind), DEPTH_OF_KINDS)
        _bench_orders(f"{kind}, told", told_of(kind), DEPTH_OF_KINDS)


def _bench_orders(name: str, begin: World, depth: int) -> None:
    done, took = timed(partial(explore, begin, events.events, broken, depth=depth))
    report(
        "every interleaving",
        begins=name,
        depth=depth,
        states=done.states,
        events=done.moves,
        seconds=took,
        breach=str(done.breach) if done.breach else None,
    )
