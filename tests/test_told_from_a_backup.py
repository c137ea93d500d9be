"""A patient is told nothing from a backup that was put back, until people have looked."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import messages
from tests.outlets import Listed, into
from tests.putting_back import a_told_patient, restored, told_of
from tracker.backups.taking import take_backup
from tracker.domain.message import MessageState
from tracker.jobs import deliver, tick
from tracker.models import Restoration
from tracker.services import restorations
from tracker.services.restorations import NotCompared

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def here(session, now):
    return a_told_patient(session, now=now)


def test_promise_exactly_enough_after_a_restore_no_patient_is_told_until_people_have_looked(
    sessions, session, here, now, engine, database_url, tmp_path
):
    """What was sent since is not known: staff get it once, and telephone the patient."""
    made = take_backup(sessions, tmp_path, keep=14, now=now - HOUR)
    sender = Listed()
    tick(sessions, now=now, host="h")
    deliver(sessions, into(sender), host="h", now=now)
    first = sender.told.count("ada@home.example")
    restored(database_url, engine, made, now)
    later = now + timedelta(minutes=10)  # the same step is due again

    tick(sessions, now=later, host="h")
    deliver(sessions, into(sender), host="h", now=later)
    session.expire_all()
    held = [one for one in messages(session) if one.contact_id is not None]
    staff = [one for one in sender.told if one != "ada@home.example"]
    session.commit()

    assert (first, sender.told.count("ada@home.example")) == (1, 1)
    assert [one.state for one in held] == [MessageState.CANCELLED]
    assert "not known whether" in held[0].state_reason
    assert staff  # by the watch that asks to compare
    with sessions.begin() as other:
        row = other.scalars(sa.select(Restoration)).one()
        assert restorations.dropped(other, row) == [other.get_one(type(held[0]), held[0].id)]
        restorations.confirm(other, row, compared_with="list of 1 Jun", by=here.cleo, now=later)
    session.expire_all()
    assert told_of(session) == []


def test_promise_exactly_enough_what_waited_for_a_patient_in_a_backup_is_not_sent_from_it(
    sessions, session, here, now, engine, database_url, tmp_path
):
    tick(sessions, now=now, host="h")  # planned, and perhaps sent after the backup
    made = take_backup(sessions, tmp_path, keep=14, now=now)
    restored(database_url, engine, made, now)
    sender = Listed()

    deliver(sessions, into(sender), host="h", now=now + HOUR)

    assert "ada@home.example" not in sender.told


def test_promise_exactly_enough_a_restore_confirmed_before_the_next_tick_tells_no_patient_twice(
    sessions, session, here, now, engine, database_url, tmp_path
):
    made = take_backup(sessions, tmp_path, keep=14, now=now - HOUR)
    sender = Listed()
    tick(sessions, now=now, host="h")
    deliver(sessions, into(sender), host="h", now=now)
    restored(database_url, engine, made, now)
    compared = {"compared_with": "list of 1 Jun", "by": here.cleo, "now": now}

    with sessions() as other:
        row = other.scalars(sa.select(Restoration)).one()
        with pytest.raises(NotCompared, match="scheduler"):
            restorations.confirm(other, row, **compared)
    tick(sessions, now=now, host="h")  # planned again, and not yet looked at by a sender
    with sessions.begin() as other:
        restorations.confirm(other, other.scalars(sa.select(Restoration)).one(), **compared)
    deliver(sessions, into(sender), host="h", now=now + timedelta(days=1))

    assert sender.told.count("ada@home.example") == 1
