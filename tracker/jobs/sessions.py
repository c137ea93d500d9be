"""Sessions as jobs use them: one for each phase and for each message."""

from sqlalchemy.orm import Session, sessionmaker

Sessions = sessionmaker[Session]
