"""What the audit asks costs what waits or is wrong, and not what was ever said and done.

Held against the plans of SQLite, which knows no statistics and goes by what a question says.
"""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import a_ward, a_watched_pump, messages
from tests.plans import plans_of
from tracker.domain.message import MessageState
from tracker.jobs import tick
from tracker.services import audits, claims, heartbeats

OF_WHAT_IS_OPEN = ("ix_message_un", "ix_message_due", "ix_message_lease", "ix_watch_urgent")


@pytest.fixture(autouse=True)
def _a_due_watch(session: Session, now: datetime) -> None:
    a_watched_pump(session, a_ward(session), danger_at=now)
    session.commit()


def walked_through(plans: set[str]) -> list[str]:
    """What is read from end to end of what was ever said or tried, and not of what is open."""
    walks = [one for one in plans if one.startswith(("SCAN message", "SCAN attempt"))]
    return [one for one in walks if not any(ix in one for ix in OF_WHAT_IS_OPEN)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_tick_walks_through_nothing_that_was_ever_said_or_tried(
    engine: Engine, sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    """Of so few rows PostgreSQL reads a table through in any case."""
    busy = plans_of(engine, lambda: tick(sessions, now=now, host="h"))
    assert MessageState.PLANNED in {one.state for one in messages(session)}
    session.rollback()
    quiet = plans_of(engine, lambda: tick(sessions, now=now + timedelta(minutes=1), host="h"))
    plans = busy | quiet

    assert walked_through(plans) == []
    assert "SEARCH attempt USING INDEX ix_attempt_started_at (started_at<?)" not in plans
    assert "SCAN watch" not in plans
    # and the few who are lost, or urgent, are not looked for among all that is open
    assert [one for one in plans if one.startswith("SCAN watch USING INDEX ix_watch_ow")] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_dead_claim_is_found_without_a_walk_through_all_that_was_ever_said(
    engine: Engine, sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    """As every tick would otherwise walk while nobody can settle it."""
    tick(sessions, now=now, host="h")
    waiting = [one.id for one in messages(session, state=MessageState.PLANNED)]
    assert claims.claim(session, waiting[:1], host="dead", now=now)
    session.commit()

    def ask() -> None:
        with sessions() as asking:
            look, last = heartbeats.look(asking), heartbeats.newest(asking)
            found = audits.audit(asking, look, last, now=now + claims.LEASE)
            assert "lease" in {one.promise for one in found}

    assert walked_through(plans_of(engine, ask)) == []
