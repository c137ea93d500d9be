"""How a watch ends: once, by the evidence that came first."""

from datetime import timedelta

import pytest

from tests.cast import a_ward, asked_to_book
from tracker.domain.evidence import EndsNothing, Evidence, EvidenceKind
from tracker.services.lifespans import close, close_keys

DAY = timedelta(days=1)


def test_promise_evidence_only_a_watch_that_is_over_keeps_what_ended_it(session, now):
    watch = asked_to_book(session, a_ward(session), now=now)
    close(session, watch, Evidence(EvidenceKind.REFILL, 1, is_new_fill=True), now=now)

    close(session, watch, Evidence(EvidenceKind.DIED, 2), now=now + DAY)
    session.flush()

    assert (watch.evidence_kind, watch.evidence_id, watch.closed_at) == ("refill", 1, now)


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(EvidenceKind.CONTACT_ATTEMPT, 1),
        Evidence(EvidenceKind.APPOINTMENT, 1),
        Evidence(EvidenceKind.REFILL, 1),  # an older one, entered late
    ],
)
def test_promise_evidence_only_what_shows_nothing_closes_nothing(session, now, evidence):
    watch = asked_to_book(session, a_ward(session), now=now)

    with pytest.raises(EndsNothing):
        close(session, watch, evidence, now=now)
    with pytest.raises(EndsNothing), session.begin_nested():
        close_keys(session, [str(watch.open_key)], evidence, now=now)

    session.refresh(watch)
    assert (watch.closed_at, watch.evidence_kind) == (None, None)
