"""Patients' messages that are claimed together: each is looked at, and told, by itself."""

from datetime import datetime, timedelta
from time import sleep
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import messages
from tests.faults.ward import asking_patients
from tests.outlets import Listed, into
from tracker.domain.batch import FRESH, Due
from tracker.domain.message import MessageState
from tracker.domain.outgoing import DeliveryFailed, Outgoing, Refusal
from tracker.jobs import deliver, run, tick
from tracker.models import Attempt, Consent, Contact
from tracker.services import afresh, claims
from tracker.services.claims import give_back
from tracker.services.deliveries import take

Sessions = sessionmaker[Session]
COUNT = 6
LONG = timedelta(minutes=1)  # so long a batch may take: all are in one, but for the first


class Slow(Listed):
    """A provider who takes his time with one of them, and sees how many wait meanwhile."""

    def __init__(self, sessions: Sessions, at: int) -> None:
        super().__init__()
        self._sessions, self._at = sessions, at
        self.claimed: list[int] = []

    def send(self, outgoing: Outgoing) -> str:
        with self._sessions() as session:
            self.claimed.append(len(messages(session, state=MessageState.CLAIMED)))
        if len(self.taken) == self._at:
            sleep(FRESH.total_seconds() * 1.1)
        return super().send(outgoing)


def patients_told(session: Session, sessions: Sessions, now: datetime) -> None:
    asking_patients(session, COUNT, now=now)
    tick(sessions, now=now, host="h")


def withdrawn(session: Session, contact: Contact, now: datetime) -> None:
    """Their consent, by telephone."""
    facts = {"is_given": False, "how": "by telephone", "recorded_at": now}
    session.add(Consent(contact_id=contact.id, **facts))
    session.commit()


def test_many_share_a_claim_and_each_is_told_in_words_of_its_own(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    patients_told(session, sessions, now)
    sender = Slow(sessions, at=-1)

    report = deliver(sessions, into(sender), host="h", blink=LONG, now=now)

    assert report.sent == COUNT
    assert sender.claimed == [1, *[COUNT - 1] * (COUNT - 1)]
    assert sorted(sender.told) == [f"patient{n}@home.example" for n in range(COUNT)]
    kept = messages(session, state=MessageState.SENT)
    assert [one.contact.address for one in kept] == sender.told
    assert [one.leader_id for one in kept] == [None] * COUNT


@pytest.mark.parametrize(
    ("at_once", "is_withdrawn", "looks"),
    [
        (COUNT + 1, False, 1),
        (COUNT, False, 2),  # it may have been cut off
        (COUNT + 1, True, 2),  # for what did not go out another message may wait
    ],
)
def test_what_is_due_is_looked_for_once_where_the_list_was_whole(
    sessions: Sessions,
    session: Session,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    is_withdrawn: bool,
    looks: int,
) -> None:
    patients_told(session, sessions, now)
    if is_withdrawn:
        withdrawn(session, messages(session)[3].contact, now)
    monkeypatch.setattr(run, "AT_ONCE", at_once)
    asked, due = [], claims.due

    def count(*given: Any, **facts: Any) -> list[Due]:
        asked.append(facts)
        return due(*given, **facts)

    monkeypatch.setattr(claims, "due", count)

    deliver(sessions, into(Listed()), host="h", now=now)

    assert len(asked) == looks


def test_what_would_wait_too_long_is_given_back_and_has_its_turn_again(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    patients_told(session, sessions, now)
    sender = Slow(sessions, at=2)  # the second of the five that are claimed together

    report = deliver(sessions, into(sender), host="h", limit=COUNT - 1, blink=LONG, now=now)

    assert report.sent == COUNT - 1  # those given back were no turn
    assert sender.claimed == [1, 4, 4, 2, 2]
    assert len(sender.told) == len(set(sender.told)) == COUNT - 1
    outcomes = session.scalars(sa.select(Attempt.outcome)).all()
    assert outcomes == ["sent"] * (COUNT - 1)
    (last,) = messages(session, state=MessageState.PLANNED)
    assert (last.attempts, last.claimed_by, last.lease_until) == (0, None, None)


def test_a_channel_that_goes_down_in_a_batch_leaves_the_rest_of_it_waiting(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    patients_told(session, sessions, now)
    down = DeliveryFailed("no answer", refusal=Refusal.CHANNEL_DOWN)

    report = deliver(sessions, into(Listed(fails=down)), host="h", blink=LONG, now=now)

    assert (report.sent, report.failed) == (0, 3)
    assert len(session.scalars(sa.select(Attempt)).all()) == 3
    waiting = messages(session, state=MessageState.PLANNED)
    assert [one.attempts for one in waiting] == [1, 1, 1, 0, 0, 0]


def test_promise_evidence_only_one_of_a_batch_that_must_not_be_sent_is_not(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    patients_told(session, sessions, now)
    fourth = messages(session)[3].contact
    withdrawn(session, fourth, now)
    sender = Listed()

    report = deliver(sessions, into(sender), host="h", blink=LONG, now=now)

    assert (report.sent, report.superseded) == (COUNT - 1, 1)
    assert fourth.address not in sender.told
    assert len(session.scalars(sa.select(Attempt)).all()) == COUNT - 1


def test_one_that_cannot_be_looked_at_stops_none_of_its_batch(
    sessions: Sessions, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    patients_told(session, sessions, now)
    ill, look_at = messages(session)[3].id, afresh.look_at

    def poisoned(session: Session, message_ids: list[int], *, is_to_staff: bool) -> object:
        if ill in message_ids:
            raise RuntimeError("a fault of ours")
        return look_at(session, message_ids, is_to_staff=is_to_staff)

    monkeypatch.setattr(afresh, "look_at", poisoned)
    sender = Listed()

    report = deliver(sessions, into(sender), host="h", blink=LONG, now=now)

    assert report.sent == len(set(sender.told)) == COUNT - 1
    assert report.faults == [f"message {ill}: RuntimeError: a fault of ours"]
    assert [one.id for one in messages(session, state=MessageState.PLANNED)] == [ill]


def test_what_another_sender_has_is_left_out(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    patients_told(session, sessions, now)
    ids = [one.id for one in messages(session)]

    with sessions.begin() as one, sessions.begin() as other:
        if other.get_bind().dialect.name == "sqlite":
            other.rollback()  # it has one writer at a time
            theirs = []
        else:
            theirs = take(other, ids[4:], host="b", now=now)
        ours = take(one, ids[: len(ids) - len(theirs)], host="a", now=now)
        again = take(one, ids[:4], host="a", now=now)

    assert [found.message_id for found in [*ours, *theirs]] == ids
    assert again == []


def test_what_is_given_back_is_as_if_it_had_not_been_claimed(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    patients_told(session, sessions, now)
    ids = [one.id for one in messages(session)]
    with sessions.begin() as sender:
        taken = take(sender, ids, host="a", now=now)
    with sessions.begin() as sender:
        give_back(sender, {one.message_id: one.attempt_id for one in taken[2:]})

    states = [(one.state, one.attempts) for one in messages(session)]
    assert states == [("claimed", 1)] * 2 + [("planned", 0)] * 4
    assert len(session.scalars(sa.select(Attempt)).all()) == 2
