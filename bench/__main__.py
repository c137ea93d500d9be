"""Run every benchmark on both databases and print the lines."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from flask import Flask

from bench.databases import create, fresh
from bench.delivering import bench_delivery, bench_texts
from bench.faulting import bench_faults
from bench.living import bench_exploring, bench_living
from bench.months import bench_months
from bench.paging import add_bare_page, bench_board
from bench.planning import bench_planning
from bench.projecting import bench_projection
from bench.recording import bench_recording
from bench.rehearsing import bench_rehearsal
from bench.seed import seed
from bench.ticking import bench_tick
from bench.timing import progress, report
from bench.trailing import bench_trail
from config import load
from tests import postgres
from tracker import schema
from tracker.app import create_app

FEW, MANY = 100, 100_000


def main() -> None:
    bench_projection()
    bench_planning()
    bench_exploring()
    with tempfile.TemporaryDirectory() as folder, postgres.cluster() as server:
        bench_living(Path(folder))
        bench_months(Path(folder))
        for database in ("sqlite", "postgresql"):
            bench_delivery(fresh(database, Path(folder), server), database)
            bench_texts(fresh(database, Path(folder), server), database)
            bench_faults(database, partial(fresh, database, Path(folder), server))
            bench_rehearsal(database, partial(fresh, database, Path(folder), server))
            board: dict[int, tuple[float, float]] = {}
            recording: dict[int, float] = {}
            for pumps in (FEW, MANY):
                with _app(database, Path(folder), server, pumps) as app:
                    sessions = app.extensions["tracker"].sessions
                    board[pumps] = bench_board(app, database, pumps)
                    recording[pumps] = bench_recording(app, database, pumps)
                    bench_trail(app, database, pumps)
                    if pumps == MANY:
                        bench_tick(sessions, database, pumps)
            report(
                "growth from 100 to 100,000 pumps",
                database=database,
                board_ratio=board[MANY][0] / board[FEW][0],
                yardstick_bare_page_ratio=board[MANY][1] / board[FEW][1],
                recording_ratio=recording[MANY] / recording[FEW],
                bound_ratio=1.5,
            )


@contextmanager
def _app(database: str, folder: Path, server: postgres.Server, pumps: int) -> Iterator[Flask]:
    """The application over a database of its own with so many pumps in it."""
    progress(f"{database}: storing {pumps} pumps")
    url = f"sqlite:///{folder / f'bench{pumps}.db'}"
    if database == "postgresql":
        url = server.url(f"bench{pumps}")
        create(server, f"bench{pumps}")
    schema.upgrade(url)
    environ = {"DATABASE_URL": url, "SECRET_KEY": "bench", "PASSWORD_COST": "1"}
    app = create_app(load(environ, instance=folder / "instance"))
    app.config["WTF_CSRF_ENABLED"] = False
    add_bare_page(app)
    with app.extensions["tracker"].sessions() as session, app.app_context():
        seed(session, pumps)
    yield app
    app.extensions["tracker"].engine.dispose()
    shutil.rmtree(folder / "instance", ignore_errors=True)


if __name__ == "__main__":
    main()
