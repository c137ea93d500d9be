"""A mail server that is down, refuses, is slow or drops the line."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import messages
from tests.faults.ward import asking_patients, asking_staff
from tests.outlets import over_smtp
from tests.smtp_sink import Sink, free_port, smtp_sink
from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.jobs import deliver, tick
from tracker.models import Policy, Watch

Sessions = sessionmaker[Session]
HOUR = timedelta(hours=1)
COUNT = 5


@pytest.mark.parametrize("outage", [HOUR, 24 * HOUR, 40 * 24 * HOUR, 400 * 24 * HOUR])
def test_promise_persistent_a_server_down_for_long_ends_in_one_current_message_each(
    sessions: Sessions, session: Session, now: datetime, outage: timedelta
) -> None:
    """Hazard H17: the ladder does not hang on one that carries messages."""
    asking_staff(session, COUNT, now=now)
    port, steps = free_port(), 12
    for step in range(steps):
        at = now + outage * step / steps
        tick(sessions, now=at, host="h")
        deliver(sessions, over_smtp(port), host="h", now=at)

    tick(sessions, now=now + outage, host="h")
    with smtp_sink(Sink(port=port)) as sink:
        # everything whose back-off is over at the latest two hours after the return
        deliver(sessions, over_smtp(port), host="h", now=now + outage + 2 * HOUR)

    sent = messages(session, state=MessageState.SENT)
    each = [(one.watch_id, one.staff_id) for one in sent]
    assert len(each) == len(set(each))
    assert len(sink.mails) == len([one for one in sent if one.leader_id is None])
    assert sorted(set(sink.told)) == sink.told  # one digest for each person
    assert {one.watch_id for one in sent} >= set(range(1, COUNT + 1))
    assert messages(session, state=MessageState.PLANNED) == []


@pytest.mark.parametrize("answer", ["451 4.3.0 come again", "421 4.3.2 closing"])
def test_a_server_that_says_come_again_loses_nothing(
    sessions: Sessions, session: Session, now: datetime, answer: str
) -> None:
    asking_patients(session, COUNT, now=now)
    tick(sessions, now=now, host="h")
    with smtp_sink(Sink(rcpt_answers={"*": answer})) as sink:
        deliver(sessions, over_smtp(sink.port), host="h", now=now)
        sink.rcpt_answers.clear()

        deliver(sessions, over_smtp(sink.port), host="h", now=now + HOUR)

    assert sink.told == [f"patient{number}@home.example" for number in range(COUNT)]


def test_an_address_that_is_refused_raises_a_task_and_spoils_no_other(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_patients(session, COUNT, now=now)
    tick(sessions, now=now, host="h")
    answers = {"patient2@home.example": "550 5.1.1 no such user"}
    with smtp_sink(Sink(rcpt_answers=answers)) as sink:
        report = deliver(sessions, over_smtp(sink.port), host="h", now=now)
        tick(sessions, now=now, host="h")
        deliver(sessions, over_smtp(sink.port), host="h", now=now)

    assert (report.sent, report.failed) == (COUNT - 1, 1)
    assert sink.told.count("nadia@hill.example") == 1
    (told,) = [m for m in sink.mails if m.to == "nadia@hill.example"]
    assert "could not be reached" in str(told.message["Subject"])


@pytest.mark.parametrize("taken", [True, False])
def test_promise_exactly_enough_a_line_dropped_after_the_text_is_never_sent_twice_to_patients(
    sessions: Sessions, session: Session, now: datetime, taken: bool
) -> None:
    asking_patients(session, COUNT, now=now)
    tick(sessions, now=now, host="h")
    sink = Sink(drops_after_data=COUNT, takes_it_before_dropping=taken)
    sink.drops_only_to = "@home.example"
    with smtp_sink(sink):
        for minute in range(0, 120, 10):
            at = now + timedelta(minutes=minute)
            tick(sessions, now=at, host="h")
            deliver(sessions, over_smtp(sink.port), host="h", now=at)

    unknown = {one.id for one in messages(session, state=MessageState.UNKNOWN)}
    to_patients = [one for one in sink.told if one.endswith("@home.example")]
    assert len(messages(session, state=MessageState.UNKNOWN)) == COUNT
    assert len(to_patients) == (COUNT if taken else 0)
    phone = messages(session, state=MessageState.SENT, template="undeliverable")
    assert {one.watch.explanation["message_id"] for one in phone} == unknown


def test_a_server_too_slow_to_answer_is_unclear_and_staff_are_told_again(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_staff(session, 1, now=now)
    tick(sessions, now=now, host="h")
    with smtp_sink(Sink(slow_seconds=1)) as sink:
        report = deliver(sessions, over_smtp(sink.port, timeout=0.3), host="h", now=now)
        sink.slow_seconds = 0

        deliver(sessions, over_smtp(sink.port), host="h", now=now + HOUR / 2)

    assert report.unknown == 1
    assert [m.state for m in messages(session) if m.attempts] == [
        MessageState.UNKNOWN,
        MessageState.SENT,
    ]


@pytest.mark.parametrize("answer", ["certainly", "354 go on", "999 what"])
def test_promise_exactly_enough_an_answer_without_meaning_is_unclear(
    sessions: Sessions, session: Session, now: datetime, answer: str
) -> None:
    asking_patients(session, 1, now=now)
    tick(sessions, now=now, host="h")
    with smtp_sink(Sink(data_answer=answer)) as sink:
        report = deliver(sessions, over_smtp(sink.port), host="h", now=now)
        sink.data_answer = ""
        for hour in (1, 2):
            deliver(sessions, over_smtp(sink.port), host="h", now=now + hour * HOUR)

    assert report.unknown == 1
    assert sink.mails == []  # perhaps it was taken: a patient is never told again
    assert len(phoned(session)) == 1


def phoned(session: Session) -> list[Watch]:
    found = session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.UNDELIVERABLE))
    return list(found)


def test_one_poisoned_pump_and_one_poisoned_text_cost_themselves_alone(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_staff(session, 30, now=now)
    session.get_one(Watch, 7).policy = a_poisoned_policy(session)
    session.commit()
    tick(sessions, now=now, host="h")
    poisoned = messages(session, state=MessageState.PLANNED)[11]
    poisoned.template = "no_such_folder"
    session.commit()

    with smtp_sink() as sink:
        report = deliver(sessions, over_smtp(sink.port), host="h", now=now)

    to_owners = [one for one in sink.told if one.startswith("owner")]
    assert len(to_owners) == 28
    assert report.failed == 1
    faulty = session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.SYSTEM)).all()
    assert len(faulty) == 2  # one for each, so that somebody is told of it


def a_poisoned_policy(session: Session) -> Policy:
    good = session.get_one(Watch, 1).policy
    bad = Policy(
        clinic_id=good.clinic_id,
        kind=good.kind,
        risk_class=good.risk_class,
        version=99,
        steps=[{"name": "of no use"}],
        created_at=good.created_at,
    )
    session.add(bad)
    return bad
