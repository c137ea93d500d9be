"""By which name a report finds its message: nobody can know it but who was handed the e-mail.

A report comes from anywhere and bears no signature, so the name is all that it is believed by.
It is drawn and kept, and is the same however often the message is tried.
"""

from datetime import datetime, timedelta
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import reference_of
from tracker.models import Message

# Names were once made of the key, which can be guessed. Ours: servers give up after five days.
LONGEST_UNDER_WAY = timedelta(days=7)


def new_reference() -> str:
    """In the Message-ID and return path; it tells nothing of anybody."""
    return token_hex(20)


def is_believed(session: Session, reference: str, *, now: datetime) -> bool:
    """False for a name that can be guessed, once no server has that e-mail under way."""
    asked = sa.select(Message.key, Message.planned_at, Message.sent_at)
    found = session.execute(asked.where(Message.reference == reference)).first()
    if found is None or reference != reference_of(found.key):
        return True
    left_at: datetime = found.sent_at or found.planned_at
    return now - left_at <= LONGEST_UNDER_WAY
