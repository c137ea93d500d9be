"""A sheet taken in by portions, so that whoever else writes waits for one of them only."""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from sqlalchemy.orm import Session

from tracker.domain.likeness import plain_number
from tracker.domain.recall import plain_serial
from tracker.domain.sheet_record import SheetRecord
from tracker.models import Clinic
from tracker.services.imports import Source, Taken, take_in

Numbered = tuple[int, SheetRecord]

MOST_ROWS = 20  # ours: about a second; SQLite lets somebody else wait for five
PAUSE_SECONDS = 0.12  # ours: who waits for SQLite looks again at least every 0.1 s


def take_in_portions(
    session: Session,
    clinic: Clinic,
    rows: Iterable[Numbered],
    source: Source,
    *,
    end: Callable[[], None],
    told: Callable[[dict[int, Taken]], None] = lambda _portion: None,
) -> dict[int, Taken]:
    """What became of each row, by its number; `end` is how a portion ends, kept or undone.

    No row of one portion bears on a row of another, so undone ones tell the same as kept ones.
    `told` hears of each portion that has ended, before the next can break off.
    """
    taken: dict[int, Taken] = {}
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    for portion in portions(list(rows)):
        if taken and is_sqlite:
            time.sleep(PAUSE_SECONDS)
        taken |= (became := take_in(session, clinic, portion, source))
        end()
        told(became)
    if not taken:
        end()
    return taken


def portions(rows: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    """The rows in portions; those that may be about one patient or one pump stay together."""
    portion: list[Numbered] = []
    for group in _together(rows):
        if portion and len(portion) + len(group) > MOST_ROWS:
            yield portion
            portion = []
        portion = [*portion, *group]
    if portion:
        yield portion


def _together(rows: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    """Groups of rows that share a number, a serial number or a day of birth, also by others."""
    groups: dict[int, list[Numbered]] = {}
    group_of: dict[Hashable, int] = {}
    for number, record in rows:
        keys = _keys(record)
        joined = {group_of[one] for one in keys if one in group_of}
        mine = [*(row for one in sorted(joined) for row in groups.pop(one)), (number, record)]
        groups[number] = mine
        for one in mine:
            group_of |= dict.fromkeys(_keys(one[1]), number)
    yield from groups.values()


def _keys(record: SheetRecord) -> tuple[Hashable, ...]:
    return (
        ("mrn", record.mrn),
        ("number", plain_number(record.mrn)),
        ("serial", plain_serial(record.pump_serial)),
        ("born", record.birth_date),
    )
