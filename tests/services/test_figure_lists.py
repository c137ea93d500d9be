"""The lists behind the figures: messages by their times, and each open refill once."""

from datetime import timedelta

import sqlalchemy as sa

from tests.cast import a_ward, a_watched_pump
from tests.outlets import Listed, into
from tracker.domain.visit import VisitState
from tracker.jobs import deliver, tick
from tracker.models import Appointment, Clinic
from tracker.services.figure_lists import coming_work, sendings_of
from tracker.services.figures import Period

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_a_message_counts_from_when_it_was_due_to_when_it_was_taken(sessions, session, now):
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now)
    session.commit()
    tick(sessions, now=now, host="h")
    deliver(sessions, into(Listed()), host="h", now=now + HOUR)

    clinic = session.scalars(sa.select(Clinic)).one()
    found = sendings_of(session, clinic, Period(now, now + DAY))

    assert {(one.sent_after, one.delivered_after, one.provider) for one in found} == {
        (HOUR, None, "")
    }
    assert sendings_of(session, clinic, Period(now + DAY, now + 2 * DAY)) == []


def test_each_open_refill_is_in_the_week_of_its_visit_or_else_of_its_date(session, now):
    ward = a_ward(session)
    pumps = [
        a_watched_pump(session, ward, danger_at=now + days * DAY) for days in (5, 20, 20, 200)
    ]
    for watch, days in zip(pumps[1:3], (10, 30), strict=True):  # in time, and after its date
        session.add(
            Appointment(
                clinic_id=watch.clinic_id, pump_id=watch.pump_id, state=VisitState.BOOKED,
                scheduled_at=now + days * DAY, booked_at=now, booked_by_id=watch.owner_id,
                signed_by_id=watch.owner_id, signed_reason="agreed",
            )
        )  # fmt: skip
    session.flush()
    clinic = session.scalars(sa.select(Clinic)).one()

    ahead = {"today": now.date(), "until": (now + 90 * DAY).date()}
    booked, without = coming_work(session, clinic, **ahead)

    assert booked == [(now + 10 * DAY).date()]
    assert sorted(without) == [(now + 5 * DAY).date(), (now + 20 * DAY).date()]
    ahead["today"] = (now + 12 * DAY).date()  # nobody has said what became of the first visit
    booked, without = coming_work(session, clinic, **ahead)
    assert booked == []
    assert without.count((now + 20 * DAY).date()) == 2
