"""What was said after the backup is not in it: no patient is told twice; somebody telephones.

The file of the backup itself has its tests in `test_backups`.
"""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import a_ward, asked_to_book, messages
from tests.living import live
from tests.outlets import Listed, into
from tracker.domain.facts import WatchKind
from tracker.domain.message import MessageState
from tracker.jobs import deliver, tick
from tracker.models import Restoration, Watch
from tracker.services import restorations
from tracker.services.lifespans import keep

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ADA = "ada@home.example"


@pytest.fixture
def here(session, now):
    """Ada has had the mail of `now`, and it is after that: the records don't know of it."""
    ward = a_ward(session)
    asked_to_book(session, ward, now=now)
    restorations.put_back(session, taken_at=now - HOUR, digest="0" * 64, now=now + 10 * MINUTE)
    session.commit()
    return ward


def moved(sessions, *, by, now):
    """A record brings the date of Ada's refill elsewhere, as recording a dose does."""
    with sessions.begin() as session:
        watch = session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.REFILL)).one()
        watch.danger_at, watch.dry_at = watch.danger_at + by, watch.dry_at + by
        keep(session, watch, is_new=False, has_moved=True, now=now)


def compared(sessions, here, *, now):
    with sessions.begin() as session:
        row = session.scalars(sa.select(Restoration)).one()
        restorations.confirm(session, row, compared_with="list of 1 Jun", by=here.cleo, now=now)


def lived(sessions, sender, *, days, since):
    """So many days with a scheduler that looks twice a day."""

    def send(now):
        deliver(sessions, into(sender), host="h", now=now)

    until = since + days * DAY
    live(sessions, since + 12 * HOUR, until, 12 * HOUR, then=send)
    return until


def to_ada(session):
    return [one for one in messages(session) if one.contact_id is not None]


@pytest.mark.parametrize("is_looked_at_before", [True, False])
def test_promise_exactly_enough_a_date_that_moves_after_a_restore_tells_no_patient_twice(
    sessions, session, here, now, is_looked_at_before
):
    """Hazard H22: the same step comes again days later, and staff telephone instead."""
    sender, later = Listed(), now + 20 * MINUTE
    if is_looked_at_before:
        tick(sessions, now=later, host="h")
    moved(sessions, by=3 * DAY, now=later)
    tick(sessions, now=later, host="h")
    compared(sessions, here, now=later)

    later = lived(sessions, sender, days=4, since=later)

    step = to_ada(session)[-1].step
    assert ADA not in sender.told
    assert {one.state for one in to_ada(session)} == {MessageState.CANCELLED}
    asked = session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.UNDELIVERABLE)).one()
    assert "records were put back" in asked.explanation["sentence"]
    assert (asked.owner_id, asked.closed_at) == (here.nadia.id, None)
    assert sender.told.count(here.nadia.email)
    session.commit()  # a reader that stays open keeps others from writing

    lived(sessions, sender, days=8, since=later)

    assert ADA in sender.told  # of what nobody can have told her before
    assert min(one.step for one in to_ada(session) if one.sent_at is not None) > step


def test_promise_exactly_enough_what_a_date_between_made_due_is_not_said_again(
    sessions, session, here, now
):
    """What is entered again brings the date nearer, and what comes after it farther."""
    sender, later = Listed(), now + 20 * MINUTE
    moved(sessions, by=-7 * DAY, now=later)
    moved(sessions, by=9 * DAY, now=later)
    tick(sessions, now=later, host="h")
    compared(sessions, here, now=later)

    lived(sessions, sender, days=10, since=later)

    assert ADA not in sender.told
    assert len(to_ada(session)) > 1


def test_once_the_records_were_compared_a_watch_remembers_no_more(sessions, session, here, now):
    """A step that comes due then is known to have been said, or not to have been."""
    later = now + 20 * MINUTE
    tick(sessions, now=later, host="h")
    compared(sessions, here, now=later)
    told_to = sa.select(Watch.perhaps_told).where(Watch.kind == WatchKind.REFILL)
    before = session.scalar(told_to)
    session.commit()

    moved(sessions, by=-14 * DAY, now=later)

    session.expire_all()
    assert (before, session.scalar(told_to)) == (1, 1)
