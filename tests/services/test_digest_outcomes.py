"""A digest that is refused for now, or of which nobody knows whether it arrived."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from tests.cast import (
    due_ids,
    messages,
)
from tests.outlets import Listed
from tests.services.digests import nadia_owns, send
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs import tick
from tracker.services import gathering
from tracker.services.claims import LEASE

Sessions = sessionmaker[Session]
HOUR = timedelta(hours=1)


def test_promise_exactly_enough_each_of_an_unclear_digest_is_told_again(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, 3, now)
    sender = Listed(fails=DeliveryFailed("the line dropped", refusal=Refusal.UNCLEAR))

    assert send(sessions, sender, now).unknown == 3
    sender.fails = None
    again = send(sessions, sender, now + HOUR)

    assert again.sent == 3
    assert [one.words.subject for one in sender.taken] == ["3 notices for you"]
    rounds = [(one.watch_id, one.round) for one in messages(session, state="sent")]
    assert len(set(rounds)) == 3


def test_promise_persistent_each_of_a_dead_senders_digest_is_told_again(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, 3, now)
    gathering.take_together(session, due_ids(session, now=now)[:1], host="dead", now=now)
    session.commit()

    assert tick(sessions, now=now + LEASE, host="h").swept == 3
    assert send(sessions, Listed(), now + 2 * HOUR).sent == 3


def test_a_digest_refused_for_now_is_tried_again_as_one(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, 3, now)
    sender = Listed(fails=DeliveryFailed("451 come again"))

    assert send(sessions, sender, now).failed == 3
    assert {one.leader_id for one in messages(session)} == {None}
    sender.fails = None
    send(sessions, sender, now + HOUR)

    assert [one.words.subject for one in sender.taken] == ["3 notices for you"]
