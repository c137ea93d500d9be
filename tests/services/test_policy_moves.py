"""Open watches keep their version until they are moved; and what a ladder would say."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import a_ward, a_watched_pump
from tracker.domain.danger import WatchKind
from tracker.domain.errors import ChangedMeanwhile, SilentPolicy
from tracker.domain.escalation import Ladder, default_ladder
from tracker.domain.risk import RiskClass
from tracker.models import Policy, Staff, Watch
from tracker.services.foresights import foresee
from tracker.services.policies import newest_policies, newest_policy, write_policy
from tracker.services.policy_moves import move_open_watches, open_by_version
from tracker.services.rosters import EMAIL_ONLY
from tracker.services.silences import acknowledge

KIND, RISK = WatchKind.REFILL, RiskClass.CRITICAL
DAY = timedelta(days=1)
DEFAULT = default_ladder(KIND, RISK)


def without_first() -> Ladder:
    return Ladder(
        tuple(replace(one, ordinal=place) for place, one in enumerate(DEFAULT.steps[1:], 1))
    )


def test_open_watches_keep_their_version_until_they_are_moved(
    session: Session, now: datetime
) -> None:
    ward, lake = a_ward(session), a_ward(session, "Lake Clinic")
    watch = a_watched_pump(session, ward, danger_at=now + 40 * DAY)
    other = a_watched_pump(session, lake, danger_at=now + 40 * DAY)
    others_policy = other.policy_id
    newest = write_policy(session, ward.clinic.id, KIND, RISK, without_first(), now=now)

    assert open_by_version(session, newest) == {1: 1}
    assert move_open_watches(session, newest, now=now) == 1
    assert move_open_watches(session, newest, now=now) == 0

    assert open_by_version(session, newest) == {2: 1}
    assert watch.policy_id == newest.id
    assert watch.next_action == newest.steps[0]["name"]
    assert watch.next_action_at == watch.danger_at + timedelta(
        minutes=newest.steps[0]["offsets"][0]["minutes"]
    )
    assert other.policy_id == others_policy


def test_who_takes_a_watch_that_was_moved_meanwhile_takes_it_on_its_new_ladder(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now + 40 * DAY)
    session.commit()
    with sessions() as other:
        seen, by = other.get_one(Watch, watch.id), other.get_one(Staff, ward.cleo.id)
        assert seen.policy.version == 1
        other.commit()
        newest = write_policy(session, ward.clinic.id, KIND, RISK, without_first(), now=now)
        move_open_watches(session, newest, now=now)
        session.commit()

        acknowledge(other, seen, note="I call", until=now + DAY, by=by, now=now)
        other.commit()

        assert seen.policy.id == newest.id


def test_promise_persistent_a_moved_watch_says_at_once_what_its_new_ladder_has_due(
    session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now - DAY)
    watch.cursor, watch.round, watch.fired_at = 1, 1, now - 60 * DAY
    watch.next_action_at = now + 5 * DAY
    newest = write_policy(session, ward.clinic.id, KIND, RISK, DEFAULT, now=now)

    move_open_watches(session, newest, now=now)

    assert watch.next_action_at <= now


def test_a_version_says_who_wrote_it_and_two_at_once_lose_neither(
    session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    clinic_id = ward.clinic.id
    facts = {"seen_version": 1, "by": ward.rosa, "now": now}
    written = write_policy(
        session, clinic_id, KIND, RISK, DEFAULT, note="as agreed on 1 Jun", **facts
    )

    assert (written.version, written.note) == (2, "as agreed on 1 Jun")
    assert written.created_by_id == ward.rosa.id
    with pytest.raises(ChangedMeanwhile):
        write_policy(session, clinic_id, KIND, RISK, DEFAULT, **facts)
    newest = newest_policies(session, clinic_id)
    assert len(newest) == len(WatchKind) * len(RiskClass)
    assert written in newest


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"template": "system_fault"}, "not for this kind"),
        ({"people": (10**6,)}, "doesn't work here"),
    ],
)
def test_words_and_people_that_do_not_fit_are_refused(
    session: Session, now: datetime, facts: dict, why: str
) -> None:
    ward = a_ward(session)
    steps = (*DEFAULT.steps[:-1], replace(DEFAULT.steps[-1], **facts))

    with pytest.raises(SilentPolicy, match=why) as refused:
        write_policy(session, ward.clinic.id, KIND, RISK, Ladder(steps), now=now)

    assert refused.value.step == len(steps)
    assert newest_policy(session, ward.clinic.id, KIND, RISK, now=now).version == 1


def test_what_would_be_said_names_people_and_what_is_jumped_over(
    session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now + timedelta(days=6))

    found = foresee(session, watch, DEFAULT, EMAIL_ONLY, now=now)

    (now_said,) = [one for one in found if one.is_next]
    earlier = found[: now_said.step.ordinal - 1]
    assert all(one.is_jumped_over for one in earlier if one.due_at is not None)
    assert {one.name for one in found[-1].told} == {"Nadia", "Cleo", "Dr Ito", "Rosa"}
    assert "patient" in found[0].note
    assert session.query(Policy).filter_by(version=2).count() == 0
