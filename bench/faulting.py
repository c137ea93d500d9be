"""What is lost and what is doubled under each fault: a table, one line for each."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from bench.timing import report
from tests.faults.ward import asking_patients, asking_staff, doubled, killed, start
from tests.outlets import over_smtp
from tests.rings import RING
from tests.smtp_sink import Sink, free_port, smtp_sink
from tracker.db import make_engine, make_sessions
from tracker.domain.danger import WatchKind
from tracker.jobs import deliver, tick
from tracker.models import Watch
from tracker.services.deliveries import LEASE

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
COUNT = 30  # messages to patients, and as many to staff
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Fault = Callable[[str, sessionmaker[Session], Sink], None]


def bench_faults(database: str, fresh: Callable[[], str]) -> None:
    """Each fault on a database of its own, made by `fresh`; then all goes on as it would."""
    for name, fault in FAULTS.items():
        for who, asking in (("patients", asking_patients), ("staff", asking_staff)):
            url = fresh()
            engine = make_engine(url, ring=RING)
            sessions = make_sessions(engine)
            with sessions() as session:
                asking(session, COUNT, now=NOW)
            with smtp_sink(Sink(port=free_port())) as sink:
                fault(url, sessions, sink)
                for later in (MINUTE, LEASE + HOUR, LEASE + 2 * HOUR):
                    _go_on(sessions, sink, NOW + later)
            with sessions() as session:
                lost, twice = _counted(session, sink, who)
            engine.dispose()
            report(
                f"fault: {name}",
                database=database,
                told=who,
                messages=COUNT,
                lost=lost,
                bound_lost=0,
                doubled=twice,
                bound_doubled=0 if who == "patients" else None,
            )


def _counted(session: Session, sink: Sink, who: str) -> tuple[int, int]:
    """How many were told of nothing and nobody telephones, and how many messages came twice."""
    if who == "staff":
        told = {one for one in sink.told if one.startswith("owner")}
        return COUNT - len(told), len(doubled(sink))
    told_times = Counter(one for one in sink.told if one.startswith("patient"))
    phoned = sa.select(sa.func.count(Watch.id)).where(Watch.kind == WatchKind.UNDELIVERABLE)
    lost = COUNT - len(told_times) - (session.scalar(phoned) or 0)
    return max(0, lost), sum(times > 1 for times in told_times.values())


def _go_on(sessions: sessionmaker[Session], sink: Sink, at: datetime) -> None:
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
            _go_on(sessions, sink, NOW + hour * HOUR)
        for name, value in well.items():
            setattr(sink, name, value)

    return fault


FAULTS: dict[str, Fault] = {
    "killed before the plan's commit": _killed("tick", "before_commit", 1),
    "killed after the plan": _killed("tick", "before_commit", 3),
    "killed after a claim": _killed("deliver", "after_claim", 3),
    "killed after a hand-over": _killed("deliver", "after_send", 3),
    "two schedulers": _together("ab"),
    "four schedulers": _together("abcd"),
    "refuses for now": _misbehaving(rcpt_answers={"*": "451 come again"}),
    "closes": _misbehaving(rcpt_answers={"*": "421 closing"}),
    "drops the line after the data": _misbehaving(drops_after_data=COUNT),
    "answers without meaning": _misbehaving(data_answer="certainly"),
    "hangs": _misbehaving(slow_seconds=1.5),
}
