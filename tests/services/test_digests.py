"""What one person is to read comes as one digest; a patient's messages stay single."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import (
    a_contact,
    a_patient,
    a_ward,
    a_watched_pump,
    close_with_refill,
    due_ids,
    messages,
)
from tests.outlets import URL, Listed
from tests.services.digests import nadia_owns, send
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.jobs import Outlets, deliver, tick
from tracker.models import AddressState, Message, Watch
from tracker.notify.digest import MOST_LINES, SEGMENT
from tracker.notify.render import Renderer
from tracker.rehearsal.lines import lines
from tracker.services import gathering
from tracker.services.faults import Cause, raise_fault

Sessions = sessionmaker[Session]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_hazard_h29_what_one_person_is_to_read_comes_as_one_message_worst_first(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = nadia_owns(session, sessions, 3, now)
    a_watched_pump(session, ward, danger_at=now - HOUR, risk_class="high")
    session.commit()
    tick(sessions, now=now, host="h")
    sender = Listed()

    report = send(sessions, sender, now)

    (mail,) = [one for one in sender.taken if one.to_address == "nadia@hill.example"]
    lines = [one for one in mail.words.body.splitlines() if one.startswith("* ")]
    assert report.sent == 3 + len(sender.taken)
    assert mail.words.subject == "4 notices for you, 1 urgent"
    assert len(lines) == 4
    assert lines[0].startswith("* URGENT: AB, pump 4: refill-by date reached")
    assert [one[2:4] for one in lines[1:]] == ["CB", "BB", "AB"]  # the soonest first
    assert mail.words.body.count("https://pumps.example/pumps/") == 4
    assert "Urgent:" in mail.words.html


def test_what_may_be_without_drug_stands_first_in_a_digest_as_on_the_board(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    late = a_watched_pump(session, ward, danger_at=now - 30 * DAY, next_action_at=now)
    of_nadia = {"pump_id": late.pump_id, "owner_id": ward.nadia.id}
    alarm = Cause("alarm:1", ward.clinic.id, "It sounds.", **of_nadia)
    raise_fault(session, WatchKind.ALARM, alarm, now=now)
    session.commit()
    tick(sessions, now=now, host="h")
    sender = Listed()

    send(sessions, sender, now)

    (mail,) = [one for one in sender.taken if one.to_address == "nadia@hill.example"]
    first, second = (one for one in mail.words.body.splitlines() if one.startswith("* URGENT"))
    assert "an alarm of the device" in first
    assert "may be empty" in second


def test_by_e_mail_and_text_at_once_it_is_the_same_notice(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    ward.nadia.phone, ward.nadia.phone_state = "+447700900101", AddressState.OK
    a_watched_pump(session, ward, danger_at=now)
    session.commit()
    mail, phone = Listed(), Listed()
    outlets = Outlets({Channel.EMAIL: mail, Channel.SMS: phone}, Renderer(URL))

    for hours in (0, 8):
        at = now + hours * HOUR
        tick(sessions, channels=frozenset(Channel), now=at, host="h")
        deliver(sessions, outlets, host="h", now=at)
    with sessions() as other:
        foretold = lines(other, since=now, until=now + DAY)

    to_nadia = [one for one in mail.taken if one.to_address == "nadia@hill.example"]
    counts = [one.words.subject.rsplit("(")[-1] for one in (*to_nadia, *phone.taken)]
    assert counts == 2 * ["1st notice)", "2nd notice)"]
    sent = [one for one in foretold if one.to == "Nadia" and one.is_sent]
    assert [one.nth for one in sent] == [1, 1, 2, 2]


def test_each_message_of_a_digest_keeps_its_own_record(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, 3, now)

    send(sessions, Listed(), now)

    first, *others = messages(session, state="sent")
    assert len(others) == 2
    assert (first.leader_id, {one.leader_id for one in others}) == (None, {first.id})
    assert first.subject == "3 notices for you"
    assert all(one.subject and ", pump " in one.subject for one in others)
    assert {one.attempts for one in (first, *others)} == {1}


def test_one_alone_is_sent_as_it_is(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, 1, now)
    sender = Listed()

    send(sessions, sender, now)

    assert "AB, pump 1" in sender.taken[0].words.subject


def test_a_long_digest_says_how_many_more_there_are(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, MOST_LINES + 2, now)
    sender = Listed()

    report = send(sessions, sender, now)

    (mail,) = sender.taken
    assert report.sent == MOST_LINES + 2
    assert mail.words.body.count("\n* ") == MOST_LINES
    assert "And 2 more on the board." in mail.words.body


def test_a_digest_of_texts_is_one_text_and_kept_as_it_was_sent(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, MOST_LINES + 2, now)
    session.execute(sa.update(Message).values(channel=Channel.SMS))
    session.commit()
    phone = Listed()

    deliver(sessions, Outlets({Channel.SMS: phone}, Renderer(URL)), host="h", now=now)

    (text,) = phone.taken
    assert len(text.words.sms) <= SEGMENT
    assert text.words.sms.startswith(f"{MOST_LINES + 2} notices for you. First: ")
    (leader,) = messages(session, leader_id=None, state=MessageState.SENT)
    assert leader.body == text.words.sms


def test_who_went_along_in_a_digest_is_not_taken_for_somebody_elses(
    sessions: Sessions, session: Session, engine: sa.Engine, now: datetime
) -> None:
    nadia_owns(session, sessions, 6, now)
    claims: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        claims.extend([statement] if "claimed_by=" in statement else [])

    assert send(sessions, Listed(), now).sent == 6

    # the first of them, and then at once all that go along with it
    assert sum("attempts=" in one for one in claims) == 2


def test_what_falls_out_of_a_digest_leaves_its_watch_to_the_one_before(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, 3, now)
    leader, earlier, later = messages(session, state="planned")
    later.watch_id, later.step = earlier.watch_id, 9  # the watch does not stand there any more
    for minutes, one in ((1, earlier), (2, later), (3, leader)):
        one.due_at = now - timedelta(minutes=minutes)
    session.commit()

    report = send(sessions, Listed(), now)

    assert (report.sent, report.superseded) == (2, 1)
    states = {one.id: one.state for one in messages(session)}
    assert states[earlier.id] is MessageState.SENT
    assert states[later.id] is MessageState.SUPERSEDED


def test_what_is_over_is_left_out_of_a_digest(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, 3, now)
    close_with_refill(session.get_one(Watch, 2), now=now)
    session.commit()
    sender = Listed()

    report = send(sessions, sender, now)

    assert (report.sent, report.superseded) == (2, 1)
    assert sender.taken[0].words.subject == "2 notices for you"


@pytest.mark.parametrize("poisoned", [0, 1])
def test_one_without_fit_words_falls_out_and_stops_no_other(
    sessions: Sessions, session: Session, now: datetime, poisoned: int
) -> None:
    nadia_owns(session, sessions, 3, now)
    messages(session, state="planned")[poisoned].template = "no_such_folder"
    session.commit()
    sender = Listed()

    report = send(sessions, sender, now)

    assert (report.sent, report.failed) == (2, 1)
    assert sender.taken[0].words.subject == "2 notices for you"
    sent = messages(session, state="sent")
    assert [one.leader_id for one in sent] == [None, sent[0].id]


def test_one_that_cannot_be_looked_at_falls_out_and_is_named(
    sessions: Sessions, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    nadia_owns(session, sessions, 3, now)
    take, ill = gathering.take, messages(session, state="planned")[1].id

    def poisoned(session: Session, message_ids: list[int], **facts: object) -> object:
        if ill in message_ids:
            raise RuntimeError("a fault of ours")
        return take(session, message_ids, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(gathering, "take", poisoned)
    sender = Listed()

    report = send(sessions, sender, now)

    assert report.sent == 2
    assert report.faults == [f"message {ill}: RuntimeError: a fault of ours"]
    assert [one.id for one in messages(session, state="planned")] == [ill]


def test_a_text_message_is_not_said_within_an_e_mail(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    nadia_owns(session, sessions, 2, now)
    messages(session, state="planned")[1].channel = Channel.SMS
    session.commit()

    assert send(sessions, Listed(), now).sent == 1

    assert {one.leader_id for one in messages(session)} == {None}


def test_promise_exactly_enough_a_patients_messages_are_never_put_together(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    for _ in range(2):
        patient = a_patient(session, ward)
        a_contact(session, patient)
        a_watched_pump(session, ward, patient=patient, danger_at=now + 21 * DAY)
    session.commit()
    tick(sessions, now=now, host="h")
    sender = Listed()

    send(sessions, sender, now)

    assert len(sender.taken) == 2


def test_the_loudest_are_sent_first_however_long_the_others_have_waited(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = nadia_owns(session, sessions, 2, now)
    a_watched_pump(session, ward, danger_at=now - HOUR)
    session.commit()
    tick(sessions, now=now + HOUR, host="h")

    ordered = due_ids(session, now=now + HOUR)

    levels = [session.get_one(Message, one).level.value for one in ordered]
    assert levels == sorted(levels, key=["urgent", "warn", "info"].index)
    assert levels[0] == "urgent"
    assert levels[-1] != "urgent"
