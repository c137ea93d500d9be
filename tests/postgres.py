"""A PostgreSQL server of our own for one test run, from the binaries found on this machine."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from tests.memory import in_memory

# A test database may be lost: without fsync a test takes a third of the time. A test that
# kills the server to see what survives asks for `durable=True`.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "jit=off")


def binaries() -> Path:
    """The folder of the server's programs: $PGBIN, then the newest of Debian, then the PATH."""
    named = os.environ.get("PGBIN")
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: int(path.parts[-2]),
        reverse=True,
    )
    on_path = shutil.which("postgres")
    candidates = [*([Path(named)] if named else []), *debian]
    candidates += [Path(on_path).resolve().parent] if on_path else []
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError(
        "PostgreSQL's server programs (initdb, postgres) were not found: install postgresql, "
        "or name their folder in PGBIN. The tests need them and skip nothing."
    )


class Server:
    """A running server; `url` of a database on it, `stop` and `start` for tests of failure."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder, self.durable = folder, durable
        self.port = _free_port()
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://tracker@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        command = ["initdb", "-D", str(self.folder / "db"), "-U", "tracker", "-A", "trust"]
        command += ["-E", "UTF8", "--locale=C", "--no-sync"]
        done = self._run(command)
        out, _ = done.communicate()
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {out.decode()}")

    @cached_property
    def strategy(self) -> str:
        """How to copy a database: file by file, in half the time; once it was the only way."""
        said, _ = self._run(["postgres", "--version"]).communicate()
        return "STRATEGY FILE_COPY" if int(re.findall(rb"\d+", said)[0]) >= 15 else ""

    def start(self) -> None:
        command = ["postgres", "-D", str(self.folder / "db"), "-p", str(self.port)]
        command += ["-h", "127.0.0.1", "-k", str(self.folder)]
        for setting in ("max_connections=60", *(() if self.durable else QUICK)):
            command += ["-c", setting]
        self._process = self._run(command, log=self.folder / "log")
        self._wait()

    def stop(self) -> None:
        """Fast shutdown: connections are cut."""
        if self._process is not None:
            self._process.send_signal(2)
            self._process.wait(timeout=30)
            self._process = None

    def _run(self, command: list[str], log: Path | None = None) -> subprocess.Popen[bytes]:
        whom = (
            {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
            if self._user
            else {}
        )
        out = log.open("ab") if log else subprocess.PIPE
        try:
            return subprocess.Popen(
                [str(binaries() / command[0]), *command[1:]],
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                **whom,  # type: ignore[arg-type]
            )
        finally:
            if log:
                out.close()  # type: ignore[union-attr]

    def _wait(self) -> None:
        """Until the server takes connections."""
        for _ in range(600):
            if self._process is None or self._process.poll() is not None:
                break
            ready = [
                str(binaries() / "pg_isready"),
                "-q",
                "-h",
                "127.0.0.1",
                "-p",
                str(self.port),
            ]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError(
            f"PostgreSQL didn't start: {(self.folder / 'log').read_text()[-2000:]}"
        )


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[Server]:
    """A server in a folder of its own, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tracker-pg-", dir=in_memory()))
    server = Server(folder, durable=durable)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
