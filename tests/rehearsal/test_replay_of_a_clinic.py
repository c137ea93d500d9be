"""The past of a clinic told again, with what else hangs on its watches and its pumps."""

from datetime import timedelta

import pytest

from tests.outlets import Listed, into
from tests.rehearsal.conftest import DAY, really_sent
from tests.riverside import open_watch, pump_of, refilled, riverside
from tracker.domain.danger import WatchKind
from tracker.rehearsal import replay
from tracker.services.appointments import book

HOUR = timedelta(hours=1)


@pytest.fixture
def begins_with():
    return riverside


@pytest.fixture
def pump(session, standing):
    made = pump_of(session, standing)
    refilled(session, made, standing)
    session.commit()
    return made


def test_the_mornings_of_a_clinic_can_be_told_again_and_their_lists_are_not_missed(
    sessions, session, pump
):
    due = open_watch(session, pump).danger_at
    days = [due + n * DAY for n in range(-24, -12)]
    session.commit()
    really_sent(sessions, session, days)  # a list is mailed each morning

    done = replay(sessions, into(Listed()), since=days[0] + HOUR, until=days[-1])

    assert done.would.faults == []
    assert {line.kind for line in done.sent} == {WatchKind.REFILL}
    assert {line.kind for line in done.would.messages} == {WatchKind.REFILL}


def test_a_pump_of_that_time_comes_again_whatever_hangs_on_it(
    sessions, session, pump, standing
):
    here = standing
    since = open_watch(session, pump).counts_from_at
    late = pump_of(session, here, now=since + DAY)
    refilled(session, late, here, now=since + DAY)
    visit_at = (open_watch(session, late).danger_at - 3 * DAY).replace(hour=10)
    book(session, late, scheduled_at=visit_at, by=here.nadia, now=since + 2 * DAY)
    session.commit()

    done = replay(sessions, into(Listed()), since=since, until=since + 3 * DAY)

    assert done.would.faults == []
