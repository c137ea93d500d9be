"""Sealing anew what the database holds unreadable: after an upgrade, or with a new key."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Contact, DeliveryReport, Message, Reply
from tracker.models.sealed import PREFIX, UNREADABLE
from tracker.sealing import KeyRing

COLUMNS: tuple[tuple[Any, Any], ...] = (
    (Contact, Contact.address),
    (Message, Message.address),
    (Reply, Reply.from_address),
    (DeliveryReport, DeliveryReport.text),
)
AT_ONCE = 1000  # rows that are read together; ours


def reseal(session: Session, ring: KeyRing, *, is_plain_only: bool = False) -> int:
    """Seal by the newest key what isn't yet, in the order of the rows; how many that were.

    Raises Unsealable where no key opens a value; nothing is lost then. `is_plain_only` leaves
    what another key sealed, and looks at none of it.
    """
    return sum(
        _reseal(session, ring, table, column, is_plain_only) for table, column in COLUMNS
    )


def _reseal(
    session: Session, ring: KeyRing, table: Any, column: Any, is_plain_only: bool
) -> int:
    raw, done, last = sa.type_coerce(column, sa.Text), 0, 0
    asked = sa.select(table.id, raw).where(raw.is_not(None), raw != "").order_by(table.id)
    if is_plain_only:
        asked = asked.where(raw.not_like(f"{PREFIX}%"))
    while rows := session.execute(asked.where(table.id > last).limit(AT_ONCE)).all():
        last = rows[-1][0]
        for number, stored in rows:
            done += _seal(session, ring, table, column, number, stored)
    return done


def _seal(
    session: Session, ring: KeyRing, table: Any, column: Any, number: int, stored: str
) -> bool:
    sealed = stored.removeprefix(PREFIX)
    is_sealed = sealed != stored
    if is_sealed and ring.is_newest(sealed):
        return False
    text = ring.unseal(sealed) if is_sealed else stored
    core = table.__table__
    values: dict[str, Any] = {column.key: sa.type_coerce(PREFIX + ring.seal(text), sa.Text)}
    if table is Contact:
        values["address_mark"] = ring.mark(text)
    session.execute(sa.update(core).where(core.c.id == number).values(values))
    return True


def lost(session: Session) -> int:
    """How many contacts no key opens: nobody can be told there."""
    return sum(one == UNREADABLE for one in session.scalars(sa.select(Contact.address)))
