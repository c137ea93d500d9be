"""An absence over refill-by: what the watch and its messages say, and when."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.riverside import FILLED_AT, open_watch, pump_of, refilled, riverside
from tests.scenes import Scene
from tracker.jobs import tick
from tracker.models import Message
from tracker.services.afresh import look
from tracker.services.aways import record_away, withdraw_away
from tracker.services.lifespans import settle
from tracker.services.notices import notice
from tracker.services.notices import standing as standing_of

DAY = timedelta(days=1)
NOW = FILLED_AT + timedelta(days=60)


@pytest.fixture
def begins_with() -> Scene:
    return riverside


def test_staff_are_asked_for_a_visit_before_a_patient_leaves_over_refill_by(
    sessions, session, standing
):
    here, pump = standing, pump_of(session, standing)
    refilled(session, pump, here)
    watch = open_watch(session, pump)
    by_at, on = watch.danger_at, watch.danger_at.astimezone(here.clinic.zone).date()

    away = record_away(
        session, pump.patient, first_on=on - 60 * DAY, last_on=on, by=here.nadia, now=NOW
    )

    assert (watch.danger_at, watch.leaves_at < by_at - 59 * DAY) == (by_at, True)
    session.commit()
    at = watch.leaves_at - 6 * DAY
    tick(sessions, now=at, host="h")

    (said,) = session.scalars(sa.select(Message).where(Message.watch_id == watch.id))
    seen = look(session, said.id, is_to_staff=True)
    assert (seen.template, seen.step, seen.contact_id) == ("refill_book", 6, None)
    assert (
        "over refill-by or until shortly before it" in notice(session, seen, now=at).explanation
    )
    session.refresh(watch)
    settle(session, watch, now=at)  # as any record does in the meantime
    session.flush()
    assert watch.cursor < said.step
    assert standing_of(session, look(session, said.id, is_to_staff=True), now=at).cursor == 6
    withdraw_away(session, away, by=here.nadia, now=at)
    assert (watch.leaves_at, "leaves" in watch.explanation) == (None, False)


def test_staff_are_not_told_anew_because_of_days_away_that_come_long_after(session, standing):
    here, pump = standing, pump_of(session, standing)
    refilled(session, pump, here)
    watch = open_watch(session, pump)
    on = watch.danger_at.astimezone(here.clinic.zone).date()
    facts = {"by": here.nadia, "first_on": on - 9 * DAY, "last_on": on}
    record_away(session, pump.patient, **facts, now=NOW)

    later = {"by": here.nadia, "first_on": on + 60 * DAY, "last_on": on + 70 * DAY}
    record_away(session, pump.patient, **later, now=NOW + 5 * DAY)

    assert watch.leaving_known_at == NOW
