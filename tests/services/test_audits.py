"""The audit: what is not kept is an alarm within one tick, and ends with the evidence."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import a_ward, a_watched_pump, due_ids, messages
from tests.outlets import Listed, into
from tracker.domain.danger import WatchKind
from tracker.jobs import deliver, tick
from tracker.models import AddressState, Heartbeat, Watch
from tracker.services import breaches, claims, climbing, sweeping

MINUTE = timedelta(minutes=1)
Sessions = sessionmaker[Session]


def promises(sessions: Sessions, now: datetime) -> list[str]:
    return [breach.promise for breach in tick(sessions, now=now, host="h").audit]


def open_alarms(session: Session) -> list[str]:
    session.expire_all()
    asked = sa.select(Watch.open_key).where(
        Watch.kind == WatchKind.SYSTEM, Watch.open_key.is_not(None)
    )
    keys = [str(key) for key in session.scalars(asked)]
    session.commit()
    return keys


def test_nothing_is_found_where_all_is_kept(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now + timedelta(days=60))
    session.commit()

    assert promises(sessions, now) == []
    assert open_alarms(session) == []


@pytest.mark.parametrize("loss", ["left", "invalid", "stopped"])
def test_a_last_resort_who_cannot_be_reached_is_an_alarm_within_one_tick(
    sessions: Sessions, session: Session, now: datetime, loss: str
) -> None:
    ward = a_ward(session)
    if loss == "left":
        ward.rosa.left_at = now
    else:
        ward.rosa.email_state = AddressState(loss)
    session.commit()

    found = promises(sessions, now)
    again = promises(sessions, now + MINUTE)

    # the alarm itself belongs to the last resort, so its owner can't be reached either
    assert (found, again) == (["last_resort"], ["last_resort", "owner"])
    assert f"clinic:{ward.clinic.id}:system:last_resort" in open_alarms(session)


def test_an_alarm_ends_when_the_promise_is_kept_again(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    ward.rosa.email_state = AddressState.INVALID
    session.commit()
    promises(sessions, now)
    ward.rosa.email_state = AddressState.OK
    session.commit()

    promises(sessions, now + breaches.STAYS)

    assert open_alarms(session) == []
    closed = session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.SYSTEM)).one()
    assert closed.evidence_kind == "audit_passed"


def test_promise_alive_or_known_dead_a_fault_of_one_tick_is_told_all_the_same(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    session.commit()
    sender = Listed()
    tick(sessions, now=now, host="h")
    ward.rosa.email_state = AddressState.INVALID
    session.commit()
    tick(sessions, now=now + MINUTE, host="h")
    ward.rosa.email_state = AddressState.OK
    session.commit()

    for minute in range(2, 24):
        at = now + minute * MINUTE
        tick(sessions, now=at, host="h")
        deliver(sessions, into(sender), host="h", now=at)

    assert "rosa@hill.example" in sender.told
    assert open_alarms(session) == []


def test_a_clock_that_went_back_is_an_alarm(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    a_ward(session)
    session.commit()
    tick(sessions, now=now, host="h")

    assert promises(sessions, now - 6 * MINUTE) == ["clock"]


def test_a_message_that_nobody_sends_is_an_alarm(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now)
    session.commit()

    found = [promises(sessions, now + minute * MINUTE) for minute in range(4)]

    assert found == [[], [], ["sending"], ["sending"]]


def test_a_message_that_waited_because_nothing_ran_is_no_alarm(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now)
    session.commit()
    tick(sessions, now=now, host="h")

    assert promises(sessions, now + timedelta(hours=5)) == []


def test_a_message_tried_for_an_hour_without_success_is_an_alarm(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now)
    session.commit()
    tick(sessions, now=now, host="h")
    for one in messages(session, state="planned"):
        one.attempts, one.due_at = 6, now + timedelta(hours=2)
    session.commit()
    for minute in (58, 59):
        assert promises(sessions, now + minute * MINUTE) == []

    assert promises(sessions, now + 60 * MINUTE) == ["sending"]


def test_a_watch_that_is_not_climbed_is_an_alarm(
    sessions: Sessions, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now)
    session.commit()
    monkeypatch.setattr(climbing, "climb", _fails)
    monkeypatch.setattr(climbing, "due_ids", _fails)

    report = tick(sessions, now=now, host="h")

    assert [breach.promise for breach in report.audit] == ["climbing"]
    assert report.faults == ["climb: RuntimeError: the climbing is broken"]


def test_a_claim_that_is_not_swept_is_an_alarm(
    sessions: Sessions, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now)
    session.commit()
    tick(sessions, now=now, host="h")
    for one in due_ids(session, now=now):
        claims.claim(session, [one], host="dead", now=now)
    session.commit()
    monkeypatch.setattr(sweeping, "sweep", _fails)

    assert promises(sessions, now + claims.LEASE) == ["lease"]


def test_promise_alive_or_known_dead_the_heartbeat_is_written_also_when_phases_fail(
    sessions: Sessions, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now)
    session.commit()
    for name in ("climb", "due_ids"):
        monkeypatch.setattr(climbing, name, _fails)
    monkeypatch.setattr("tracker.services.audits.audit", _fails)

    tick(sessions, now=now, host="here")

    beat = session.scalars(sa.select(Heartbeat)).one()
    assert (beat.ticked_at, beat.host) == (now, "here")
    assert beat.faults == [
        "climb: RuntimeError: the climbing is broken",
        "audit: RuntimeError: the climbing is broken",
    ]


def _fails(*_: object, **__: object) -> None:
    raise RuntimeError("the climbing is broken")
