"""Who a step reaches at the moment it speaks: deputies, duty, named people, and each way."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import Ward, a_contact, a_patient, a_ward, a_watched_pump, messages
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Anchor, Ladder, Level, Step, Target
from tracker.domain.message import Channel
from tracker.jobs import tick
from tracker.models import (
    Absence,
    AddressState,
    Duty,
    Membership,
    Message,
    Policy,
    Staff,
    Watch,
)

DAY = timedelta(days=1)
BOTH = frozenset({Channel.EMAIL, Channel.SMS})


def a_step(*targets: Target, **facts) -> Step:
    return Step(
        ordinal=1,
        offsets=((Anchor.DANGER, -30 * DAY),),
        targets=targets,
        **{
            "name": "say it",
            "level": Level.URGENT,
            "template": "refill_book",
            "repeat": DAY,
            **facts,
        },
    )


def a_watch_on(session: Session, ward: Ward, step: Step, now: datetime, **facts) -> Watch:
    """A watch that climbs a ladder of this one step, which is due."""
    watch = a_watched_pump(session, ward, danger_at=now + 20 * DAY, **facts)
    policy = Policy(
        clinic_id=ward.clinic.id,
        kind=WatchKind.REFILL,
        risk_class="critical",
        version=100 + watch.id,
        steps=Ladder((step,)).as_json(),
        created_at=now,
    )
    session.add(policy)
    session.flush()
    watch.policy_id = policy.id
    return watch


def is_away(session: Session, ward: Ward, who: Staff, now: datetime, **facts) -> None:
    session.add(
        Absence(
            clinic_id=ward.clinic.id,
            staff_id=who.id,
            recorded_at=now,
            recorded_by_id=who.id,
            **{"starts_at": now - DAY, "ends_at": now + DAY, **facts},
        )
    )


def is_on_duty(session: Session, ward: Ward, who: Staff, now: datetime, **facts) -> None:
    session.add(
        Duty(
            clinic_id=ward.clinic.id,
            staff_id=who.id,
            recorded_at=now,
            recorded_by_id=who.id,
            **{"starts_at": now - DAY, "ends_at": now + DAY, **facts},
        )
    )


def told(session: Session, **where) -> list[tuple[str, str]]:
    """Who is told, and by what."""
    found = messages(session, state="planned", **where)
    return [((one.staff or one.contact).name, one.channel.value) for one in found]


def alarms(session: Session) -> list[Watch]:
    found = sa.select(Watch).where(Watch.kind == WatchKind.SYSTEM, Watch.closed_at.is_(None))
    open_ones = list(session.scalars(found))
    session.commit()  # a reader that stays open keeps others from writing
    return open_ones


def test_promise_persistent_the_deputy_of_an_absent_owner_is_told_in_their_place(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watch_on(session, ward, a_step(Target.OWNER), now)
    is_away(session, ward, ward.nadia, now, deputy_id=ward.cleo.id)
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session) == [("Cleo", "email")]
    (message,) = messages(session)
    assert message.state_reason == "Nadia is away: Cleo stands in"


def test_the_deputy_of_the_membership_takes_over_where_the_absence_names_none(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watch_on(session, ward, a_step(Target.OWNER), now)
    is_away(session, ward, ward.nadia, now)
    membership = sa.select(Membership).where(Membership.staff_id == ward.nadia.id)
    session.scalars(membership).one().deputy_id = ward.ito.id
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session) == [("Dr Ito", "email")]


@pytest.mark.parametrize("why", ["none", "away too", "refused", "left"])
def test_promise_persistent_an_absent_owner_without_a_deputy_is_told_with_the_last_resort(
    sessions: sessionmaker[Session], session: Session, now: datetime, why: str
) -> None:
    ward = a_ward(session)
    a_watch_on(session, ward, a_step(Target.OWNER), now)
    deputy_id = None if why == "none" else ward.cleo.id
    is_away(session, ward, ward.nadia, now, deputy_id=deputy_id)
    if why == "away too":
        is_away(session, ward, ward.cleo, now)
    if why == "refused":
        ward.cleo.email_state = AddressState.INVALID
    if why == "left":
        ward.cleo.left_at = now
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session) == [("Nadia", "email"), ("Rosa", "email")]
    assert "no deputy can be reached" in messages(session)[0].state_reason


@pytest.mark.parametrize(
    ("starts", "ends", "withdrawn"),
    [
        pytest.param(-2, -1, False, id="it is over"),
        pytest.param(1, 2, False, id="it is to come"),
        pytest.param(-1, 1, True, id="it was withdrawn"),
    ],
)
def test_an_absence_that_does_not_hold_now_changes_nothing(
    sessions: sessionmaker[Session],
    session: Session,
    now: datetime,
    starts: int,
    ends: int,
    withdrawn: bool,
) -> None:
    ward = a_ward(session)
    a_watch_on(session, ward, a_step(Target.OWNER), now)
    span = {"starts_at": now + starts * DAY, "ends_at": now + ends * DAY}
    withdrawn_at = now if withdrawn else None
    deputy_id = ward.cleo.id
    is_away(
        session, ward, ward.nadia, now, deputy_id=deputy_id, withdrawn_at=withdrawn_at, **span
    )
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session) == [("Nadia", "email")]


def test_a_role_is_told_without_those_who_are_away(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    extra = Staff(email="x@hill.example", name="Xenia", session_token="x", created_at=now)
    session.add(extra)
    session.flush()
    session.add(Membership(clinic_id=ward.clinic.id, staff_id=extra.id, role="nurse"))
    a_watch_on(session, ward, a_step(Target.NURSE), now)
    is_away(session, ward, ward.nadia, now)
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session) == [("Xenia", "email")]


def test_who_is_on_duty_now_is_told(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watch_on(session, ward, a_step(Target.ON_DUTY), now)
    is_on_duty(session, ward, ward.ito, now)
    is_on_duty(session, ward, ward.cleo, now, ends_at=now)  # has just gone
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session) == [("Dr Ito", "email")]
    assert alarms(session) == []


def test_promise_covered_a_step_that_reaches_nobody_is_skipped_at_once_and_reported_once(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    step = a_step(Target.ON_DUTY)
    first = a_watch_on(session, ward, step, now)
    other = a_watched_pump(session, ward, danger_at=now + 20 * DAY)
    other.policy_id = first.policy_id
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session, watch_id=first.id) == [("Nadia", "email")]
    assert "(on duty)" in messages(session, watch_id=first.id)[0].state_reason
    (alarm,) = alarms(session)
    assert "nobody is on duty" in alarm.explanation["sentence"]
    session.commit()
    tick(sessions, now=now, host="h")
    assert set(told(session, watch_id=alarm.id)) == {("Rosa", "email"), ("Cleo", "email")}
    tick(sessions, now=now + DAY, host="h")
    assert len(alarms(session)) == 1


@pytest.mark.parametrize(("gone", "stands_in"), [(1, "Rosa"), (2, "Cleo"), (3, "Dr Ito")])
def test_promise_covered_who_stands_in_is_whoever_can_be_reached_at_all(
    sessions: sessionmaker[Session], session: Session, now: datetime, gone: int, stands_in: str
) -> None:
    ward = a_ward(session)
    for one in (ward.nadia, ward.rosa, ward.cleo)[:gone]:
        one.email_state = AddressState.INVALID
    watch = a_watch_on(session, ward, a_step(Target.ON_DUTY), now)
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session, watch_id=watch.id) == [(stands_in, "email")]


def test_the_report_ends_when_the_step_reaches_somebody_again(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watch_on(session, ward, a_step(Target.ON_DUTY), now)
    session.commit()
    tick(sessions, now=now, host="h")
    (alarm,) = alarms(session)
    tick(sessions, now=now, host="h")
    is_on_duty(session, ward, ward.ito, now)
    session.commit()

    tick(sessions, now=now + timedelta(hours=5), host="h")

    assert alarms(session) == []
    session.refresh(alarm)
    assert (alarm.evidence_kind, alarm.evidence_id) == ("reached_again", ward.ito.id)


def test_a_patient_without_an_address_is_no_fault_of_the_policy(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watch_on(session, ward, a_step(Target.PATIENT, level=Level.INFO), now)
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session) == [("Nadia", "email")]
    assert alarms(session) == []


def test_people_named_by_a_step_are_told_while_they_work_here(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward, elsewhere = a_ward(session), a_ward(session, "Lake Clinic")
    named = (ward.ito.id, ward.cleo.id, elsewhere.nadia.id)
    a_watch_on(session, ward, a_step(people=named), now)
    ward.cleo.left_at = now - DAY
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session) == [("Dr Ito", "email")]
    assert "not reached by e-mail: Cleo, Nadia" in messages(session)[0].state_reason


def test_staff_are_told_by_each_way_the_step_names_that_is_open_to_them(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    ward.nadia.phone = "+441632960001"
    ward.cleo.phone, ward.cleo.phone_state = "+441632960002", AddressState.INVALID
    channels = (Channel.EMAIL, Channel.SMS)
    a_watch_on(session, ward, a_step(Target.OWNER, Target.COORDINATOR, channels=channels), now)
    session.commit()

    tick(sessions, now=now, host="h", channels=BOTH)

    assert told(session) == [("Nadia", "email"), ("Nadia", "sms"), ("Cleo", "email")]


def test_promise_covered_a_step_by_text_falls_back_to_e_mail_where_texts_are_not_set_up(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    ward.nadia.phone = "+441632960001"
    a_watch_on(session, ward, a_step(Target.OWNER, channels=(Channel.SMS,)), now)
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session) == [("Nadia", "email")]


def test_who_has_no_number_is_told_by_e_mail_rather_than_not_at_all(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watch_on(session, ward, a_step(Target.OWNER, channels=(Channel.SMS,)), now)
    session.commit()

    tick(sessions, now=now, host="h", channels=BOTH)

    assert told(session) == [("Nadia", "email")]


def a_number(session: Session, patient, **facts):
    number = a_contact(session, patient, address="+441632960077", **facts)
    number.channel = Channel.SMS
    return number


@pytest.mark.parametrize(
    ("channels", "consents", "way"),
    [
        ((Channel.SMS, Channel.EMAIL), (True,), "sms"),
        ((Channel.EMAIL, Channel.SMS), (True,), "email"),
        ((Channel.SMS, Channel.EMAIL), (True, False), "email"),
    ],
)
def test_promise_exactly_enough_a_patient_is_told_once_by_the_first_way_that_is_open(
    sessions: sessionmaker[Session],
    session: Session,
    now: datetime,
    channels: tuple[Channel, ...],
    consents: tuple[bool, ...],
    way: str,
) -> None:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    a_number(session, patient, consents=consents)
    step = a_step(Target.PATIENT, level=Level.INFO, channels=channels)
    a_watch_on(session, ward, step, now, patient=patient)
    session.commit()

    tick(sessions, now=now, host="h", channels=BOTH)

    assert told(session) == [("Ada", way)]


def test_the_last_resort_is_told_also_while_away_and_the_deputy_with_them(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watch_on(session, ward, a_step(Target.LAST_RESORT), now)
    is_away(session, ward, ward.rosa, now, deputy_id=ward.ito.id)
    session.commit()

    tick(sessions, now=now, host="h")

    assert told(session) == [("Rosa", "email"), ("Dr Ito", "email")]
    assert session.scalar(sa.select(sa.func.count(Message.id))) == 2
