"""A clock that was ahead and is set back: what it did is set right by the next tick."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.builders import a_message
from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, due_ids, messages
from tests.faults.ward import asking_patients, asking_staff
from tests.outlets import Listed, into
from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.domain.outgoing import DeliveryFailed, Outgoing, Refusal
from tracker.jobs import DeliverReport, deliver, make_lists, tick
from tracker.models import Heartbeat, MorningList, Watch
from tracker.services import claims
from tracker.services.climbing import SET_ASIDE

Sessions = sessionmaker[Session]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNT = 3
ADA = "ada@home.example"


def turn(sessions: Sessions, sender: Listed, at: datetime) -> DeliverReport:
    tick(sessions, now=at, host="h")
    return deliver(sessions, into(sender), host="h", now=at)


def told(sender: Listed, whom: str) -> list[str]:
    """What went to those whose address begins so; the clock's own alarm goes to others."""
    return [one for one in sender.told if one.startswith(whom)]


@pytest.mark.parametrize(
    ("asking", "ahead", "whom"),
    [
        (asking_patients, HOUR / 2, "patient"),
        (asking_staff, 20 * HOUR, "owner"),
        (asking_staff, 6 * DAY, "owner"),
    ],
)
def test_promise_persistent_a_back_off_or_a_hold_of_the_future_puts_nothing_off(
    sessions: Sessions,
    session: Session,
    now: datetime,
    asking: Callable[..., None],
    ahead: timedelta,
    whom: str,
) -> None:
    asking(session, COUNT, now=now)
    down = DeliveryFailed("nobody there", refusal=Refusal.CHANNEL_DOWN)
    turn(sessions, Listed(fails=down), now + ahead)  # 20 hours on it is night, and they wait
    sender = Listed()

    turn(sessions, sender, now)

    assert len(told(sender, whom)) == len(set(told(sender, whom))) == COUNT


def test_promise_exactly_enough_a_lease_of_the_future_ends_like_any_other(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_staff(session, COUNT, now=now)
    tick(sessions, now=now + DAY, host="dead")
    for one in due_ids(session, now=now + DAY):
        assert claims.claim(session, [one], host="dead", now=now + DAY)
    session.commit()
    sender = Listed()

    early = tick(sessions, now=now, host="h")
    swept = tick(sessions, now=now + claims.LEASE, host="h")
    turn(sessions, sender, now + 2 * HOUR)

    assert (early.swept, swept.swept) == (0, COUNT)  # till then its sender may be alive
    assert told(sender, "owner") == [f"owner{number}@hill.example" for number in range(COUNT)]


@pytest.mark.parametrize("fails", [None, Refusal.UNCLEAR])
def test_promise_persistent_who_was_told_in_the_future_may_be_told_tomorrow(
    sessions: Sessions, session: Session, now: datetime, fails: Refusal | None
) -> None:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    facts = {"contact": a_contact(session, patient), "staff_id": None}
    facts |= {"template": "refill_please_book"}
    later = {"danger_at": now + 21 * DAY, "next_action_at": now + 30 * DAY}
    watch = a_watched_pump(session, ward, patient=patient, **later)
    watch.cursor = 1
    a_message(session, watch, **facts, due_at=now + 3 * DAY)
    session.add(Heartbeat(ticked_at=now + 3 * DAY, host="wrong", faults=[], breaches=[]))
    session.commit()
    wrong = Listed(fails=fails and DeliveryFailed("the line dropped", refusal=fails))
    deliver(sessions, into(wrong), host="wrong", now=now + 3 * DAY)
    tick(sessions, now=now, host="h")
    session.refresh(watch)
    watch.cursor = 2
    a_message(session, watch, **facts, step=2, due_at=now)
    session.commit()
    sender = Listed()

    deliver(sessions, into(sender), host="h", now=now + DAY)

    assert ADA in sender.told
    if fails is None:
        assert (wrong.told, messages(session)[0].sent_at) == ([ADA], now)


def test_promise_covered_a_watch_of_the_future_speaks_now(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    a_watched_pump(session, ward, patient=patient, danger_at=now + 21 * DAY)
    session.commit()
    gone = DeliveryFailed("no such user", refusal=Refusal.BAD_ADDRESS)
    turn(sessions, Listed(fails=gone), now + 2 * DAY)
    sender = Listed()

    turn(sessions, sender, now)

    (unreached,) = session.scalars(
        sa.select(Watch).where(Watch.kind == WatchKind.UNDELIVERABLE)
    )
    assert unreached.opened_at == now
    assert messages(session, watch_id=unreached.id, state="sent") != []


def test_a_watch_set_aside_in_the_future_is_looked_at_now(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    watch = a_watched_pump(session, a_ward(session), danger_at=now)
    watch.next_action, watch.next_action_at = SET_ASIDE, now + 3 * DAY
    session.add(Heartbeat(ticked_at=now + 3 * DAY, host="wrong", faults=[], breaches=[]))
    session.commit()
    sender = Listed()

    turn(sessions, sender, now)

    assert "nadia@hill.example" in sender.told


def test_promise_alive_or_known_dead_a_list_of_the_future_is_not_todays(
    sessions: Sessions, session: Session, now: datetime, tmp_path: object
) -> None:
    a_watched_pump(session, a_ward(session), danger_at=now)
    session.commit()

    for at in (now + DAY, now, now + HOUR):
        make_lists(sessions, str(tmp_path), now=at)

    made = list(session.scalars(sa.select(MorningList.for_on).order_by(MorningList.id)))
    assert made == [(now + DAY).date(), now.date()]


def test_promise_exactly_enough_a_clock_set_forward_under_a_sender_tells_no_patient_twice(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_patients(session, 1, now=now)
    tick(sessions, now=now, host="h")

    class Overtaken(Listed):
        """While its message is on the line the clock is set forward, and others go on."""

        def send(self, outgoing: Outgoing) -> str:
            turn(sessions, sender, now + 5 * HOUR)
            return super().send(outgoing)

    sender = Listed()
    mine = Overtaken()

    deliver(sessions, into(mine), host="mine", now=now)
    for hour in range(6, 30, 6):
        turn(sessions, sender, now + hour * HOUR)

    patient = "patient0@home.example"
    assert [*mine.told, *sender.told].count(patient) == 1
    (asked,) = [one for one in messages(session) if one.contact_id]
    assert asked.state is MessageState.SENT
