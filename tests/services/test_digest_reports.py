"""What is reported of a digest is reported of each message in it."""

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import (
    due_ids,
    messages,
)
from tests.outlets import Listed
from tests.services.digests import nadia_owns, send
from tracker.domain.danger import WatchKind
from tracker.domain.outgoing import Words
from tracker.models import Message, Watch
from tracker.services import gathering, reports, settling
from tracker.services.silences import acknowledge

Sessions = sessionmaker[Session]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def heard(session: Session, leader: Message, status: str, now: datetime) -> None:
    said = reports.Said("gateway", leader.key, "", status)
    reports.receive(session, said, now=now)
    session.commit()


@pytest.mark.parametrize(
    ("status", "becomes"), [("delivered", "delivered"), ("undelivered", "failed")]
)
def test_a_report_on_a_digest_is_one_on_each_message_of_it(
    sessions: Sessions, session: Session, now: datetime, status: str, becomes: str
) -> None:
    nadia_owns(session, sessions, 3, now)
    send(sessions, Listed(), now)
    found = messages(session, state="sent")

    heard(session, found[0], status, now + HOUR)
    heard(session, found[0], "delivered", now + 2 * HOUR)  # nothing goes back

    assert [one.leader_id for one in found] == [None, found[0].id, found[0].id]
    assert {one.state for one in found} == {becomes}
    assert {one.delivered_at for one in found} == {
        now + HOUR if becomes == "delivered" else None
    }
    asked = sa.select(Watch).where(Watch.kind == WatchKind.UNDELIVERABLE)
    assert len(session.scalars(asked).all()) == (becomes == "failed")


def test_a_report_that_comes_while_a_digest_is_being_settled_moves_all_of_it(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, 3, now)
    with sessions.begin() as sender:
        first_id = due_ids(sender, now=now)[0]
        together = gathering.take_together(sender, [first_id], host="h", now=now)
    words = Words("3 notices for you", "A body", "", "")
    first, *others = together.taken

    def settled(taken, leader_id):
        sent = settling.Sent("nadia@hill.example", words, "250 ok", leader_id=leader_id)
        with sessions.begin() as sender:
            settling.settle(sender, [(taken.message_id, taken.attempt_id, sent)], now=now)

    heard(session, session.get_one(Message, first.message_id), "delivered", now)  # too early
    settled(first, None)
    settled(others[0], first.message_id)
    settled(others[1], first.message_id)

    assert len(messages(session, state="delivered")) == 3


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_report_that_is_being_written_while_the_sending_is_too_moves_the_message(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, 1, now)
    with sessions.begin() as sender:
        first_id = due_ids(sender, now=now)[0]
        (taken,) = gathering.take_together(sender, [first_id], host="h", now=now).taken
    sent = settling.Sent("nadia@hill.example", Words("s", "b", "", ""), "250 ok")
    key = session.get_one(Message, taken.message_id).key

    def settle() -> None:
        with sessions.begin() as sender:
            settling.settle(sender, [(taken.message_id, taken.attempt_id, sent)], now=now)

    with sessions() as reporter:
        reports.receive(reporter, reports.Said("gateway", key, "", "delivered"), now=now)
        settling_it = threading.Thread(target=settle)
        settling_it.start()
        settling_it.join(0.3)
        assert settling_it.is_alive(), "it waits for the reporter"
        reporter.commit()
        settling_it.join()

    assert len(messages(session, state="delivered")) == 1


def test_a_bounced_digest_lets_each_watch_speak_that_somebody_has_in_hand(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = nadia_owns(session, sessions, 2, now)
    send(sessions, Listed(), now)
    leader, member = messages(session, state="sent")
    about = session.get_one(Watch, member.watch_id)
    acknowledge(session, about, note="I ring", until=now + DAY, by=ward.cleo, now=now)
    session.commit()

    heard(session, leader, "undelivered", now + HOUR)

    session.refresh(about)
    assert about.next_action_at == now + HOUR
