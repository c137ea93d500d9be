"""What is sealed in the database, and sealing it anew when a newer key is there."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from tracker.models import Authenticator
from tracker.sealing import KeyRing

# Every column that is sealed. Whoever seals another adds it, or no key could be retired.
SEALED: tuple[InstrumentedAttribute[str], ...] = (Authenticator.secret,)
AT_ONCE = 500  # rows; ours: a bunch that is read and written within a moment


def ring_of(keys: str) -> KeyRing:
    """The ring of the setting SEALING_KEYS: newest first, with commas."""
    return KeyRing([key.strip() for key in keys.split(",")])


def reseal(
    session: Session, ring: KeyRing, columns: Sequence[InstrumentedAttribute[str]] = SEALED
) -> int:
    """Seal anew with the newest key what an older one sealed; how many values that were.

    Raises Unsealable where no key opens a value; nothing is lost then.
    """
    return sum(_reseal(session, ring, column) for column in columns)


def _reseal(session: Session, ring: KeyRing, column: InstrumentedAttribute[str]) -> int:
    key, done, last = column.class_.id, 0, 0
    query = sa.select(key, column).where(column.is_not(None)).order_by(key).limit(AT_ONCE)
    while rows := session.execute(query.where(key > last).with_for_update()).all():
        for number, stored in rows:
            if not ring.is_newest(stored):
                anew = ring.seal(ring.unseal(stored))
                session.execute(
                    sa.update(column.class_).where(key == number).values({column.key: anew})
                )
                done += 1
        last = rows[-1][0]
    return done
