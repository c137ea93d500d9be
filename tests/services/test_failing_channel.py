"""The alarm that most of what is sent fails: said once, until something has arrived again."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import a_ward, a_watched_pump
from tests.living import live
from tests.outlets import Listed, into
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs import deliver
from tracker.models import Watch

DAY = timedelta(days=1)
PACE = timedelta(minutes=50)  # of the ticks; what failed is tried at least once an hour
PUMPS = 6  # all dry: enough is tried in the first hour, and less in each that follows


def alarms(session: Session) -> list[tuple[datetime, datetime | None]]:
    session.expire_all()
    asked = sa.select(Watch.opened_at, Watch.closed_at).where(
        Watch.explanation["sentence"].as_string().like("More than half of the e-mails%")
    )
    found = [(one.opened_at, one.closed_at) for one in session.execute(asked)]
    session.commit()
    return found


def test_promise_exactly_enough_a_day_without_a_sender_is_one_alarm(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    for _ in range(PUMPS):
        a_watched_pump(session, ward, danger_at=now - DAY, next_action_at=now)
    session.commit()
    sender = Listed(fails=DeliveryFailed("the server is down", refusal=Refusal.FOR_NOW))
    outlets = into(sender)

    def send(at: datetime) -> None:
        deliver(sessions, outlets, host="h", now=at)

    live(sessions, now, now + PACE / 2, PACE / 10, then=send)
    live(sessions, now + PACE, now + DAY, PACE, then=send)
    told = alarms(session)
    sender.fails = None
    live(sessions, now + DAY + PACE, now + DAY + 4 * PACE, PACE, then=send)

    ((opened_at, closed_at),) = told
    assert closed_at is None
    assert opened_at - now < PACE
    ((_, ended_at),) = alarms(session)
    assert ended_at is not None
