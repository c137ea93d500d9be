"""A tick with nothing due, and one with ten thousand watches due."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from bench.seed import NOW
from bench.timing import median_ms, report, seconds
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Anchors, default_ladder
from tracker.domain.message import MessageState
from tracker.domain.position import highest_due, step_dues
from tracker.domain.risk import RiskClass
from tracker.jobs import tick
from tracker.models import Message, Watch

DUE = 10_000


def bench_tick(sessions: sessionmaker[Session], database: str, pumps: int) -> None:
    quiet = median_ms(lambda: tick(sessions, now=NOW, host="bench"))
    report("tick, nothing due", database=database, pumps=pumps, ms=quiet, bound_ms=10)
    _make_due(sessions)
    took = seconds(lambda: tick(sessions, now=NOW, host="bench"))
    with sessions() as session:
        fresh = sa.select(sa.func.count(Message.id)).where(
            Message.planned_at == NOW, Message.state == MessageState.PLANNED
        )
        planned = session.scalar(fresh) or 0
    yardstick = _bare_inserts(sessions, planned)
    report(
        "tick, ten thousand due",
        database=database,
        pumps=pumps,
        seconds=took,
        messages=planned,
        messages_a_second=planned / took,
        bound_messages_a_second=5000,
        yardstick_bare_inserts_a_second=planned / yardstick,
    )


def _make_due(sessions: sessionmaker[Session]) -> None:
    """Ten thousand refill watches that spoke yesterday, each with its next step due now."""
    danger_at, dry_at = NOW + timedelta(days=5), NOW + timedelta(days=30)
    opened_at, yesterday = NOW - timedelta(days=90), NOW - timedelta(days=1)
    ladder = default_ladder(WatchKind.REFILL, RiskClass.CRITICAL)
    dues = step_dues(ladder, Anchors(danger_at, dry_at, opened_at, opened_at))
    next_due = min(due for due in dues if due is not None and due > yesterday)
    shift = NOW - next_due - timedelta(minutes=1)  # that step falls due a minute ago
    first = sa.select(Watch.id).where(Watch.kind == "refill").order_by(Watch.id).limit(DUE)
    due = (
        sa.update(Watch)
        .where(Watch.id.in_(first))
        .values(
            next_action_at=NOW - timedelta(minutes=1),
            danger_at=danger_at + shift,
            earliest_at=danger_at + shift,
            dry_at=dry_at + shift,
            counts_from_at=opened_at,
            opened_at=opened_at,
            cursor=highest_due(dues, yesterday),
            round=3,
            fired_at=yesterday + shift,
        )
    )
    with sessions.begin() as session:
        session.execute(due)


def _bare_inserts(sessions: sessionmaker[Session], rows: int) -> float:
    """As many message rows inserted in bulk and nothing else, in seconds."""
    with sessions() as session:
        columns = [c for c in Message.__table__.columns if c.name not in ("id", "key")]
        one = session.execute(sa.select(*columns).limit(1)).mappings().one()
        values = [{**one, "key": f"bare:{n}"} for n in range(rows)]
        took = seconds(lambda: (session.execute(sa.insert(Message), values), session.flush()))
        session.rollback()
    return took
