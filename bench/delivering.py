"""Delivery to a local mail server and gateway, and from two at once, beside bare loops."""

import multiprocessing
import resource
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier

import requests
from sqlalchemy.orm import Session, sessionmaker

from bench.timing import progress, report, seconds
from tests.faults.ward import asking_patients, asking_very_many
from tests.outlets import URL, over_smtp
from tests.rings import RING
from tests.smtp_sink import free_port
from tracker.db import make_engine, make_sessions
from tracker.domain.message import Channel
from tracker.domain.outgoing import Outgoing, Words
from tracker.jobs import Outlets, deliver, tick
from tracker.notify.gateway import Gateway, GatewayChannel
from tracker.notify.mime import as_text
from tracker.notify.render import Renderer

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
COUNT = 2_000  # patients with one text each
MAILS = 8_000  # patients with one e-mail each: a sender's first hundred take it longer


def bench_delivery(url: str, database: str) -> None:
    """Half of the messages by one process, then the other half by two at once."""
    engine = make_engine(url, ring=RING)
    sessions = make_sessions(engine)
    progress(f"{database}: planning {MAILS} messages to send")
    with sessions() as session:
        asking_very_many(session, MAILS, now=NOW)
    tick(sessions, now=NOW, host="bench")
    with _sink("smtp") as port:
        bare = COUNT / seconds(lambda: _bare_loop(port))
        before = _memory_mb()
        took = seconds(lambda: _send(sessions, port, MAILS // 2))
        grown = _memory_mb() - before
        engine.dispose()
        two = _two(url, port) if database == "postgresql" else None
    one_a_second = MAILS // 2 / took
    report(
        "delivery over SMTP",
        database=database,
        messages_a_second=one_a_second,
        bound_messages_a_second=250,
        memory_grown_mb=grown,
        yardstick_bare_loop_a_second=bare,
    )
    if two is not None:
        ratio = MAILS // 2 / two / one_a_second
        report("delivery from two", database=database, ratio=ratio, bound_ratio=1.7)


def bench_texts(url: str, database: str) -> None:
    """Texts handed over to a gateway by HTTP."""
    engine = make_engine(url, ring=RING)
    sessions = make_sessions(engine)
    progress(f"{database}: planning {COUNT} texts to send")
    with sessions() as session:
        asking_patients(session, COUNT, Channel.SMS, now=NOW)
    tick(sessions, now=NOW, host="bench", channels=frozenset(Channel))
    with _sink("http") as port:
        gateway = Gateway(f"http://127.0.0.1:{port}/", "+447700900000", "http://here/")
        outlets = Outlets({Channel.SMS: GatewayChannel(gateway)}, Renderer(URL))
        took = seconds(lambda: deliver(sessions, outlets, host="bench", now=NOW))
        bare = COUNT / seconds(lambda: _bare_requests(port))
    engine.dispose()
    report(
        "delivery over HTTP",
        database=database,
        messages_a_second=COUNT / took,
        bound_messages_a_second=400,
        yardstick_bare_loop_a_second=bare,
    )


def _bare_requests(port: int) -> None:
    """Nothing but the requests, by the same library."""
    with requests.Session() as session:
        for number in range(COUNT):
            asked = {"to": f"+4477009{number:05}", "text": "A text of a line. " * 6}
            session.get(f"http://127.0.0.1:{port}/", params=asked, timeout=5)


def _send(sessions: sessionmaker[Session], port: int, limit: int) -> None:
    deliver(sessions, over_smtp(port), host="bench", limit=limit, now=NOW)


def _two(url: str, port: int) -> float:
    """Seconds for what is left, shared by two, from when both are ready until both are done."""
    context = multiprocessing.get_context("spawn")
    at_once = context.Barrier(3)
    two = [context.Process(target=_child, args=(url, port, at_once)) for _ in range(2)]
    for one in two:
        one.start()
    at_once.wait(timeout=60)
    took = seconds(lambda: at_once.wait(timeout=600))
    for one in two:
        one.join()
    return took


def _child(url: str, port: int, at_once: Barrier) -> None:
    engine = make_engine(url, ring=RING)
    with engine.connect():
        at_once.wait(timeout=60)
    _send(make_sessions(engine), port, MAILS)
    at_once.wait(timeout=600)
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
def _sink(protocol: str) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "bench.fast_sink", protocol, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        try:
            yield port
        finally:
            server.terminate()


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
