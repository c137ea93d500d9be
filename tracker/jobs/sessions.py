"""Sessions as jobs use them: one for each phase and for each message."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session, sessionmaker

Sessions = sessionmaker[Session]


@contextmanager
def looking(sessions: Sessions) -> Iterator[Session]:
    """A session that only reads, and on SQLite waits for nobody."""
    with sessions() as session:
        session.connection(execution_options={"readonly": True})
        yield session
