"""Climbing: who is told what when a watch is due, and what an outage comes to."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import (
    a_contact,
    a_patient,
    a_ward,
    a_watched_pump,
    close_with_refill,
    messages,
    policy_of,
)
from tests.living import live
from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.domain.standing import NEWER
from tracker.jobs import tick
from tracker.models import AddressState, Relation, Watch
from tracker.services.plans import JUMPED_OVER

DAY = timedelta(days=1)


def days(count: float) -> timedelta:
    return DAY * count


def waiting(session: Session) -> list[tuple[str, str]]:
    """Who is to be told what: (template, name)."""
    return [
        (one.template, (one.staff or one.contact).name)
        for one in messages(session, state=MessageState.PLANNED)
    ]


def test_a_watch_that_is_not_due_is_left_alone(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now + days(40), next_action_at=now + days(19))
    session.commit()

    report = tick(sessions, now=now, host="h")

    assert (report.planned, report.skipped, report.faults) == (0, 0, [])


def test_a_due_step_tells_its_people_and_says_when_the_next_one_is(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now + days(14) - timedelta(hours=1))
    session.commit()

    report = tick(sessions, now=now, host="h")

    assert waiting(session) == [("refill_book", "Nadia"), ("refill_book", "Cleo")]
    assert report.planned == 2
    assert watch.next_action_at == now + days(7) - timedelta(hours=1)
    assert (watch.round, watch.fired_at) == (1, now)


def test_a_second_tick_plans_nothing_more(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now - days(1))
    session.commit()
    first = tick(sessions, now=now, host="h")

    second = tick(sessions, now=now, host="h")

    assert first.planned > 0
    assert (second.planned, second.skipped) == (0, 0)


def test_a_late_watch_speaks_at_the_urgent_level(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now - timedelta(minutes=5))
    session.commit()

    tick(sessions, now=now, host="h")

    assert {one.template for one in messages(session, state="planned")} == {"refill_late"}
    session.refresh(watch)
    assert watch.level == "urgent"


def test_a_patient_who_agreed_is_written_to_in_their_own_words(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    a_contact(session, patient, relation=Relation.CARER, name="Ben", address="ben@home.example")
    a_watched_pump(session, ward, patient=patient, danger_at=now + days(7))
    session.commit()

    tick(sessions, now=now, host="h")

    assert waiting(session) == [("refill_please_book", "Ada"), ("refill_please_book", "Ben")]


@pytest.mark.parametrize(
    ("consents", "state"),
    [
        pytest.param((), AddressState.OK, id="never asked"),
        pytest.param((False,), AddressState.OK, id="refused"),
        pytest.param((True, False), AddressState.OK, id="withdrawn"),
        pytest.param((True,), AddressState.STOPPED, id="stopped"),
        pytest.param((True,), AddressState.INVALID, id="bounced"),
    ],
)
def test_a_patient_who_may_not_be_written_to_is_skipped_and_it_shows(
    sessions: sessionmaker[Session],
    session: Session,
    now: datetime,
    consents: tuple[bool, ...],
    state: AddressState,
) -> None:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient, consents=consents, state=state)
    a_watched_pump(session, ward, patient=patient, danger_at=now + days(21))
    session.commit()

    report = tick(sessions, now=now, host="h")

    assert (report.planned, report.skipped) == (0, 1)
    (record,) = messages(session)
    assert record.state is MessageState.SUPERSEDED
    assert "can be reached by e-mail (patient)" in record.state_reason


def test_one_reader_at_one_address_is_told_once(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    a_contact(session, patient, relation=Relation.CARER, name="Ben", address="ADA@home.example")
    ward.clinic.last_resort_id = ward.nadia.id
    watch = a_watched_pump(session, ward, patient=patient, danger_at=now + days(7))
    late = a_watched_pump(session, ward, danger_at=now - days(20))
    session.commit()

    tick(sessions, now=now, host="h")

    told = [
        one.name for one in (m.contact for m in messages(session, watch_id=watch.id)) if one
    ]
    assert told == ["Ada"]
    staff = [m.staff_id for m in messages(session, watch_id=late.id, state="planned")]
    assert len(staff) == len(set(staff)) == 3


def test_where_the_owner_cannot_be_reached_the_last_resort_stands_in(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    ward.nadia.left_at = now - days(1)
    a_watched_pump(session, ward, danger_at=now + days(21) - timedelta(hours=1))
    session.commit()

    report = tick(sessions, now=now, host="h")

    assert waiting(session) == [("refill_book", "Rosa")]
    assert report.skipped == 2  # the patient's step that was jumped over, and the owner


def test_where_even_the_last_resort_is_gone_somebody_of_the_clinic_is_told(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    ward.nadia.left_at = now - days(1)
    ward.rosa.email_state = AddressState.INVALID
    a_watched_pump(session, ward, danger_at=now + days(21) - timedelta(hours=1))
    session.commit()

    report = tick(sessions, now=now, host="h")

    assert ("refill_book", "Cleo") in waiting(session)
    assert [breach.promise for breach in report.audit] == ["last_resort", "owner"]


@pytest.mark.parametrize("outage", [timedelta(hours=1), days(1), days(40), days(400)])
def test_promise_persistent_after_any_outage_each_person_gets_one_current_message(
    sessions: sessionmaker[Session], session: Session, now: datetime, outage: timedelta
) -> None:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    watch = a_watched_pump(session, ward, patient=patient, danger_at=now + days(22))
    session.commit()
    at = now + days(8.5)
    live(sessions, now, at - timedelta(hours=6), timedelta(hours=6))  # with nobody to send

    tick(sessions, now=at + outage, host="h")

    planned = messages(session, watch_id=watch.id, state="planned")
    readers = [(one.staff_id, one.contact_id) for one in planned]
    assert planned
    assert len(readers) == len(set(readers))
    session.refresh(watch)
    assert watch.next_action_at is not None
    assert watch.next_action_at > at + outage


def test_an_outage_records_the_steps_it_jumped_over(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now - days(100))
    session.commit()

    report = tick(sessions, now=now, host="h")

    jumped = messages(session, watch_id=watch.id, state="superseded")
    assert {one.state_reason for one in jumped} == {JUMPED_OVER}
    assert report.skipped == len(jumped) == 12
    assert report.planned == 4  # owner and nurse are one person


def test_an_unsent_message_gives_way_to_the_next_one_to_the_same_person(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now)
    session.commit()
    tick(sessions, now=now, host="h")

    tick(sessions, now=now + timedelta(hours=8), host="h")

    of_nadia = [m for m in messages(session) if m.staff_id == ward.nadia.id and m.step == 10]
    assert [(one.state, one.state_reason) for one in of_nadia] == [
        (MessageState.SUPERSEDED, NEWER),
        (MessageState.PLANNED, ""),
    ]
    assert watch.round == 2


def test_one_poisoned_watch_stops_no_other_and_is_itself_an_alarm(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    bad = a_watched_pump(session, ward, danger_at=now, risk_class="low")
    policy_of(session, bad).steps = [{"ordinal": "nonsense"}]
    good = [a_watched_pump(session, ward, danger_at=now) for _ in range(3)]
    session.commit()

    report = tick(sessions, now=now, host="h")

    for watch in good:
        assert messages(session, watch_id=watch.id, state="planned")
    session.refresh(bad)
    assert bad.next_action_at == now + timedelta(hours=1)
    assert len(report.faults) == 1
    assert f"Watch {bad.id} can't be taken further" in report.faults[0]
    alarm = session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.SYSTEM)).one()
    assert (alarm.owner_id, alarm.pump_id) == (ward.rosa.id, bad.pump_id)


def test_a_mended_watch_climbs_again_and_its_alarm_ends_with_that_evidence(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    bad = a_watched_pump(session, ward, danger_at=now)
    policy = policy_of(session, bad)
    steps, policy.steps = policy.steps, [{"ordinal": "nonsense"}]
    session.commit()
    tick(sessions, now=now, host="h")
    policy.steps = steps
    session.commit()

    tick(sessions, now=now + timedelta(hours=1), host="h")

    assert messages(session, watch_id=bad.id, state="planned")
    alarm = session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.SYSTEM)).one()
    assert (alarm.open_key, alarm.evidence_kind) == (None, "climbed_again")


def test_the_people_of_one_clinic_hear_nothing_of_another(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    hill, dale = a_ward(session), a_ward(session, "Dale Clinic")
    a_watched_pump(session, hill, danger_at=now)
    session.commit()

    tick(sessions, now=now, host="h")

    told = {one.staff_id for one in messages(session)}
    assert told.isdisjoint({dale.nadia.id, dale.cleo.id, dale.ito.id, dale.rosa.id})


def test_a_closed_watch_is_never_climbed(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now)
    close_with_refill(watch, now=now)
    session.commit()

    assert tick(sessions, now=now, host="h").planned == 0
    assert messages(session) == []


def test_promise_evidence_only_nothing_in_two_years_of_ticks_closes_a_watch(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now)
    session.commit()

    # a fault of its own hides behind the foreign key that keeps a refill watch open
    faults = [
        fault
        for fortnight in range(52)
        for fault in tick(sessions, now=now + 14 * fortnight * DAY, host="h").faults
    ]

    assert faults == []
    session.refresh(watch)
    assert watch.closed_at is None
    assert watch.next_action_at is not None
    assert watch.next_action_at <= now + days(14 * 51 + 1)
