"""What the copy of a rehearsal must know, so that it says no more than will be sent."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.outlets import Listed, into
from tests.riverside import filled_pump
from tracker.domain.alarm import Reporter
from tracker.domain.danger import WatchKind
from tracker.jobs import deliver, tick
from tracker.models import Clinic
from tracker.rehearsal import rehearse
from tracker.rehearsal.copying import LEFT_OUT
from tracker.rehearsal.mornings import make_lists
from tracker.services.alarm_closings import close_with_reason
from tracker.services.alarms import AlarmFacts, record_alarm

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# What the engine asks for though the copy has it not, and why that changes nothing.
NOT_MISSED = {
    "alarm_closing",  # with it go the alarms that it closes
    "delivery_report",  # every message is taken to arrive
    "webhook",  # a rehearsal tells no other program anything
    "webhook_event",
}
NAMED = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+\(?(\w+)")


@pytest.fixture
def begins_with():
    return filled_pump


@pytest.fixture
def closed_alarm(session, standing, now):
    """An alarm that was closed for a clinician's reason."""
    here = standing.here
    here.clinic.day_report_to = here.clinic.week_report_to = None
    facts = AlarmFacts(
        code="empty_reservoir", alarmed_at=now, reported_at=now, reporter=Reporter.PATIENT,
        doing="comes in",
    )  # fmt: skip
    alarm = record_alarm(session, standing.pump, facts, by=here.nadia, now=now)
    close_with_reason(
        session, alarm, reason="it was another pump", clinician=here.ito, by=here.ito, now=now
    )
    session.commit()
    return alarm


def test_an_alarm_that_was_closed_is_not_called_unheeded(sessions, closed_alarm, now):
    ahead = rehearse(sessions, into(Listed()), days=1, now=now + HOUR)

    assert {line.kind for line in ahead.lines} == {WatchKind.LIST}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_that_no_report_is_rehearsed_is_told_to_nobody(sessions, session, standing, now):
    """Those of last week were sent; the next ones are begun beside the tick."""
    for clinic in session.scalars(sa.select(Clinic)):
        clinic.day_reported_on = clinic.week_reported_on = (now - 7 * DAY).date()
    session.commit()

    ahead = rehearse(sessions, into(Listed()), days=2, now=now + 6 * HOUR)

    assert WatchKind.SYSTEM not in {line.kind for line in ahead.lines}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_of_one_pump_it_is_not_said_that_no_list_is_made(sessions, closed_alarm, now):
    make_lists(sessions, now=now)

    ahead = rehearse(
        sessions, into(Listed()), days=2, pump_ids=(closed_alarm.pump_id,), now=now
    )

    assert ahead.lines == []


def test_nothing_that_a_tick_or_a_sender_asks_for_is_left_out(
    sessions, engine, closed_alarm, now
):
    asked: set[str] = set()

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(connection, cursor, statement, parameters, context, many):
        asked.update(NAMED.findall(statement))

    for at in (now, now + 60 * DAY, now + 120 * DAY):
        tick(sessions, now=at, host="h")
        deliver(sessions, into(Listed()), host="h", now=at)

    assert {"watch", "message", "absence"} <= asked
    assert asked & LEFT_OUT <= NOT_MISSED
