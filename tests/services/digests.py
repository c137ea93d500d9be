"""Staff who are to read much at once: what the tests of digests begin with."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from tests.cast import (
    Ward,
    a_patient,
    a_ward,
    a_watched_pump,
)
from tests.outlets import Listed, into
from tracker.jobs import DeliverReport, deliver, tick

Sessions = sessionmaker[Session]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = 21 * DAY - HOUR


def send(sessions: Sessions, sender: Listed, now: datetime) -> DeliverReport:
    return deliver(sessions, into(sender), host="h", now=now)


def nadia_owns(session: Session, sessions: Sessions, count: int, now: datetime) -> Ward:
    """So many pumps about which Nadia alone is to be told, planned."""
    ward = a_ward(session)
    for number in range(count):
        patient = a_patient(session, ward, given_name=chr(65 + number % 26))
        danger_at = now + SOON - timedelta(minutes=number)
        a_watched_pump(session, ward, patient=patient, danger_at=danger_at, risk_class="high")
    session.commit()
    tick(sessions, now=now, host="h")
    return ward
