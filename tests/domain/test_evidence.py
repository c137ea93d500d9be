"""Which records end which watch, and that nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.evidence import (
    ENDED_BY,
    PUMP_ENDS,
    RECORDS,
    EndsNothing,
    Evidence,
    EvidenceKind,
    check_ends,
    ends,
    is_new_fill,
)
from tracker.domain.facts import WatchKind

FILLED_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
OF_A_PUMP = set(WatchKind) - {
    *(WatchKind.ACCESS, WatchKind.LIST, WatchKind.DAY_REPORT, WatchKind.WEEK_REPORT),
}


def test_every_kind_of_watch_can_end_and_every_kind_of_record_ends_one():
    assert ENDED_BY.keys() == set(WatchKind)
    assert all(ENDED_BY.values())
    named = frozenset().union(
        *(records for kind, records in ENDED_BY.items() if kind is not WatchKind.CALL)
    )
    assert named == set(EvidenceKind)


@pytest.mark.parametrize("kind", OF_A_PUMP)
@pytest.mark.parametrize("end", PUMP_ENDS)
def test_with_the_pump_everything_that_is_asked_of_it_ends(kind, end):
    assert ends(kind, Evidence(end), stands=True)


@pytest.mark.parametrize("record", EvidenceKind)
def test_promise_evidence_only_a_reservoir_is_filled_by_its_newest_fill_alone(record):
    is_over = record in PUMP_ENDS
    assert ends(WatchKind.REFILL, Evidence(record)) is is_over

    is_over = is_over or record is EvidenceKind.REFILL
    assert ends(WatchKind.REFILL, Evidence(record, is_new_fill=True)) is is_over


@pytest.mark.parametrize("record", EvidenceKind)
def test_promise_evidence_only_a_battery_is_over_with_its_pump_alone(record):
    assert ends(WatchKind.BATTERY, Evidence(record, is_new_fill=True)) is (record in PUMP_ENDS)


@pytest.mark.parametrize("kind", set(WatchKind) - {WatchKind.TRANSFER, WatchKind.CALL})
def test_promise_evidence_only_an_offer_that_is_not_accepted_ends_itself_alone(kind):
    declined = Evidence(EvidenceKind.TRANSFER_DECLINED)

    assert not ends(kind, declined)
    assert ends(WatchKind.TRANSFER, declined)


@pytest.mark.parametrize("record", RECORDS - PUMP_ENDS)
def test_promise_evidence_only_what_is_still_so_is_ended_by_no_record(record):
    for kind in (WatchKind.NO_DATA, WatchKind.MISMATCH, WatchKind.STOPPED):
        assert ends(kind, Evidence(record))
        assert not ends(kind, Evidence(record), stands=True)


def test_what_ends_nothing_is_refused_by_name():
    with pytest.raises(EndsNothing, match="refill is not ended by contact_attempt"):
        check_ends(WatchKind.REFILL, Evidence(EvidenceKind.CONTACT_ATTEMPT))

    check_ends(WatchKind.CALL, Evidence(EvidenceKind.CONTACT_ATTEMPT))


@pytest.mark.parametrize(
    ("filled_at", "newest_at", "is_correction", "is_new"),
    [
        (FILLED_AT, None, False, True),
        (FILLED_AT, FILLED_AT - DAY, False, True),
        (FILLED_AT, FILLED_AT, False, False),
        (FILLED_AT - DAY, FILLED_AT, False, False),
        (FILLED_AT, None, True, False),
        (FILLED_AT, FILLED_AT - DAY, True, False),
    ],
)
def test_what_the_reservoir_holds_is_said_by_the_newest_refill(
    filled_at, newest_at, is_correction, is_new
):
    assert is_new_fill(filled_at, newest_at, is_correction=is_correction) is is_new
