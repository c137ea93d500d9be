"""The fuse: nobody is flooded, staff are told of it, and no new danger is swallowed."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.builders import a_message
from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.outlets import Listed, into
from tracker.domain.ceiling import MOST_A_DAY
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.jobs import DeliverReport, Outlets, deliver, tick
from tracker.models import Watch
from tracker.notify.render import Renderer

Sessions = sessionmaker[Session]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST = MOST_A_DAY[Channel.EMAIL]


def send(sessions: Sessions, sender: Listed, now: datetime) -> DeliverReport:
    return deliver(sessions, into(sender), host="h", now=now)


def flooded(session: Session, *, left: timedelta, told: int = MOST, now: datetime) -> Watch:
    """Nadia has had so many e-mails today about one pump; another one is to be told of."""
    ward = a_ward(session)
    other = a_watched_pump(session, ward, danger_at=now + 90 * DAY)
    other.next_action_at = now + 30 * DAY
    for _ in range(told):
        a_message(session, other, state="sent", sent_at=now - HOUR)
    watch = a_watched_pump(session, ward, danger_at=now + left, risk_class="high")
    session.commit()
    return watch


def faults(session: Session) -> list[Watch]:
    session.expire_all()
    found = list(session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.SYSTEM)))
    session.commit()
    return found


def test_who_was_sent_too_much_today_gets_the_rest_tomorrow_and_staff_are_told(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    watch = flooded(session, left=21 * DAY - HOUR, now=now)
    tick(sessions, now=now, host="h")
    sender = Listed()

    report = send(sessions, sender, now)
    tick(sessions, now=now, host="h")
    send(sessions, sender, now)

    (held,) = messages(session, watch_id=watch.id, state="held")
    assert report.held == 1
    assert held.due_at == now.replace(hour=23)  # midnight in London
    assert "the most that one person is sent in a day" in held.state_reason
    (fault,) = faults(session)
    assert "Nadia has been sent 40 e-mails today" in fault.explanation["sentence"]
    assert {"rosa@hill.example", "cleo@hill.example"} <= set(sender.told)


def test_the_fault_ends_and_the_message_goes_when_the_day_is_over(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    watch = flooded(session, left=21 * DAY - HOUR, now=now)
    tick(sessions, now=now, host="h")
    send(sessions, Listed(), now)
    sender = Listed()

    tick(sessions, now=now + DAY, host="h")
    send(sessions, sender, now + DAY)

    assert "nadia@hill.example" in sender.told
    assert messages(session, watch_id=watch.id, state="held") == []
    assert [one.evidence_kind for one in faults(session)] == ["under_the_ceiling"]


def test_promise_covered_no_new_urgent_danger_is_swallowed_by_the_fuse(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    flooded(session, left=-HOUR, now=now)
    tick(sessions, now=now, host="h")
    sender = Listed()

    send(sessions, sender, now)

    assert "nadia@hill.example" in sender.told
    assert faults(session) == []


def test_a_danger_they_were_told_of_today_is_swallowed_like_any_other(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    watch = flooded(session, left=-HOUR, now=now)
    a_message(session, watch, step=9, level="urgent", state="sent", sent_at=now - HOUR)
    session.commit()
    tick(sessions, now=now, host="h")
    sender = Listed()

    send(sessions, sender, now)

    assert "nadia@hill.example" not in sender.told


def test_what_was_said_within_a_digest_and_by_text_does_not_count(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    watch = flooded(session, left=21 * DAY - HOUR, told=MOST - 1, now=now)
    other = session.scalars(sa.select(Watch).where(Watch.id != watch.id)).one()
    first = messages(session)[0]
    facts = {"state": "sent", "sent_at": now - HOUR}
    a_message(session, other, **facts, leader_id=first.id)
    a_message(session, other, **facts, channel=Channel.SMS)
    session.commit()
    tick(sessions, now=now, host="h")

    assert send(sessions, Listed(), now).sent == 1


def test_one_less_than_the_ceiling_is_not_the_ceiling(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    flooded(session, left=21 * DAY - HOUR, told=MOST - 1, now=now)
    tick(sessions, now=now, host="h")

    assert send(sessions, Listed(), now).sent == 1


@pytest.mark.parametrize(("texts", "last", "goes"), [(2, 2, True), (3, 2, False), (3, 6, True)])
def test_a_patient_gets_at_most_three_texts_a_week(
    sessions: Sessions, session: Session, now: datetime, texts: int, last: int, goes: bool
) -> None:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    contact = a_contact(session, patient)
    contact.channel = Channel.SMS
    watch = a_watched_pump(session, ward, patient=patient, danger_at=now + 21 * DAY)
    facts = {"contact": contact, "staff_id": None, "channel": Channel.SMS}
    for day in range(texts):
        sent_at = now - (last + day) * DAY
        a_message(session, watch, **facts, step=0, state="sent", sent_at=sent_at)
    watch.cursor = 1
    waiting = a_message(session, watch, **facts, template="refill_please_book")
    session.commit()
    sender = Listed()

    deliver(sessions, Outlets({Channel.SMS: sender}, Renderer("x")), host="h", now=now)

    session.refresh(waiting)
    assert (waiting.state is MessageState.SENT) is goes
    assert goes or waiting.due_at == now + 3 * DAY
    assert faults(session) == []
