"""What opens something once opens nothing a second time, on either database."""

from datetime import timedelta

import sqlalchemy as sa

from tracker.models import SpentChallenge
from tracker.services.spent import REMEMBERED, spend


def test_a_challenge_is_used_up_once_and_forgotten_after_a_day(session, now):
    first = spend(session, "one", now=now)
    again = spend(session, "one", now=now + timedelta(minutes=5))
    other = spend(session, "two", now=now + REMEMBERED)
    later = spend(session, "three", now=now + REMEMBERED + timedelta(seconds=1))

    assert (first, again, other, later) == (True, False, True, True)
    assert session.scalar(sa.select(sa.func.count(SpentChallenge.id))) == 2
