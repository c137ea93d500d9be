"""A review is asked for when it is due, once and calmly, until one is on record."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.riverside import DAY, FILLED_AT, Riverside, filled_pump, open_watch
from tests.scenes import Scene
from tracker.domain.danger import WatchKind
from tracker.domain.proposal import Outcome
from tracker.jobs import tick
from tracker.models import Message, Pump, PumpEnd
from tracker.services import pump_dues
from tracker.services.audits import audit
from tracker.services.corrections import void
from tracker.services.heartbeats import look
from tracker.services.proposals import change
from tracker.services.proposed import REVIEWS
from tracker.services.pumps import end_pump
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.reviews import (
    NotReviewed,
    ReviewFacts,
    ask,
    change_interval,
    record_review,
)

RECORDED_AT = FILLED_AT - 20 * DAY
DUE = RECORDED_AT + 365 * DAY
REVIEW = WatchKind.REVIEW
TICK = timedelta(minutes=1)


@pytest.fixture
def begins_with() -> Scene:
    return filled_pump


def asked_on(pump):
    return pump.review_asks_at.astimezone(pump.clinic.zone).date()


def reviewed(session, pump, here, at, now=None):
    facts = ReviewFacts(reviewed_at=at, reviewed_by="Dr Ito", has_dose=True)
    return record_review(session, pump, facts, by=here.nadia, now=now or at)


def test_promise_covered_a_pump_without_any_review_is_asked_about_a_year_after_it_came_here(
    sessions, session: Session, here: Riverside, pump: Pump
) -> None:
    assert asked_on(pump) == DUE.date()
    session.commit()

    tick(sessions, now=DUE - DAY, host="h")
    assert open_watch(session, pump, REVIEW) is None
    session.commit()
    for after in range(3):
        tick(sessions, now=DUE + after * DAY, host="h")

    session.expire_all()
    watch = open_watch(session, pump, REVIEW)
    assert watch is not None
    assert watch.level == "info"
    told = sa.select(sa.func.count(Message.id)).where(Message.watch_id == watch.id)
    assert session.scalar(told) == 1


def test_promise_evidence_only_a_review_ends_the_asking_and_one_of_long_ago_does_not(
    session: Session, here: Riverside, pump: Pump
) -> None:
    ask(session, pump, now=DUE)
    watch = open_watch(session, pump, REVIEW)
    assert watch is not None

    reviewed(session, pump, here, RECORDED_AT - 100 * DAY, now=DUE)
    assert watch.closed_at is None
    assert pump.review_asks_at is None

    review = reviewed(session, pump, here, DUE + DAY)
    assert (watch.evidence_kind, watch.evidence_id) == ("review", review.id)
    assert asked_on(pump) == (DUE + 366 * DAY).date()

    void(session, review, reason="another pump", by=here.nadia, now=DUE + 2 * DAY)
    assert pump.review_asks_at <= DUE + 2 * DAY
    ask(session, pump, now=DUE + 2 * DAY)
    assert open_watch(session, pump, REVIEW) is not None


def test_promise_covered_a_review_that_no_tick_has_asked_for_is_a_breach(
    session: Session, pump: Pump
) -> None:
    assert pump.review_asks_at is not None
    at = pump.review_asks_at

    on_time = audit(session, look(session), None, now=at + TICK)
    late = audit(session, look(session), None, now=at + 2 * TICK)

    assert "review" not in {one.promise for one in on_time}
    assert [one.ref for one in late if one.promise == "review"] == [f"pump:{pump.id}"]


def test_promise_evidence_only_a_longer_interval_and_a_reading_are_no_review(
    session: Session, here: Riverside, pump: Pump
) -> None:
    ask(session, pump, now=DUE)
    watch = open_watch(session, pump, REVIEW)
    assert watch is not None

    change_interval(session, here.clinic, 1095)
    facts = ReadingFacts(read_at=DUE, note="read out")
    record_interrogation(session, pump, facts, by=here.nadia, now=DUE)

    assert watch.closed_at is None


def test_a_pump_that_has_ended_is_not_asked_about(
    session: Session, here: Riverside, pump: Pump
) -> None:
    end_pump(
        session,
        pump,
        ended_on=FILLED_AT.date(),
        kind=PumpEnd.DIED,
        note="letter",
        by=here.nadia,
        now=FILLED_AT,
    )

    assert pump_dues.due_pumps(session, pump_dues.REVIEW, after=0, now=DUE) == []


def test_more_frequent_reviews_come_at_once_and_rarer_ones_wait_for_a_second_person(
    session: Session, here: Riverside, pump: Pump
) -> None:
    facts = {"reason": "asked by the ward", "by": here.ito, "now": FILLED_AT}

    sooner = change(session, here.clinic, REVIEWS, {"days": 180}, **facts)
    assert sooner.outcome is Outcome.AT_ONCE
    assert asked_on(pump) == (RECORDED_AT + 180 * DAY).date()

    rarer = change(session, here.clinic, REVIEWS, {"days": 730}, **facts)
    assert rarer.outcome is None
    assert asked_on(pump) == (RECORDED_AT + 180 * DAY).date()


def test_a_review_says_who_looked_and_at_what(
    session: Session, here: Riverside, pump: Pump
) -> None:
    for facts in (
        {"reviewed_by": " ", "has_dose": True},
        {"reviewed_by": "Dr Ito"},
    ):
        with pytest.raises(NotReviewed):
            record_review(
                session,
                pump,
                ReviewFacts(reviewed_at=FILLED_AT, **facts),
                by=here.nadia,
                now=FILLED_AT,
            )
