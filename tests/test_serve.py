"""One web server and one scheduler for each database on a machine, ended together."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tracker.serve import AlreadyServed, Scheduler, only_one

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 30

sleeper = [sys.executable, "-c", "import sys; sys.stdin.read()"]
quitter = [sys.executable, "-c", "raise SystemExit(3)"]


def wait_for(condition):
    """What `condition` gives once it gives something."""
    for _ in range(PATIENCE_SECONDS * 20):
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it never came")


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{pid}/stat").exists() or " Z " not in stat_of(pid)


def stat_of(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text()
    return " Z "


class TestScheduler:
    def test_it_is_started_again_when_it_dies(self):
        scheduler = Scheduler(quitter, os.environ)
        scheduler.start()
        first = wait_for(lambda: scheduler.child and scheduler.child.pid)

        wait_for(lambda: scheduler.child.pid != first)

        scheduler.stop()

    def test_stopping_ends_it_and_starts_no_other(self):
        scheduler = Scheduler(sleeper, os.environ)
        scheduler.start()
        child = wait_for(lambda: scheduler.child)

        scheduler.stop()

        assert child.poll() == 0
        assert scheduler.child is child


class TestOnlyOne:
    def test_a_second_server_on_the_same_file_is_refused(self, tmp_path):
        url = f"sqlite:///{tmp_path / 'tracker.db'}"

        with (
            only_one(url),
            pytest.raises(AlreadyServed, match="end that one first"),
            only_one(url),
        ):
            pass

    def test_the_lock_is_free_again_afterwards(self, tmp_path):
        url = f"sqlite:///{tmp_path / 'tracker.db'}"
        with only_one(url):
            pass

        with only_one(url):
            pass

    def test_a_second_name_of_the_same_file_is_refused_too(self, tmp_path):
        (tmp_path / "tracker.db").touch()
        (tmp_path / "other.db").symlink_to(tmp_path / "tracker.db")

        with (
            only_one(f"sqlite:///{tmp_path}/tracker.db"),
            pytest.raises(AlreadyServed),
            only_one(f"sqlite:///{tmp_path}/other.db"),
        ):
            pass

    def test_a_postgresql_database_may_be_served_by_many(self):
        url = "postgresql+psycopg://somewhere/tracker"

        with only_one(url), only_one(url):
            pass


@pytest.fixture
def served(sqlite_template, tmp_path):
    """Starts `flask serve` on a database of its own; kills what is left of it."""
    path = shutil.copy(sqlite_template, tmp_path / "tracker.db")
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{path}",
        "PORT": "0",
        "SECRET_KEY": "for tests",
        "PYTHONUNBUFFERED": "1",
    }
    begun = []

    def begin():
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def address_of(process):
    return re.search(r"http://[\d.:]+", process.stdout.readline()).group()


def child_of(process):
    path = Path(f"/proc/{process.pid}/task")
    children = [
        int(pid) for task in path.iterdir() for pid in (task / "children").read_text().split()
    ]
    return children[0] if children else None


def health(address):
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as answer:
        with answer:
            return json.load(answer)


def test_serve_serves_ticks_and_ends_with_its_scheduler(served):
    server = served()
    address = address_of(server)

    assert wait_for(lambda: health(address)["status"] == "ok")
    child = child_of(server)
    server.send_signal(signal.SIGTERM)

    assert server.wait(timeout=PATIENCE_SECONDS) == 0
    assert not is_alive(child)


def test_promise_alive_or_known_dead_a_killed_scheduler_comes_back(served):
    """Hazard H19: a scheduler that died is started again."""
    server = served()
    address = address_of(server)
    wait_for(lambda: health(address)["status"] == "ok")
    first = child_of(server)

    os.kill(first, signal.SIGKILL)

    assert wait_for(lambda: child_of(server) not in (None, first))


def test_no_scheduler_outlives_a_killed_server(served):
    server = served()
    address = address_of(server)
    wait_for(lambda: health(address)["status"] == "ok")
    child = child_of(server)

    server.kill()

    wait_for(lambda: not is_alive(child))


def test_a_second_serve_on_the_same_database_is_refused_with_a_sentence(served):
    address_of(served())

    second = served()
    _, said = second.communicate(timeout=PATIENCE_SECONDS)

    assert second.returncode == 1
    assert "end that one first" in said
