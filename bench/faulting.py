"""What is lost and what is doubled under each fault: a table, one line for each.

python -m bench.faulting [COUNT] prints this table alone, with fewer messages where it is asked.
"""

import sys
from collections import Counter
from collections.abc import Callable
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.databases import fresh_databases
from bench.faults import FAULTS, HOUR, MINUTE, NOW, go_on
from bench.timing import report
from tests.faults.ward import (
    asking_patients,
    asking_staff,
    asking_very_many,
)
from tests.outlets import Listed, into
from tests.rings import RING
from tests.smtp_sink import Sink, free_port, smtp_sink
from tracker.db import make_engine, make_sessions
from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.jobs import deliver, tick
from tracker.models import Contact, Message, Watch
from tracker.services.claims import LEASE

COUNT = 30  # messages to patients, and as many to staff
VERY_MANY = 10_000
ASKED = (WatchKind.UNDELIVERABLE, WatchKind.SYSTEM)  # somebody is asked to see to the pump


def bench_faults(database: str, fresh: Callable[[], str], count: int = COUNT) -> None:
    """Each fault on a database of its own, made by `fresh`; then all goes on as it would."""
    for name, fault in FAULTS.items():
        for who, asking in (("patients", asking_patients), ("staff", asking_staff)):
            url = fresh()
            engine = make_engine(url, ring=RING)
            sessions = make_sessions(engine)
            with sessions() as session:
                asking(session, count, now=NOW)
            with smtp_sink(Sink(port=free_port())) as sink:
                fault(url, sessions, sink)
                for later in (MINUTE, LEASE + HOUR, LEASE + 2 * HOUR):
                    go_on(sessions, sink, NOW + later)
            with sessions() as session:
                lost, twice = _counted(session, sink.told, who)
            engine.dispose()
            _tell(f"fault: {name}", database, who, count, lost, twice)
    _bench_very_many(database, fresh(), count * VERY_MANY // COUNT)


def _bench_very_many(database: str, url: str, count: int) -> None:
    """So many due at once, turn after turn of the timer."""
    engine = make_engine(url, ring=RING)
    sessions, sender = make_sessions(engine), Listed()
    with sessions() as session:
        asking_very_many(session, count, now=NOW)
    for minute in range(3):
        tick(sessions, now=NOW + minute * MINUTE, host="h")
        deliver(sessions, into(sender), host="h", now=NOW + minute * MINUTE)
    with sessions() as session:
        lost, twice = _counted(session, sender.told, "patients")
    engine.dispose()
    _tell("fault: very many due at once", database, "patients", count, lost, twice)


def _tell(name: str, database: str, who: str, count: int, lost: int, twice: int) -> None:
    report(
        name,
        database=database,
        told=who,
        messages=count,
        lost=lost,
        bound_lost=0,
        doubled=twice,
        bound_doubled=0 if who == "patients" else None,
    )


def _counted(session: Session, told: list[str], who: str) -> tuple[int, int]:
    """Pumps of which nobody was told and nobody is asked to see to, and readers told twice."""
    watches = list(session.scalars(sa.select(Watch)))
    asked = [one for one in watches if one.kind in ASKED]
    seen_to = {one.pump_id for one in asked}
    of = {one.explanation.get("message_id") for one in asked}
    to = session.scalars(sa.select(Message.staff_id).where(Message.id.in_(of - {None})))
    out_of_reach = set(to)  # of a colleague others are told; the pump stands on the board
    times = Counter(told)
    lost = twice = 0
    for one in watches:
        if one.kind is not WatchKind.REFILL:
            continue
        address = _address(session, one, who)
        is_known = one.pump_id in seen_to or (who == "staff" and one.owner_id in out_of_reach)
        lost += not times[address] and not is_known
        twice += times[address] - _alarms(session, one, who) > 1
    return lost, twice


def _alarms(session: Session, watch: Watch, who: str) -> int:
    """How many of an owner's e-mails were of the fault itself."""
    if who != "staff":
        return 0
    asked = sa.select(sa.func.count(Message.id)).where(
        Message.staff_id == watch.owner_id,
        Message.state == MessageState.SENT,
        Message.watch_id.in_(sa.select(Watch.id).where(Watch.kind == WatchKind.SYSTEM)),
    )
    return session.scalar(asked) or 0


def _address(session: Session, watch: Watch, who: str) -> str:
    if who == "staff":
        assert watch.owner is not None
        return watch.owner.email
    assert watch.pump is not None
    asked = sa.select(Contact.address).where(Contact.patient_id == watch.pump.patient_id)
    return session.scalars(asked).one()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with fresh_databases() as fresh:
        for database in ("sqlite", "postgresql"):
            bench_faults(database, partial(fresh, database), count)


if __name__ == "__main__":
    main()
