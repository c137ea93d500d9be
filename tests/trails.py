"""Sessions that leave a trail, and what stands in it."""

from datetime import UTC, datetime

import sqlalchemy as sa

from tracker.db import make_sessions
from tracker.domain.trail import Actor
from tracker.models import TrailEntry
from tracker.services.trail import keep_trail

AT = datetime(2026, 6, 1, 8, 0, 0, 123456, tzinfo=UTC)
NADIA = Actor(AT, "Nadia Nurse", staff_id=1, address="192.0.2.7", correlation="c0ffee")


def kept_sessions(engine, actor=NADIA):
    """Sessions of which everything is written down as `actor`'s."""
    sessions = make_sessions(engine)
    keep_trail(sessions, lambda: actor)
    return sessions


def entries(sessions, **which):
    """The trail, oldest first; the reader lets go at once."""
    with sessions() as session:
        asked = sa.select(TrailEntry).filter_by(**which).order_by(TrailEntry.id)
        return list(session.scalars(asked))
