"""A ward whose days to come are rehearsed, and what is really sent in them."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.depth import EVERY_CASE
from tests.outlets import Listed, into
from tracker.domain.message import MessageState
from tracker.jobs import deliver, tick
from tracker.rehearsal import mornings

START = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LATE_DAYS = 50  # after which the first of the ward is late
# The days in which nearly each step of the ladder is told; `make bench` rehearses all.
SINCE, DAYS = (START, LATE_DAYS + 10) if EVERY_CASE else (START + 35 * DAY, 20)


@pytest.fixture
def ward(session):
    """Three pumps: one late in fifty days and then dry, one after it, one quiet for long."""
    here = a_ward(session)
    for days in (55, LATE_DAYS, 200):
        patient = a_patient(session, here)
        a_contact(session, patient, address=f"ada{days}@home.example")
        a_watched_pump(
            session, here, danger_at=START + timedelta(days=days, minutes=7), patient=patient
        )
    session.commit()
    return here


def really_sent(sessions, session, instants, *, is_whole=True):
    """What went out when the engine ticked and delivered at each of these instants."""
    for at in instants:
        if is_whole:  # as the timer does before each tick
            mornings.begin(sessions, now=at)
        tick(sessions, now=at, host="really")
        deliver(sessions, into(Listed()), host="really", now=at)
    sent = [one for one in messages(session) if one.state is MessageState.SENT]
    return sorted((one.sent_at, one.key) for one in sent)
