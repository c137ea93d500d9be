"""SIGKILL in the middle of an acceptance: the patient stays where they are, and watched."""

from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from tests.faults.ward import killed, start
from tests.offered import an_offer, is_as_it_was, open_watches
from tests.smtp_sink import smtp_sink
from tracker.domain.danger import WatchKind


def test_promise_covered_an_acceptance_that_is_killed_anywhere_has_not_happened(
    database_url: str, sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    ward = an_offer(session, now)

    with smtp_sink() as sink:  # the child wants a mail server, and tells it nothing
        # at the decision; among what moves; with all of it written
        for kill_at, count in (("at_write", 1), ("at_write", 8), ("before_commit", 1)):
            child = start(database_url, sink, "accept", kill_at=kill_at, count=count, now=now)
            assert killed(child), (kill_at, count)
            assert is_as_it_was(session, ward)
            assert ward.offer.outcome is None
            assert len(open_watches(session, kind=WatchKind.TRANSFER)) == 2
            session.commit()
        assert not killed(start(database_url, sink, "accept", now=now))

    session.expire_all()
    assert ward.pump.clinic_id == ward.patient.clinic_id == ward.there.id
    assert not open_watches(session, clinic_id=ward.here.id)
