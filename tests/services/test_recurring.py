"""What comes again is a watch of its own, and of one watch each reader has one message."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from tests.cast import a_ward, a_watched_pump, messages
from tests.living import live
from tests.riverside import (
    DAY,
    FILLED_AT,
    open_watch,
    pump_of,
    refill_facts,
    refilled,
    riverside,
)
from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.jobs import tick
from tracker.models import Watch
from tracker.services.readings import ReadingFacts, record_interrogation

MISMATCH = WatchKind.MISMATCH


def test_promise_evidence_only_a_mismatch_that_recurs_after_a_refill_is_a_new_watch(
    session: Session,
) -> None:
    here = riverside(session)
    pump = pump_of(session, here)
    refilled(session, pump, here)
    at = FILLED_AT + 30 * DAY
    printed = ReadingFacts(read_at=at, printed_alarm_on=(at + 90 * DAY).date())
    record_interrogation(session, pump, printed, by=here.nadia, now=at)
    first = open_watch(session, pump, MISMATCH)
    assert first is not None

    filled_at = FILLED_AT + 60 * DAY
    refill = refilled(session, pump, here, refill_facts(filled_at=filled_at), now=filled_at)
    ended = (first.evidence_kind, first.evidence_id, first.closed_at)
    again_at = filled_at + 30 * DAY
    again = ReadingFacts(read_at=again_at, printed_alarm_on=(again_at + 90 * DAY).date())
    record_interrogation(session, pump, again, by=here.nadia, now=again_at)

    second = open_watch(session, pump, MISMATCH)
    assert second is not None
    assert second.id != first.id
    assert second.opened_at == again_at
    assert ended == ("refill", refill.id, filled_at)
    session.refresh(first)
    assert (first.evidence_kind, first.evidence_id, first.closed_at) == ended


def test_promise_evidence_only_no_age_closes_a_watch(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    watch = a_watched_pump(session, a_ward(session), danger_at=now - 700 * DAY)
    session.commit()

    for day in range(0, 70, 7):
        tick(sessions, now=now + day * DAY, host="h")

    session.refresh(watch)
    assert watch.closed_at is None
    assert watch.next_action_at is not None


def test_promise_exactly_enough_of_low_and_then_empty_only_empty_waits(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    """Nobody sends meanwhile: the step of the empty reservoir takes the place of the others."""
    watch = a_watched_pump(session, a_ward(session), danger_at=now + 8 * DAY)
    dry_at = watch.dry_at
    session.commit()
    assert dry_at is not None

    live(sessions, now, dry_at + DAY, timedelta(hours=6))

    found = messages(session, watch_id=watch.id)
    waiting = [one for one in found if one.state is MessageState.PLANNED and one.staff_id]
    counts = Counter((one.staff_id, one.channel) for one in waiting)
    assert set(counts.values()) == {1}
    newest = max(one.step for one in found)
    assert newest in {one.step for one in waiting}
    assert session.query(Watch).filter_by(pump_id=watch.pump_id).count() == 1
