"""Delivery to a local mail server, from one process and from two, beside the bare loop."""

import multiprocessing
import resource
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy.orm import Session, sessionmaker

from bench.timing import progress, report, seconds
from tests.faults.ward import asking_patients
from tests.outlets import over_smtp
from tests.rings import RING
from tests.smtp_sink import free_port
from tracker.db import make_engine, make_sessions
from tracker.domain.outgoing import Outgoing, Words
from tracker.jobs import deliver, tick
from tracker.notify.mime import as_text

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
COUNT = 2_000  # patients with one message each


def bench_delivery(url: str, database: str) -> None:
    """Half of the messages by one process, then the other half by two at once."""
    engine = make_engine(url, ring=RING)
    sessions = make_sessions(engine)
    progress(f"{database}: planning {COUNT} messages to send")
    with sessions() as session:
        asking_patients(session, COUNT, now=NOW)
    tick(sessions, now=NOW, host="bench")
    with _sink() as port:
        bare = COUNT / seconds(lambda: _bare_loop(port))
        before = _memory_mb()
        took = seconds(lambda: _send(sessions, port, COUNT // 2))
        grown = _memory_mb() - before
        engine.dispose()
        two = seconds(lambda: _two(url, port)) if database == "postgresql" else None
    one_a_second = COUNT // 2 / took
    report(
        "delivery over SMTP",
        database=database,
        messages_a_second=one_a_second,
        bound_messages_a_second=250,
        memory_grown_mb=grown,
        yardstick_bare_loop_a_second=bare,
    )
    if two is not None:
        ratio = COUNT // 2 / two / one_a_second
        report("delivery from two", database=database, ratio=ratio, bound_ratio=1.7)


def _send(sessions: sessionmaker[Session], port: int, limit: int) -> None:
    deliver(sessions, over_smtp(port), host="bench", limit=limit, now=NOW)


def _two(url: str, port: int) -> None:
    """Both begin when both are ready, and share what is left."""
    context = multiprocessing.get_context("spawn")
    two = [context.Process(target=_child, args=(url, port)) for _ in range(2)]
    for one in two:
        one.start()
    for one in two:
        one.join()


def _child(url: str, port: int) -> None:
    engine = make_engine(url, ring=RING)
    _send(make_sessions(engine), port, COUNT)
    engine.dispose()


def _bare_loop(port: int) -> None:
    """An e-mail built and handed over, and nothing else: the most this machine could do."""
    words = Words("A subject", "A body of a line.\n" * 12, "<p>A body</p>\n" * 12, "")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        for number in range(COUNT):
            one = Outgoing(f"bare:{number}", "ada@home.example", words, NOW)
            client.mail("pumps@hill.example")
            client.rcpt(one.to_address)
            client.docmd("DATA")
            client.send(as_text(one, "pumps@hill.example"))
            client.getreply()


@contextmanager
def _sink() -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "bench.fast_sink", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        try:
            yield port
        finally:
            server.terminate()


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
