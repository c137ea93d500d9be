"""Sealing anew what the database holds unreadable: after an upgrade, or with a new key."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Contact
from tracker.models.sealed import PREFIX, UNREADABLE, Sealed
from tracker.sealing import KeyRing

AT_ONCE = 1000  # rows that are read together; ours


def reseal(session: Session, ring: KeyRing, *, is_plain_only: bool = False) -> int:
    """Seal by the newest key what isn't yet, in the order of the rows; how many that were.

    Raises Unsealable where no key opens a value; nothing is lost then. `is_plain_only` leaves
    what another key sealed, and looks at none of it.
    """
    return sum(
        _reseal(session, ring, column, is_plain_only)
        for table in Contact.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed)
    )


def _reseal(
    session: Session, ring: KeyRing, column: sa.Column[Any], is_plain_only: bool
) -> int:
    key, raw, done, last = column.table.c.id, sa.type_coerce(column, sa.Text), 0, 0
    asked = sa.select(key, raw).where(raw.is_not(None), raw != "").order_by(key).limit(AT_ONCE)
    if is_plain_only:
        asked = asked.where(raw.not_like(f"{PREFIX}%"))
    # locked, or what somebody corrects meanwhile would be written over
    while rows := session.execute(asked.where(key > last).with_for_update()).all():
        last = rows[-1][0]
        done += sum(_seal(session, ring, column, number, stored) for number, stored in rows)
    return done


def _seal(
    session: Session, ring: KeyRing, column: sa.Column[Any], number: int, stored: str
) -> bool:
    sealed = stored.removeprefix(PREFIX)
    is_sealed = sealed != stored
    if is_sealed and ring.is_newest(sealed):
        return False
    text = ring.unseal(sealed) if is_sealed else stored
    values: dict[Any, Any] = {column: sa.type_coerce(PREFIX + ring.seal(text), sa.Text)}
    if column is Contact.__table__.c.address:
        values[Contact.__table__.c.address_mark] = ring.mark(text)
    row = sa.update(column.table).where(column.table.c.id == number)
    session.execute(row.values(values))
    return True


def lost(session: Session) -> int:
    """How many contacts no key opens: nobody can be told there."""
    return sum(one == UNREADABLE for one in session.scalars(sa.select(Contact.address)))
