"""In which order the open watches of a clinic stand: by danger, and then by their date.

First who may be without drug at this moment, whatever the date; then bucket by bucket, and in
each what is about the patient before what is about papers. What has no date may be due already
and stands after what is known to be late.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from tracker.domain.facts import WatchKind
from tracker.domain.urgency import Bucket


class Rank(IntEnum):
    """How dangerous a watch of this kind is, whenever it is due. The numbers are stored."""

    AT_ONCE = 0  # the pump gives no drug, or sounds a critical alarm
    CLINICAL = 1
    HOUSEKEEPING = 2  # somebody has to do it, and nobody is harmed by the day itself


AT_ONCE = frozenset({WatchKind.ALARM, WatchKind.STOPPED})
HOUSEKEEPING = frozenset(
    {
        *(WatchKind.ORDER, WatchKind.AUTHORISATION, WatchKind.REVIEW),
        *(WatchKind.ACCESS, WatchKind.TRANSFER, WatchKind.LIST),
        *(WatchKind.DAY_REPORT, WatchKind.WEEK_REPORT),
    }
)
NO_DATE = Bucket.UNKNOWN
BEGINNING, END = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
BEYOND = 2**31 - 1  # after every number of a row
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
KEY = "[0-9]{1,17}~([0-9]|1[0-4])~([0-9]{1,17})?~[0-9]{1,9}"  # see `write_key`
# Of each rank the dated buckets stand as their dates do: the pages are found by that.
PLACES: tuple[tuple[Rank, Bucket], ...] = (
    *((Rank.AT_ONCE, one) for one in (Bucket.LATE, NO_DATE)),
    *((Rank.AT_ONCE, one) for one in (Bucket.THIS_WEEK, Bucket.FOUR_WEEKS, Bucket.LATER)),
    (Rank.CLINICAL, Bucket.LATE),
    (Rank.HOUSEKEEPING, Bucket.LATE),
    (Rank.CLINICAL, NO_DATE),
    (Rank.CLINICAL, Bucket.THIS_WEEK),
    (Rank.HOUSEKEEPING, Bucket.THIS_WEEK),
    (Rank.CLINICAL, Bucket.FOUR_WEEKS),
    (Rank.HOUSEKEEPING, Bucket.FOUR_WEEKS),
    (Rank.CLINICAL, Bucket.LATER),
    (Rank.HOUSEKEEPING, Bucket.LATER),
    (Rank.HOUSEKEEPING, NO_DATE),
)
PLACE: Mapping[tuple[Rank, Bucket], int] = {one: at for at, one in enumerate(PLACES)}


def rank_of(kind: WatchKind, *, may_give_nothing: bool = False) -> Rank:
    """The rank of a watch; a kind that is named nowhere is about the patient.

    `may_give_nothing` is of the alarm that it is about: see `AlarmEntry`.
    """
    if may_give_nothing or kind in AT_ONCE:
        return Rank.AT_ONCE
    return Rank.HOUSEKEEPING if kind in HOUSEKEEPING else Rank.CLINICAL


@dataclass(frozen=True, slots=True)
class Key:
    """Where a row stands, as of the instant at which its first page was asked for."""

    as_of: datetime
    place: int
    at: datetime | None
    watch_id: int


def write_key(key: Key) -> str:
    """A key as an address has it: instants in microseconds, and nobody's name."""
    at = "" if key.at is None else _microseconds(key.at)
    return f"{_microseconds(key.as_of)}~{key.place}~{at}~{key.watch_id}"


def read_key(text: str) -> Key | None:
    """The key that was written; None of anything else."""
    if re.fullmatch(KEY, text, re.ASCII) is None:
        return None
    as_of, place, at, number = text.split("~")
    return Key(
        EPOCH + int(as_of) * MICROSECOND,
        int(place),
        EPOCH + int(at) * MICROSECOND if at else None,
        int(number),
    )


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


@dataclass(frozen=True, slots=True)
class Begin:
    """After what the rows of one rank come on a page: of those with a date, and without."""

    at: datetime
    watch_id: int
    undated_id: int


def begins(after: Key | None, edges: tuple[datetime, datetime, datetime]) -> dict[Rank, Begin]:
    """Of each rank where a page begins, by the row before it and the edges of the buckets."""
    if after is None:
        return {rank: Begin(BEGINNING, 0, 0) for rank in Rank}
    return {rank: Begin(*_dated(rank, after, edges), _undated(rank, after)) for rank in Rank}


def _dated(
    rank: Rank, after: Key, edges: tuple[datetime, datetime, datetime]
) -> tuple[datetime, int]:
    if after.at is not None and PLACES[after.place][0] is rank:
        return after.at, after.watch_id
    late, week, four = edges
    for bucket, begin in (
        (Bucket.LATE, (BEGINNING, 0)),
        (Bucket.THIS_WEEK, (late, BEYOND)),  # the edge itself is late
        (Bucket.FOUR_WEEKS, (week, 0)),
        (Bucket.LATER, (four, 0)),
    ):
        if PLACE[rank, bucket] > after.place:
            return begin
    return END, BEYOND


def _undated(rank: Rank, after: Key) -> int:
    place = PLACE[rank, NO_DATE]
    if place == after.place:
        return after.watch_id
    return 0 if place > after.place else BEYOND
