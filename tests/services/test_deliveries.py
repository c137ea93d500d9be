"""Delivery: what is looked at before sending, and what becomes of each message."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.builders import a_message
from tests.cast import (
    Ward,
    a_contact,
    a_patient,
    a_ward,
    a_watched_pump,
    close_with_refill,
    due_ids,
    messages,
    policy_of,
)
from tests.faults.ward import asking_patients
from tests.living import live
from tests.outlets import Listed, into
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, ForbiddenMove, MessageState
from tracker.domain.outgoing import DeliveryFailed, Refusal, Words
from tracker.jobs import DeliverReport, deliver, tick
from tracker.models import AddressState, Attempt, Consent, Contact, Message, Watch
from tracker.services import claims, deliveries, plans, receipts, settling, staff
from tracker.services.rosters import Recipient
from tracker.services.states import move, move_all

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Sessions = sessionmaker[Session]


def send(sessions: Sessions, sender: Listed, now: datetime) -> DeliverReport:
    return deliver(sessions, into(sender), host="h", now=now)


def a_patient_told(session: Session, sessions: Sessions, now: datetime) -> tuple[Ward, Watch]:
    """A pump whose patient is to be asked to book: one message waits."""
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    watch = a_watched_pump(session, ward, patient=patient, danger_at=now + 21 * DAY)
    session.commit()
    tick(sessions, now=now, host="h")
    return ward, watch


def staff_told(session: Session, sessions: Sessions, now: datetime) -> tuple[Ward, Watch]:
    """A late pump: owner and nurse (one person) and clinician are to be told."""
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now - HOUR)
    session.commit()
    tick(sessions, now=now, host="h")
    return ward, watch


def alarms(session: Session, kind: WatchKind) -> list[Watch]:
    session.expire_all()
    found = list(session.scalars(sa.select(Watch).where(Watch.kind == kind)))
    session.commit()  # a reader that stays open keeps others from writing
    return found


def test_what_is_planned_is_sent_once_and_kept_as_evidence(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    staff_told(session, sessions, now)
    sender = Listed()

    first = send(sessions, sender, now)
    second = send(sessions, sender, now)

    assert (first.sent, second.sent) == (2, 0)
    assert sender.told == ["ito@hill.example", "nadia@hill.example"]
    sent = messages(session, state="sent")
    assert [one.sent_at for one in sent] == [now, now]
    assert [one.subject for one in sent] == [one.words.subject for one in sender.taken]
    outcomes = list(session.scalars(sa.select(Attempt.outcome)))
    assert outcomes == ["sent", "sent"]


def test_at_most_so_many_are_sent_as_asked(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    staff_told(session, sessions, now)
    sender = Listed()

    report = deliver(sessions, into(sender), host="h", limit=1, now=now)

    assert (report.sent, len(sender.taken)) == (1, 1)


def test_a_message_of_a_closed_watch_is_cancelled(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    _, watch = staff_told(session, sessions, now)
    close_with_refill(watch, now=now)
    session.commit()
    sender = Listed()

    report = send(sessions, sender, now)

    assert (report.sent, report.superseded, sender.taken) == (0, 2, [])
    assert {one.state for one in messages(session, watch_id=watch.id, step=10)} == {
        MessageState.CANCELLED
    }


def test_a_message_of_a_step_that_is_not_due_any_more_is_superseded(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    _, watch = staff_told(session, sessions, now)
    session.refresh(watch)
    watch.cursor = 0  # a new programme moved the date a month on
    session.commit()
    sender = Listed()

    assert send(sessions, sender, now).superseded == 2
    assert sender.taken == []


def test_consent_withdrawn_before_sending_stops_the_message(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward, _ = a_patient_told(session, sessions, now)
    contact = session.scalars(sa.select(Contact)).one()
    session.add(
        Consent(
            contact_id=contact.id,
            is_given=False,
            how="by telephone",
            recorded_at=now,
            recorded_by_id=ward.nadia.id,
        )
    )
    session.commit()
    sender = Listed()

    assert send(sessions, sender, now).superseded == 1
    assert sender.taken == []
    (message,) = messages(session)
    assert (message.state, message.state_reason) == (
        MessageState.CANCELLED,
        "there is no consent to write to this address",
    )


def test_somebody_who_left_before_sending_is_not_written_to(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward, _ = staff_told(session, sessions, now)
    ward.nadia.left_at = now
    session.commit()
    sender = Listed()

    send(sessions, sender, now)

    assert sender.told == ["ito@hill.example"]


def test_a_patient_gets_one_message_a_day_and_the_other_one_the_next_morning(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    _, watch = a_patient_told(session, sessions, now)
    sender = Listed()
    send(sessions, sender, now)
    session.refresh(watch)
    watch.danger_at = now + 14 * DAY  # a dose change on the same day brings the next step
    watch.next_action_at = now
    session.commit()
    tick(sessions, now=now + HOUR / 2, host="h")

    later = send(sessions, sender, now + HOUR / 2)
    in_the_night = tick(sessions, now=now + 16 * HOUR, host="h")

    assert (later.held, len([t for t in sender.told if t == "ada@home.example"])) == (1, 1)
    assert in_the_night.released == 0
    morning = datetime(2026, 6, 2, 8, 0, tzinfo=now.tzinfo)  # nine in London, in summer
    assert tick(sessions, now=morning, host="h").released == 1
    send(sessions, sender, morning)
    assert len([t for t in sender.told if t == "ada@home.example"]) == 2


def test_a_refusal_for_now_is_tried_again_later_under_the_same_key(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    staff_told(session, sessions, now)
    sender = Listed(fails=DeliveryFailed("451 come again"))

    first = send(sessions, sender, now)
    at_once = send(sessions, sender, now)
    sender.fails = None
    later = send(sessions, sender, now + HOUR)

    assert (first.failed, at_once.failed, later.sent) == (2, 0, 2)
    assert len(messages(session, state="sent")) == 2
    assert len({one.key for one in sender.taken}) == 2


def test_an_address_refused_for_good_is_flagged_and_somebody_is_told(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward, watch = a_patient_told(session, sessions, now)
    failed = DeliveryFailed("550 no such user", refusal=Refusal.BAD_ADDRESS)

    report = send(sessions, Listed(fails=failed), now)

    assert report.failed == 1
    (message,) = messages(session, watch_id=watch.id)
    assert message.state is MessageState.FAILED
    assert session.scalars(sa.select(Contact.state)).one() is AddressState.INVALID
    (alarm,) = alarms(session, WatchKind.UNDELIVERABLE)
    assert (alarm.open_key, alarm.owner_id) == (f"{watch.pump_id}:undeliverable", ward.nadia.id)
    assert "550 no such user" in alarm.explanation["sentence"]
    session.commit()
    tick(sessions, now=now, host="h")
    assert [m.staff_id for m in messages(session, watch_id=alarm.id)] == [ward.nadia.id]


def test_a_colleague_who_cannot_be_reached_is_made_known_to_the_last_resort(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward, _ = staff_told(session, sessions, now)
    failed = DeliveryFailed("550 no such user", refusal=Refusal.BAD_ADDRESS)

    send(sessions, Listed(fails=failed), now)

    session.refresh(ward.nadia)
    assert ward.nadia.email_state is AddressState.INVALID
    keys = {one.open_key for one in alarms(session, WatchKind.UNDELIVERABLE)}
    assert f"clinic:{ward.clinic.id}:undeliverable:{ward.nadia.id}" in keys


def test_promise_exactly_enough_staff_are_told_again_after_an_unclear_sending(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    _, watch = staff_told(session, sessions, now)
    unclear = DeliveryFailed("the line dropped", refusal=Refusal.UNCLEAR)
    sender = Listed(fails=unclear)

    report = send(sessions, sender, now)
    sender.fails = None
    send(sessions, sender, now + HOUR)

    assert report.unknown == 2
    assert sender.told == ["ito@hill.example", "nadia@hill.example"]
    states = [m.state for m in messages(session, watch_id=watch.id, step=10)]
    assert states == [MessageState.UNKNOWN] * 2 + [MessageState.SENT] * 2


def test_promise_exactly_enough_nobody_is_told_again_whom_a_newer_message_reaches(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    _, watch = staff_told(session, sessions, now)
    for one in due_ids(session, now=now):
        assert claims.claim(session, [one], host="dead", now=now)
    session.commit()
    tick(sessions, now=now + 8 * HOUR, host="h")  # the repeat, planned beside the sweep

    tick(sessions, now=now + 9 * HOUR, host="h")

    rounds = [m.round for m in messages(session, watch_id=watch.id, step=10)]
    assert sorted(rounds) == [1, 1, 2, 2]


def test_promise_exactly_enough_a_late_failure_leaves_what_the_sweep_has_settled(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    staff_told(session, sessions, now)
    one = due_ids(session, now=now)[0]
    (taken,) = deliveries.take(session, [one], host="slow", now=now)
    assert isinstance(taken, deliveries.Taken)
    session.commit()
    later = now + claims.LEASE
    tick(sessions, now=later, host="h")
    failed = DeliveryFailed("550 no such user", refusal=Refusal.BAD_ADDRESS)

    (state,) = settling.settle(session, [(one, taken.attempt_id, failed)], now=later)
    session.commit()

    assert state is MessageState.UNKNOWN
    assert alarms(session, WatchKind.UNDELIVERABLE) == []


def test_promise_exactly_enough_a_late_answer_settles_what_the_sweep_called_unknown(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    staff_told(session, sessions, now)
    one = due_ids(session, now=now)[0]
    (taken,) = deliveries.take(session, [one], host="slow", now=now)
    assert isinstance(taken, deliveries.Taken)
    session.commit()
    tick(sessions, now=now + claims.LEASE, host="h")
    sent = receipts.Sent("a@hill.example", Words("s", "b", "h", "t"), "250 taken")

    assert settling.settle(session, [(one, taken.attempt_id, sent)], now=now) == ["sent"]


def test_an_e_mail_does_not_give_way_to_a_text_message(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward, watch = staff_told(session, sessions, now)
    facts = {"staff_id": ward.nadia.id, "channel": Channel.SMS, "step": 10, "round": 1}
    a_message(session, watch, **facts, template="refill_late", due_at=now + HOUR)
    session.commit()
    sender = Listed()

    send(sessions, sender, now)
    batch = plans.Batch(told={(watch.id, Recipient(ward.nadia.id, None, Channel.EMAIL))})
    plans.supersede(session, batch)
    session.commit()

    assert "nadia@hill.example" in sender.told
    (text,) = messages(session, channel=Channel.SMS)
    assert text.state is MessageState.PLANNED


def test_a_message_is_moved_only_where_the_table_allows(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    staff_told(session, sessions, now)
    send(sessions, Listed(), now)
    sent = messages(session, state="sent")[0]

    with pytest.raises(ForbiddenMove, match="sent can't become planned"):
        move(sent, MessageState.PLANNED)

    assert move_all(session, MessageState.PLANNED, Message.id == sent.id) == 0


def test_promise_exactly_enough_a_patient_is_never_told_again_after_an_unclear_sending(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    _, watch = a_patient_told(session, sessions, now)
    sender = Listed(fails=DeliveryFailed("the line dropped", refusal=Refusal.UNCLEAR))
    send(sessions, sender, now)
    sender.fails = None

    live(sessions, now, now + 6 * DAY, then=lambda at: send(sessions, sender, at))

    assert "ada@home.example" not in sender.told
    (message,) = [m for m in messages(session, watch_id=watch.id) if m.contact_id]
    assert message.state is MessageState.UNKNOWN
    (alarm,) = alarms(session, WatchKind.UNDELIVERABLE)
    assert "please telephone" in alarm.explanation["sentence"]


def test_promise_exactly_enough_a_dead_senders_message_is_swept_when_its_lease_ends(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    _, watch = staff_told(session, sessions, now)
    ids = due_ids(session, now=now)
    for one in ids:
        assert claims.claim(session, [one], host="dead", now=now)
    session.commit()

    early = tick(sessions, now=now + claims.LEASE - timedelta(seconds=1), host="h")
    swept = tick(sessions, now=now + claims.LEASE, host="h")
    sender = Listed()
    send(sessions, sender, now + 2 * HOUR)

    assert (early.swept, swept.swept) == (0, 2)
    assert sender.told == ["ito@hill.example", "nadia@hill.example"]
    assert len(messages(session, watch_id=watch.id, state="unknown")) == 2


def test_one_message_is_claimed_once(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    staff_told(session, sessions, now)
    one = due_ids(session, now=now)[0]

    assert claims.claim(session, [one], host="a", now=now)
    assert not claims.claim(session, [one], host="b", now=now)


def test_one_poisoned_message_stops_no_other_and_is_itself_an_alarm(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward, watch = staff_told(session, sessions, now)
    poisoned = messages(session, staff_id=ward.nadia.id, state="planned")[0]
    poisoned.template = "no_such_folder"
    session.commit()
    sender = Listed()

    report = send(sessions, sender, now)

    assert (report.sent, report.failed) == (1, 1)
    assert sender.told == ["ito@hill.example"]
    (alarm,) = alarms(session, WatchKind.SYSTEM)
    assert "can't be put into words" in alarm.explanation["sentence"]
    assert alarm.pump_id == watch.pump_id


def test_a_channel_that_takes_nothing_is_left_alone_after_three_tries(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_patients(session, 5, now=now)
    tick(sessions, now=now, host="h")
    down = DeliveryFailed("connection refused", refusal=Refusal.CHANNEL_DOWN)

    report = send(sessions, Listed(fails=down), now)

    assert report.failed == 3
    assert len(messages(session, state="planned")) == 5


def test_a_channel_that_is_unclear_three_times_running_is_left_alone_too(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_patients(session, 5, now=now)
    tick(sessions, now=now, host="h")
    unclear = DeliveryFailed("no answer in time", refusal=Refusal.UNCLEAR)

    assert send(sessions, Listed(fails=unclear), now).unknown == 3


def test_a_channels_own_fault_counts_as_unclear(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    staff_told(session, sessions, now)

    report = send(sessions, Listed(fails=RuntimeError("a fault of ours")), now)

    assert (report.unknown, report.faults) == (2, [])


def test_repeats_say_which_notice_they_are(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now)
    session.commit()
    sender = Listed()

    for hours in (0, 8, 16):
        tick(sessions, now=now + hours * HOUR, host="h")
        send(sessions, sender, now + hours * HOUR)

    to_nadia = [m.words.subject for m in sender.taken if m.to_address == "nadia@hill.example"]
    assert [one.rsplit("(")[-1] for one in to_nadia] == [
        "1st notice)",
        "2nd notice)",
        "3rd notice)",
    ]


def test_a_booking_notice_sent_after_the_date_speaks_of_being_late(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now + timedelta(minutes=30))
    session.commit()
    tick(sessions, now=now, host="h")
    sender = Listed()

    send(sessions, sender, now + HOUR)

    assert {"refill-by date reached, today" in m.words.subject for m in sender.taken} == {True}


@pytest.mark.parametrize("state", [AddressState.STOPPED, AddressState.INVALID])
def test_an_address_that_went_bad_meanwhile_is_not_written_to(
    sessions: Sessions, session: Session, now: datetime, state: AddressState
) -> None:
    a_patient_told(session, sessions, now)
    session.scalars(sa.select(Contact)).one().state = state
    session.commit()
    sender = Listed()

    assert send(sessions, sender, now).superseded == 1
    assert sender.taken == []


def test_a_policy_may_be_poisoned_and_its_waiting_messages_still_go(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    _, watch = staff_told(session, sessions, now)
    policy_of(session, watch).steps = [{"name": "of no use"}]
    session.commit()

    assert send(sessions, Listed(), now).sent == 2


def a_bounced_patient(
    session: Session, sessions: Sessions, now: datetime
) -> tuple[Ward, Watch]:
    """A patient whose address was refused: somebody has been asked to mend it."""
    _, watch = a_patient_told(session, sessions, now)
    failed = DeliveryFailed("550 no such user", refusal=Refusal.BAD_ADDRESS)
    send(sessions, Listed(fails=failed), now)
    tick(sessions, now=now, host="h")
    return watch


def test_an_unreached_patient_stays_an_alarm_until_there_is_evidence(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    a_bounced_patient(session, sessions, now)
    sender = Listed()

    for day in range(10):
        tick(sessions, now=now + day * DAY, host="h")
        send(sessions, sender, now + day * DAY)

    (alarm,) = alarms(session, WatchKind.UNDELIVERABLE)
    assert alarm.closed_at is None
    assert len([m for m in sender.taken if "could not be reached" in m.words.subject]) >= 9


@pytest.mark.parametrize("evidence", ["the same address works", "a new address", "the refill"])
def test_an_unreached_patient_is_settled_by_evidence(
    sessions: Sessions, session: Session, now: datetime, evidence: str
) -> None:
    watch = a_bounced_patient(session, sessions, now)
    contact = session.scalars(sa.select(Contact)).one()
    if evidence == "the same address works":
        contact.state = AddressState.OK
    elif evidence == "a new address":
        new = a_contact(session, watch.pump.patient, address="ada@new.example")
        new.recorded_at = now + HOUR
    else:
        close_with_refill(watch, now=now + HOUR)
    session.commit()

    tick(sessions, now=now + 2 * DAY, host="h")

    (alarm,) = alarms(session, WatchKind.UNDELIVERABLE)
    assert alarm.closed_at == now + 2 * DAY
    assert alarm.evidence_kind == ("watch" if evidence == "the refill" else "address_mended")


def test_a_refill_does_not_make_a_colleagues_address_work(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward, watch = staff_told(session, sessions, now)
    failed = DeliveryFailed("550 no such user", refusal=Refusal.BAD_ADDRESS)
    send(sessions, Listed(fails=failed), now)
    close_with_refill(watch, now=now + HOUR)
    session.commit()

    tick(sessions, now=now + 2 * DAY, host="h")
    still = {one.closed_at for one in alarms(session, WatchKind.UNDELIVERABLE)}
    for one in (ward.nadia, ward.ito):
        staff.mend_address(session, one, email=f"new{one.id}@hill.example", now=now + 2 * DAY)
    session.commit()
    tick(sessions, now=now + 9 * DAY, host="h")

    assert still == {None}
    ended = alarms(session, WatchKind.UNDELIVERABLE)
    assert {one.evidence_kind for one in ended} == {"address_mended"}


@pytest.mark.parametrize("evidence", ["sent_again", "watch"])
def test_a_message_without_fit_words_is_a_fault_until_there_are_some(
    sessions: Sessions, session: Session, now: datetime, evidence: str
) -> None:
    ward, watch = staff_told(session, sessions, now)
    messages(session, staff_id=ward.nadia.id, state="planned")[0].template = "no_such_folder"
    session.commit()
    send(sessions, Listed(), now)
    (fault,) = alarms(session, WatchKind.SYSTEM)
    assert fault.closed_at is None
    if evidence == "watch":  # the one that the message was about is over
        close_with_refill(session.get_one(Watch, watch.id), now=now + HOUR)
        session.commit()

    for day in (1, 2):
        tick(sessions, now=now + day * DAY, host="h")
        send(sessions, Listed(), now + day * DAY)

    (fault,) = alarms(session, WatchKind.SYSTEM)
    assert (fault.evidence_kind, fault.open_key) == (evidence, None)
