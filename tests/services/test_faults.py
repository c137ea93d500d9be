"""A watch on the watching itself is opened once, and says whether it was."""

from datetime import datetime

from sqlalchemy.orm import Session

from tests.cast import a_ward
from tracker.domain.danger import WatchKind
from tracker.services.faults import Cause, raise_fault


def test_a_cause_opens_one_watch_and_says_whether_it_did(
    session: Session, now: datetime
) -> None:
    cause = Cause("clinic:1:broken", a_ward(session).clinic.id, "Something is broken.")

    opened = [raise_fault(session, WatchKind.SYSTEM, cause, now=now) for _ in range(2)]

    assert opened == [True, False]
