"""How a watch ends: once, by the evidence that came first."""

from datetime import timedelta

from tests.cast import a_ward, asked_to_book
from tracker.services.lifespans import Evidence, close

DAY = timedelta(days=1)


def test_promise_evidence_only_a_watch_that_is_over_keeps_what_ended_it(session, now):
    watch = asked_to_book(session, a_ward(session), now=now)
    close(session, watch, Evidence("refill", 1), now=now)

    close(session, watch, Evidence("call", 2), now=now + DAY)
    session.flush()

    assert (watch.evidence_kind, watch.evidence_id, watch.closed_at) == ("refill", 1, now)
