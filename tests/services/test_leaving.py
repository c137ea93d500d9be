"""Leaving: who goes hands everything over first, in every place where they are named."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.cast import Ward, a_ward, a_watched_pump
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.escalation import Ladder
from tracker.domain.risk import RiskClass
from tracker.models import (
    Absence,
    Duty,
    Membership,
    Policy,
    Role,
    SilenceRow,
    Staff,
    Watch,
)
from tracker.services.leaving import (
    MOST_NAMED,
    StillAnswers,
    answers_for,
    leave,
    leave_clinic,
)
from tracker.services.policies import ladder_of, newest_policy, write_policy
from tracker.services.silences import acknowledge

DAY = timedelta(days=1)
REFILL, CRITICAL = WatchKind.REFILL, RiskClass.CRITICAL


@pytest.fixture
def ward(session: Session) -> Ward:
    return a_ward(session)


def membership(session: Session, staff: Staff) -> Membership:
    return session.query(Membership).filter_by(staff_id=staff.id).one()


def absent(session: Session, ward: Ward, who: Staff, deputy: Staff, end: datetime) -> Absence:
    made = Absence(
        clinic_id=ward.clinic.id,
        staff_id=who.id,
        starts_at=end - 5 * DAY,
        ends_at=end,
        deputy_id=deputy.id,
        recorded_at=end - 9 * DAY,
        recorded_by_id=who.id,
    )
    session.add(made)
    session.flush()
    return made


def on_duty(session: Session, ward: Ward, who: Staff, start: datetime) -> Duty:
    made = Duty(
        clinic_id=ward.clinic.id,
        staff_id=who.id,
        starts_at=start,
        ends_at=start + 2 * DAY,
        recorded_at=start - DAY,
        recorded_by_id=who.id,
    )
    session.add(made)
    session.flush()
    return made


def named(session: Session, ward: Ward, who: Staff, *, now: datetime) -> Policy:
    """A newer policy whose last step names somebody beside those it told before."""
    old = newest_policy(session, ward.clinic.id, REFILL, CRITICAL, now=now)
    *before, last = ladder_of(old).steps
    ladder = Ladder((*before, replace(last, people=(who.id,))))
    return write_policy(session, ward.clinic.id, REFILL, CRITICAL, ladder, now=now)


@pytest.fixture
def watch(session: Session, ward: Ward, now: datetime) -> Watch:
    """Nadia answers in every way there is; the watch climbs the policy that names her."""
    membership(session, ward.cleo).deputy_id = ward.nadia.id
    named(session, ward, ward.nadia, now=now)
    ward.clinic.last_resort = ward.nadia
    absent(session, ward, ward.ito, ward.nadia, now + 3 * DAY)
    on_duty(session, ward, ward.nadia, now + 7 * DAY)
    made = a_watched_pump(session, ward, danger_at=now + 30 * DAY)
    session.commit()
    return made


def test_promise_covered_nobody_leaves_while_they_answer_for_anything(
    session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    with pytest.raises(StillAnswers) as refused:
        leave(session, ward.nadia, hand_to=None, now=now)

    for word in (
        f"pump {watch.pump_id} (",
        "last resort of Hill Clinic",
        "deputy of Cleo",
        "deputy of Dr Ito until 4 Jun 2026",
        "duty from 8 Jun 2026",
        "named in the critical policy for refill",
    ):
        assert word in str(refused.value)
    assert ward.nadia.left_at is None


def test_promise_covered_all_of_it_is_the_successors_at_once(
    session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    before = watch.policy_id

    assert leave(session, ward.nadia, hand_to=ward.rosa, now=now) == 1

    rosa = ward.rosa.id
    assert watch.pump is not None
    assert (watch.owner_id, watch.pump.owner_id) == (rosa, rosa)
    assert ward.clinic.last_resort_id == rosa
    assert membership(session, ward.cleo).deputy_id == rosa
    assert session.query(Absence).one().deputy_id == rosa
    duties = session.query(Duty).filter_by(withdrawn_at=None).all()
    assert [(one.staff_id, one.starts_at) for one in duties] == [(rosa, now + 7 * DAY)]
    newest = newest_policy(session, ward.clinic.id, REFILL, CRITICAL, now=now)
    assert ladder_of(newest).steps[-1].people == (rosa,)
    assert newest.note == "Rosa instead of Nadia, who has left"
    old = session.get_one(Policy, before)
    assert ladder_of(old).steps[-1].people == (ward.nadia.id,)  # versions never change
    session.refresh(watch)
    assert watch.policy_id == newest.id


@pytest.mark.parametrize("place", ["deputy", "absence", "duty", "policy"])
def test_promise_covered_any_one_of_them_is_enough_to_refuse(
    session: Session, ward: Ward, now: datetime, place: str
) -> None:
    if place == "deputy":
        membership(session, ward.cleo).deputy_id = ward.nadia.id
    elif place == "absence":
        absent(session, ward, ward.ito, ward.nadia, now + 30 * DAY)  # which is still to come
    elif place == "duty":
        on_duty(session, ward, ward.nadia, now - DAY)
    else:
        named(session, ward, ward.nadia, now=now)
    session.flush()

    with pytest.raises(StillAnswers):
        leave(session, ward.nadia, hand_to=None, now=now)


def test_what_is_over_or_was_replaced_binds_nobody(
    session: Session, ward: Ward, now: datetime
) -> None:
    absent(session, ward, ward.ito, ward.nadia, now)
    on_duty(session, ward, ward.nadia, now - 2 * DAY)
    named(session, ward, ward.nadia, now=now)
    named(session, ward, ward.rosa, now=now)

    leave(session, ward.nadia, hand_to=None, now=now)

    assert ward.nadia.left_at == now


def test_the_duty_that_runs_is_shared_at_the_moment_of_leaving(
    session: Session, ward: Ward, now: datetime
) -> None:
    running = on_duty(session, ward, ward.nadia, now - DAY)

    leave(session, ward.nadia, hand_to=ward.cleo, now=now)

    assert (running.ends_at, running.withdrawn_at) == (now, None)
    rest = session.query(Duty).filter_by(staff_id=ward.cleo.id).one()
    assert (rest.starts_at, rest.ends_at) == (now, now + DAY)


def test_nobody_becomes_the_deputy_of_themselves(
    session: Session, ward: Ward, now: datetime
) -> None:
    membership(session, ward.cleo).deputy_id = ward.nadia.id
    away = absent(session, ward, ward.cleo, ward.nadia, now + 3 * DAY)

    leave(session, ward.nadia, hand_to=ward.cleo, now=now)

    assert membership(session, ward.cleo).deputy_id is None
    assert away.deputy_id is None


def test_the_successor_must_work_where_the_duty_is(
    session: Session, ward: Ward, now: datetime
) -> None:
    on_duty(session, ward, ward.nadia, now + DAY)
    elsewhere = a_ward(session, "Vale Clinic")

    with pytest.raises(TrackerError, match="don't work in Hill Clinic"):
        leave(session, ward.nadia, hand_to=elsewhere.cleo, now=now)


def test_their_own_absence_is_withdrawn(session: Session, ward: Ward, now: datetime) -> None:
    away = absent(session, ward, ward.nadia, ward.cleo, now + 3 * DAY)

    leave(session, ward.nadia, hand_to=None, now=now)

    session.refresh(away)
    assert away.withdrawn_at == now


def test_who_leaves_one_clinic_hands_over_what_is_theirs_there_and_keeps_the_rest(
    session: Session, ward: Ward, now: datetime
) -> None:
    elsewhere = a_ward(session, "Elsewhere")
    there = Membership(staff=ward.nadia, clinic=elsewhere.clinic, role=Role.NURSE)
    session.add(there)
    session.flush()
    here, theirs = (
        a_watched_pump(session, one, danger_at=now + 9 * DAY) for one in (ward, elsewhere)
    )
    theirs.owner = theirs.pump.owner = ward.nadia
    away, off = (
        absent(session, one, ward.nadia, one.cleo, now + 3 * DAY) for one in (ward, elsewhere)
    )
    session.flush()

    with pytest.raises(StillAnswers):
        leave_clinic(session, membership_in(session, ward), hand_to=None, now=now)
    leave_clinic(session, membership_in(session, ward), hand_to=ward.cleo, now=now)

    assert (here.pump.owner, here.owner) == (ward.cleo, ward.cleo)
    assert (theirs.pump.owner, theirs.owner) == (ward.nadia, ward.nadia)
    session.expire_all()
    assert (away.withdrawn_at, off.withdrawn_at) == (now, None)
    assert membership(session, ward.nadia) is there
    assert ward.nadia.left_at is None


def test_promise_persistent_what_somebody_had_in_hand_speaks_again_when_they_leave(
    session: Session, ward: Ward, now: datetime
) -> None:
    watch, other = (a_watched_pump(session, ward, danger_at=now + 9 * DAY) for _ in range(2))
    acknowledge(session, watch, note="I ring", until=now + DAY, by=ward.nadia, now=now)
    acknowledge(session, other, note="I ring", until=now + DAY, by=ward.cleo, now=now)

    leave(session, ward.nadia, hand_to=ward.cleo, now=now)

    ended = session.query(SilenceRow).filter_by(watch_id=watch.id).one()
    assert (ended.ended_at, ended.ended_because) == (now, "Nadia has left")
    assert watch.next_action_at is not None
    assert watch.next_action_at <= now
    assert session.query(SilenceRow).filter_by(watch_id=other.id).one().ended_at is None


def test_who_leaves_one_clinic_keeps_in_hand_what_is_theirs_elsewhere(
    session: Session, ward: Ward, now: datetime
) -> None:
    elsewhere = a_ward(session, "Elsewhere")
    session.add(Membership(staff=ward.nadia, clinic=elsewhere.clinic, role=Role.NURSE))
    session.flush()
    for one in (ward, elsewhere):
        watch = a_watched_pump(session, one, danger_at=now + 9 * DAY)
        acknowledge(session, watch, note="I ring", until=now + DAY, by=ward.nadia, now=now)

    leave_clinic(session, membership_in(session, ward), hand_to=ward.cleo, now=now)

    here, there = session.query(SilenceRow).order_by(SilenceRow.id)
    assert (here.ended_at, here.ended_because) == (now, "Nadia works here no longer")
    assert there.ended_at is None


def membership_in(session: Session, ward: Ward) -> Membership:
    asked = session.query(Membership).filter_by(staff_id=ward.nadia.id)
    return asked.filter_by(clinic_id=ward.clinic.id).one()


def test_of_many_pumps_the_first_are_named_and_the_others_counted(
    session: Session, ward: Ward, now: datetime
) -> None:
    for _ in range(MOST_NAMED + 2):
        a_watched_pump(session, ward, danger_at=now + 30 * DAY)

    said = answers_for(session, ward.nadia, ward.clinic.id, now=now)

    assert len([one for one in said if one.startswith("pump ")]) == MOST_NAMED
    assert said[-1] == "2 more pumps"
    assert not answers_for(session, ward.nadia, ward.clinic.id + 1, now=now)
