"""The open watches stand by danger, and a page begins right after the row before it."""

from datetime import UTC, datetime, timedelta
from itertools import product

from tracker.domain.danger import Bucket, WatchKind, bucket_between
from tracker.domain.ranking import (
    END,
    PLACE,
    PLACES,
    Key,
    Rank,
    begins,
    rank_of,
    read_key,
    write_key,
)

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
EDGES = (NOW, NOW + 7 * DAY, NOW + 28 * DAY)
DATES = (NOW - 40 * DAY, NOW - DAY, *EDGES, NOW + 3 * DAY, NOW + 60 * DAY, None)


def placed(rank, at):
    return PLACE[rank, bucket_between(at, EDGES)]


ROWS = sorted(
    (
        (placed(rank, at), at or END, number, rank, at)
        for number, (rank, at, _twin) in enumerate(product(Rank, DATES, range(2)), start=1)
    ),
)  # fmt: skip


def test_an_alarm_of_today_stands_before_a_drug_order_of_last_week():
    alarm = placed(rank_of(WatchKind.ALARM), NOW + DAY / 24)
    refill = placed(rank_of(WatchKind.REFILL), NOW - DAY)
    order = placed(rank_of(WatchKind.ORDER), NOW - 7 * DAY)
    no_data = placed(rank_of(WatchKind.NO_DATA), None)
    soon = placed(rank_of(WatchKind.REFILL), NOW + DAY)

    assert alarm < refill < order < no_data < soon
    assert rank_of(WatchKind.MINOR_ALARM, may_give_nothing=True) is Rank.AT_ONCE


def test_a_kind_that_nobody_ranked_is_about_the_patient():
    ranked = {WatchKind.ALARM, WatchKind.STOPPED}
    assert {one for one in WatchKind if rank_of(one) is Rank.AT_ONCE} == ranked
    assert rank_of(WatchKind.RECALL) is Rank.CLINICAL
    assert len(PLACES) == len(set(PLACES)) == len(Rank) * len(Bucket)


def test_each_page_begins_after_the_row_before_it_and_leaves_none_out():
    for count, (place, _, number, _rank, at) in enumerate(ROWS, start=1):
        begin = begins(Key(NOW, place, at, number), EDGES)

        found = [
            row
            for row in ROWS
            if (
                (row[4], row[2]) > (begin[row[3]].at, begin[row[3]].watch_id)
                if row[4]
                else row[2] > begin[row[3]].undated_id
            )
        ]

        assert found == ROWS[count:]


def test_a_key_is_read_as_it_was_written_and_nothing_else_is_one():
    for at in (None, NOW - DAY):
        key = Key(NOW, 14, at, 12)
        assert read_key(write_key(key)) == key
    for odd in ("", "x", "1~15~~1", "1~1~1", f"1~1~~{10**9}", "1~1~~1\n", "١~1~~1"):
        assert read_key(odd) is None
