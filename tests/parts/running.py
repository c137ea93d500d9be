"""Child processes of tests: started, waited for, and ended whatever happens."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 40  # seconds; ours: the slowest part takes four on a quiet machine


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, *, cwd: Path
) -> Iterator[Callable[[], str]]:
    """A child in its folder; gives what it has printed until now."""
    with log.open("wb") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=cwd)
    try:
        yield lambda: log.read_text(errors="replace")
    finally:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def until(is_so: Callable[[], object], *, told: Callable[[], str]) -> None:
    """Wait until it is so; fails with what the part has told."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, f"it did not come: {told()[-2000:]}"
        time.sleep(0.05)


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as line:
        line.settimeout(1)
        return line.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Ports that were free together a moment ago."""
    lines = [socket.socket() for _ in range(count)]
    for line in lines:
        line.bind(("127.0.0.1", 0))
    ports = [line.getsockname()[1] for line in lines]
    for line in lines:
        line.close()
    return ports
