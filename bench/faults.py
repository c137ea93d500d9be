"""The faults that are made for the table: each is handed a database and a mail server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.faults.hindering import (
    IMPATIENT,
    NO_PAGE_MORE,
    READ_ONLY,
    full_below,
    hindered,
)
from tests.faults.ward import killed, start
from tests.outlets import into, over_smtp
from tests.rings import RING
from tests.smtp_sink import Sink, free_port
from tracker.db import make_engine, make_sessions
from tracker.domain.message import Channel
from tracker.domain.outgoing import Outgoing
from tracker.jobs import deliver, tick
from tracker.jobs.rounds import once
from tracker.notify.channels import Sender

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MORE = 1_000  # than are ever sent here
GONE = {  # whoever is to be told first; whom staff ask instead is there
    f"{who}{number}@{where}.example": "550 5.1.1 no such user"
    for who, where in (("patient", "home"), ("owner", "hill"))
    for number in range(MORE)
}
Fault = Callable[[str, sessionmaker[Session], Sink], None]


def go_on(sessions: sessionmaker[Session], sink: Sink, at: datetime) -> None:
    tick(sessions, now=at, host="next")
    deliver(sessions, over_smtp(sink.port, timeout=1), host="next", now=at)


def _killed(what: str, kill_at: str, count: int) -> Fault:
    def fault(url: str, sessions: sessionmaker[Session], sink: Sink) -> None:
        if what == "deliver":
            tick(sessions, now=NOW, host="h")
        killed(start(url, sink, what, kill_at=kill_at, count=count, now=NOW))

    return fault


def _together(hosts: str) -> Fault:
    def fault(url: str, sessions: sessionmaker[Session], sink: Sink) -> None:
        for what in ("tick", "deliver"):
            for one in [start(url, sink, what, host=host, now=NOW) for host in hosts]:
                killed(one)

    return fault


def _misbehaving(**facts: object) -> Fault:
    """A mail server that is at fault for six hours and well afterwards."""

    def fault(url: str, sessions: sessionmaker[Session], sink: Sink) -> None:
        well = {name: getattr(sink, name) for name in facts}
        for name, value in facts.items():
            setattr(sink, name, value)
        for hour in range(-6, 1):
            go_on(sessions, sink, NOW + hour * HOUR)
        for name, value in well.items():
            setattr(sink, name, value)

    return fault


def _down(url: str, sessions: sessionmaker[Session], sink: Sink) -> None:
    """Nobody listens for six hours."""
    nobody = Sink(port=free_port())
    for hour in range(-6, 1):
        go_on(sessions, nobody, NOW + hour * HOUR)


def _hindered(orders: dict[str, str]) -> Fault:
    """A database that takes nothing for an hour, from the plan on and then from a claim on."""

    def fault(url: str, sessions: sessionmaker[Session], sink: Sink) -> None:
        engine, hindered_ones = hindered(url, orders)
        for minute in (-60, -30):
            once(hindered_ones, over_smtp(sink.port), clock=_at(NOW + minute * MINUTE))
        tick(sessions, now=NOW, host="h")
        once(hindered_ones, over_smtp(sink.port), clock=_at(NOW))
        engine.dispose()

    return fault


def _without_room(url: str, sessions: sessionmaker[Session], sink: Sink) -> None:
    if url.startswith("sqlite"):
        _hindered(NO_PAGE_MORE)(url, sessions, sink)
        return
    engine = make_engine(url, ring=RING)
    full = make_sessions(engine)
    with full_below(engine, "message"):
        once(full, over_smtp(sink.port), clock=_at(NOW - HOUR))
    tick(sessions, now=NOW, host="h")
    with full_below(engine, "attempt"):
        once(full, over_smtp(sink.port), clock=_at(NOW))


def _locked(url: str, sessions: sessionmaker[Session], sink: Sink) -> None:
    """Another holds what every turn must write, for longer than a turn waits."""
    engine, impatient = hindered(url, IMPATIENT)
    lock = sa.text("LOCK TABLE message IN ACCESS EXCLUSIVE MODE")
    for plans_before in (False, True):
        if plans_before:
            tick(sessions, now=NOW, host="h")
        with sessions() as another:
            another.connection()  # on SQLite whoever begins to write holds all
            if engine.dialect.name != "sqlite":
                another.execute(lock)
            once(impatient, over_smtp(sink.port), clock=_at(NOW))
    engine.dispose()


def _cut(url: str, sessions: sessionmaker[Session], sink: Sink) -> None:
    """Every connection is cut, as by a server that is started again, between two claims."""
    tick(sessions, now=NOW, host="h")
    engine = make_engine(url, ring=RING)
    outlets = into(_Cutting(over_smtp(sink.port).senders[Channel.EMAIL], engine))
    once(make_sessions(engine), outlets, clock=_at(NOW))
    engine.dispose()


class _Cutting:
    """Cuts every connection of the sender's engine once its second message is handed over."""

    def __init__(self, inner: Sender, engine: sa.Engine) -> None:
        self.inner, self.engine, self.sent = inner, engine, 0

    def send(self, outgoing: Outgoing) -> str:
        receipt = self.inner.send(outgoing)
        self.sent += 1
        if self.sent == 2 and self.engine.dialect.name != "sqlite":
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            others += " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            admin = sa.create_engine(self.engine.url)
            with admin.connect() as connection:
                connection.exec_driver_sql(others)
            admin.dispose()
        return receipt

    def close(self) -> None:
        self.inner.close()


def _ahead(url: str, sessions: sessionmaker[Session], sink: Sink) -> None:
    """The clock is half an hour ahead, nobody takes anything, and it is set back."""
    go_on(sessions, Sink(port=free_port()), NOW + HOUR / 2)


def _at(now: datetime) -> Callable[[], datetime]:
    return lambda: now


FAULTS: dict[str, Fault] = {
    "killed before the plan's commit": _killed("tick", "before_commit", 1),
    "killed between a message and its status": _killed("tick", "between", 1),
    "killed after the plan": _killed("tick", "before_commit", 3),
    "killed after a claim": _killed("deliver", "after_claim", 3),
    "killed after a hand-over": _killed("deliver", "after_send", 3),
    "killed before a result's commit": _killed("deliver", "before_result", 3),
    "two schedulers": _together("ab"),
    "four schedulers": _together("abcd"),
    "refuses for now": _misbehaving(rcpt_answers={"*": "451 come again"}),
    "refuses for good": _misbehaving(rcpt_answers=GONE),
    "closes": _misbehaving(rcpt_answers={"*": "421 closing"}),
    "drops the line after the data": _misbehaving(drops_after_data=MORE),
    "answers without meaning": _misbehaving(data_answer="certainly"),
    "hangs": _misbehaving(slow_seconds=1.5),
    "is slow": _misbehaving(slow_seconds=0.02),
    "is down for six hours": _down,
    "read-only database": _hindered(READ_ONLY),
    "database without room": _without_room,
    "locked database": _locked,
    "connections cut": _cut,
    "a clock ahead, and set back": _ahead,
}
