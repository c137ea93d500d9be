"""Reading the whole trail again, a stretch at a time, and looking whether it holds together."""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.trail import Entry, Head, Kept, Wrong, follow
from tracker.models import TrailEntry, TrailPatient

AT_ONCE = 500  # ours: so many entries are held in memory, however long the trail is
ENTRY, NAMED = TrailEntry.__table__, TrailPatient.__table__
NAMES = tuple(Entry.__slots__)
COLUMNS = [ENTRY.c[name] for name in NAMES]


class Unreadable(Exception):
    """An entry whose fields aren't of their kind any more."""

    def __init__(self, number: int) -> None:
        super().__init__(f"entry {number}")
        self.number = number


def verify(session: Session, heads: Iterable[Head] = ()) -> Head | Wrong:
    """The head of the trail if all of it is as it was written; else the first wrong entry."""
    try:
        found = follow(kept_entries(session), heads)
    except Unreadable as one:
        return Wrong(one.number, "it can't be read: a field is not of its kind any more")
    if isinstance(found, Head) and (stray := _stray(session, found.number)) is not None:
        return Wrong(stray, "a patient is named for an entry that isn't there")
    return found


def kept_entries(session: Session) -> Iterator[Kept]:
    """Every entry by number, with its hash."""
    last: int | None = None
    while True:
        stretch = _stretch(session, last)
        yield from stretch
        if len(stretch) < AT_ONCE:
            return
        last = stretch[-1].entry.id


def _stretch(session: Session, last: int | None) -> list[Kept]:
    asked = sa.select(*COLUMNS, ENTRY.c.hash).order_by(ENTRY.c.id).limit(AT_ONCE)
    if last is not None:
        asked = asked.where(ENTRY.c.id > last)
    try:
        rows: list[Any] = list(session.execute(asked))
    except (ValueError, LookupError, TypeError) as problem:
        raise Unreadable(_first_unreadable(session, last)) from problem
    named = _named(session, rows)
    return [
        Kept(Entry(*map(_plain, row[:-1])), row.hash, tuple(named.get(row.id, ())))
        for row in rows
    ]


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)  # an act as the word that was hashed


def _named(session: Session, rows: list[Any]) -> dict[int, list[int]]:
    if not rows:
        return {}
    asked = (
        sa.select(NAMED.c.entry_id, NAMED.c.patient_id)
        .where(NAMED.c.entry_id.between(rows[0].id, rows[-1].id))
        .order_by(NAMED.c.entry_id, NAMED.c.patient_id)
    )
    found: dict[int, list[int]] = {}
    for entry_id, patient_id in session.execute(asked):
        found.setdefault(entry_id, []).append(patient_id)
    return found


def _stray(session: Session, newest: int) -> int | None:
    asked = sa.select(sa.func.min(NAMED.c.entry_id)).where(
        sa.or_(NAMED.c.entry_id > newest, NAMED.c.entry_id < 1)
    )
    stray: int | None = session.scalar(asked)
    return stray


def _first_unreadable(session: Session, last: int | None) -> int:
    """The entry of a stretch at which reading fails, found one by one."""
    asked = sa.select(ENTRY.c.id).order_by(ENTRY.c.id).limit(AT_ONCE)
    numbers: list[int] = list(
        session.scalars(asked if last is None else asked.where(ENTRY.c.id > last))
    )
    for number in numbers:
        try:
            session.execute(sa.select(*COLUMNS).where(ENTRY.c.id == number)).all()
        except (ValueError, LookupError, TypeError):
            return number
    return numbers[0] if numbers else 1
