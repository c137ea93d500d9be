"""The web server with the scheduler as its child: one command for one machine.

The child watches a pipe that only this process holds open. However this process ends, also by
SIGKILL, the system closes the pipe and the child ends: never two schedulers, never a lone one.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

import sqlalchemy as sa
import waitress
from flask import Flask

from tracker.domain.errors import TrackerError

ROOT = Path(__file__).parent.parent
THREADS = 8
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1, 30
STEADY_SECONDS = 60  # a child that lived this long did not die of how it was started
STOP_SECONDS = 15

log = logging.getLogger(__name__)


class AlreadyServed(TrackerError):
    """Another `flask serve`, or a `flask restore`, works on the same database."""

    code = "already_served"


class PortTaken(TrackerError):
    code = "port_taken"


def serve(app: Flask, *, announce: Callable[[str], None]) -> None:
    """Serve pages and keep a scheduler alive until SIGTERM or Ctrl-C ends both."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else a line a queued request
    with only_one(app.config["DATABASE_URL"]):
        server = _listen(app)
        scheduler = Scheduler(scheduler_command(), child_environment(app.config))
        signal.signal(signal.SIGTERM, _end)
        scheduler.start()
        try:
            announce(f"http://{app.config['HOST']}:{server.effective_port}")
            server.run()
        finally:
            scheduler.stop()
            server.close()


def _listen(app: Flask) -> Any:
    host, port = app.config["HOST"], app.config["PORT"]
    try:
        return waitress.create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            # what a proxy says of the caller is weighed by PROXY_HOPS, in web/headers
            clear_untrusted_proxy_headers=not app.config["PROXY_HOPS"],
        )
    except OSError as taken:
        raise PortTaken(
            f"Can't listen on {host}:{port} ({taken.strerror}); PORT names another one."
        ) from taken


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


@contextlib.contextmanager
def only_one(url: str) -> Iterator[None]:
    """Hold the lock beside an SQLite file; PostgreSQL may be served by many."""
    database = sa.make_url(url)
    if database.get_backend_name() != "sqlite" or not database.database:
        yield
        return
    import fcntl  # noqa: PLC0415 - Windows has none, and can still import this module

    # by another name, through a link, it is the same file
    with open(f"{os.path.realpath(database.database)}.serve-lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyServed(
                f"A flask serve or restore works on {database.database}: end that one first."
            ) from None
        yield


def scheduler_command() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "scheduler", "--until-stdin-closes"]


def child_environment(config: Mapping[str, Any]) -> dict[str, str]:
    """The environment with this app's own settings in it, so that the child has the same."""
    return os.environ | {name: str(config[name]) for name in config["SETTING_NAMES"]}


class Scheduler:
    """A child process that is started again when it dies, each time after a longer wait."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self._command, self._environment = command, environment
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="scheduler-keeper", daemon=True)
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the child, kindly and then firmly, and start no other."""
        self._stopping.set()
        with self._lock:  # no child is being started at this moment
            child = self.child
        if child is not None:
            _end_child(child)
        self._thread.join()

    def _keep(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while (child := self._spawn()) is not None:
            began = monotonic()
            code = child.wait()
            _close_pipe(child)
            if self._stopping.is_set():
                return
            if monotonic() - began > STEADY_SECONDS:
                wait = FIRST_WAIT_SECONDS
            log.error("the scheduler ended with %s; it starts again in %s s", code, wait)
            self._stopping.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            self.child = subprocess.Popen(  # nosec B603 - our own command, no shell
                self._command,
                stdin=subprocess.PIPE,
                env=self._environment,
                cwd=ROOT,
                start_new_session=True,  # Ctrl-C comes to us; the pipe tells the child
            )
            return self.child


def _close_pipe(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()


def _end_child(child: subprocess.Popen[bytes]) -> None:
    _close_pipe(child)
    try:
        child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def end_when_stdin_closes() -> None:
    """In the child: end this process, as SIGTERM would, once the parent's pipe is closed."""

    def watch() -> None:
        while sys.stdin.buffer.read(1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
