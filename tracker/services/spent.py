"""What opens something once: a passkey's challenge, a sign-in of the hospital's."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import SpentChallenge
from tracker.services.rows import insert_one
from tracker.services.sessions import hash_token

REMEMBERED = timedelta(days=1)  # ours: far longer than the ten minutes that any of them lives


def spend(session: Session, challenge: str, *, now: datetime) -> bool:
    """Use a challenge up; whether this was the first time. Of two at once only one is."""
    session.execute(sa.delete(SpentChallenge).where(SpentChallenge.spent_at < now - REMEMBERED))
    row = {"challenge_hash": hash_token(challenge), "spent_at": now}
    return insert_one(session, SpentChallenge, row, "challenge_hash") is not None
