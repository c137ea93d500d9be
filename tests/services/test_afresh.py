"""What a claimed message is looked at afresh by is what the rows say, and costs no scan."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.builders import a_message
from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.faults.ward import asking_patients
from tests.outlets import URL, Listed
from tests.plans import plans_of
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.jobs import Outlets, deliver, tick
from tracker.models import Message, Watch
from tracker.notify.render import Renderer
from tracker.services import addresses, afresh, deliveries
from tracker.services.afresh import Seen

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def told(session: Session, message: Message) -> dict[str, Any]:
    """The same from the rows themselves, one by one."""
    watch, patient = message.watch, message.watch.pump.patient
    clinic, to = patient.clinic, message.staff or message.contact
    of_message = {
        name: getattr(message, name)
        for name in (
            *("id", "key", "reference", "watch_id", "step", "round", "level", "template"),
            *("staff_id", "contact_id", "channel", "state_reason", "attempts"),
        )
    }
    of_watch = {
        name: getattr(watch, name)
        for name in (
            *("policy_id", "kind", "cursor", "danger_at", "dry_at", "binding_rule"),
            *("explanation", "drugs", "visit_at", "reopens_at", "opened_at"),
            *("counts_from_at", "leaves_at", "perhaps_told", "closed_at", "pump_id"),
        )
    }
    of_clinic = {
        name: getattr(clinic, name)
        for name in ("timezone", "language", "quiet_from", "quiet_until", "sms_sender")
    }
    return {
        **of_message,
        **of_watch,
        **of_clinic,
        "watch_level": watch.level,
        "clinic_id": clinic.id,
        "clinic_name": clinic.name,
        "clinic_phone": clinic.phone,
        "has_own_words": clinic.has_own_words,
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "patient_language": patient.language,
        "patient_timezone": patient.timezone,
        "admitted_at": patient.admitted_at,
        "to_name": to.name,
        "address": addresses.address_of(message),
        "address_state": addresses.state_of(message),
        "left_at": message.staff.left_at if message.staff else None,
    }


@pytest.mark.parametrize("is_to_staff", [True, False])
def test_what_is_seen_of_a_message_is_what_its_rows_say(sessions, session, now, is_to_staff):
    ward = a_ward(session)
    patient = a_patient(session, ward, language="pl", timezone="Europe/Warsaw")
    a_contact(session, patient)
    ward.clinic.sms_sender = "+447700900123"
    a_watched_pump(session, ward, patient=patient, danger_at=now + 14 * DAY)
    session.commit()
    tick(sessions, now=now, host="h")
    one = next(m for m in messages(session) if (m.staff_id is not None) == is_to_staff)

    seen = afresh.look(session, one.id, is_to_staff=is_to_staff)

    wanted = told(session, one)
    assert {name: getattr(seen, name) for name in wanted} == wanted
    assert set(wanted) | {"beside"} == set(Seen.__slots__)


def test_two_senders_don_t_write_to_one_patient_at_the_same_moment(sessions, session, now):
    ward = a_ward(session)
    patient = a_patient(session, ward)
    contact = a_contact(session, patient)
    refill = a_watched_pump(session, ward, patient=patient, danger_at=now + 14 * DAY, cursor=1)
    battery = Watch(
        clinic_id=ward.clinic.id,
        pump_id=refill.pump_id,
        kind=WatchKind.BATTERY,
        open_key=f"{refill.pump_id}:battery",
        cursor=1,
        risk_class=refill.risk_class,
        policy_id=refill.policy_id,
        next_action_at=now,
        next_action="the first step",
        owner_id=refill.owner_id,
        opened_at=refill.opened_at,
    )
    session.add(battery)
    ids = [
        a_message(session, watch, contact=contact, due_at=now, planned_at=now).id
        for watch in (refill, battery)
    ]
    session.commit()
    came = []

    def second() -> None:
        with sessions.begin() as theirs:
            came.extend(deliveries.take(theirs, [ids[1]], host="b", now=now))

    with sessions.begin() as ours:
        (taken,) = deliveries.take(ours, [ids[0]], host="a", now=now)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.5)
        assert came == []  # it waits for what we claimed to be seen
    thread.join(10)

    assert isinstance(taken, deliveries.Taken)
    assert came == [MessageState.HELD]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("is_to_staff", [True, False])
def test_nothing_is_read_through_to_look_at_one_message(
    engine, sessions, session, now, is_to_staff
):
    """Of so few rows PostgreSQL reads a table through in any case."""
    asking_patients(session, 2, Channel.SMS, now=now)
    session.commit()

    def ask() -> None:
        with sessions() as asking:
            list(afresh.look_at(asking, [1], is_to_staff=is_to_staff))

    through = {one for one in plans_of(engine, ask) if one.startswith("SCAN")}
    # what is given with the question is a table to SQLite, and a virtual one
    assert {one for one in through if "VIRTUAL TABLE" not in one} == set()


def test_what_is_kept_of_a_text_is_what_was_sent(sessions, session, now):
    asking_patients(session, 1, Channel.SMS, now=now)
    tick(sessions, now=now, host="h", channels=frozenset(Channel))
    phone = Listed()
    outlets = Outlets({Channel.SMS: phone}, Renderer(URL))

    deliver(sessions, outlets, host="h", now=now)

    (text,) = messages(session, channel=Channel.SMS)
    (handed,) = phone.taken
    assert (text.state, text.body) == (MessageState.SENT, handed.words.sms)
    assert text.subject  # what our pages call it
