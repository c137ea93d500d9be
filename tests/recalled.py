"""A field-safety notice about the SynchroMed II 40 mL, as a test needs one."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.recall import RecallClass, RecallFacts, Scope
from tracker.models import Clinic, Recall, RecallPump, Staff
from tracker.services.recalls import enter_recall

RANGE = Scope(first_serial="NGP100000H", last_serial="NGP199999H")
FACTS: dict[str, Any] = {
    "authority": "FDA",
    "reference": "Z-0001-2020",
    "title": "Motor may stall",
    "issued_on": None,
    "klass": RecallClass.ONE,
    "models": ("synchromed_ii_40",),
    "scope": RANGE,
    "action": "Check the alarms at each visit.",
    "letter": "Please call us if you hear a beep.",
}


def entered(
    session: Session, clinic: Clinic, *, by: Staff, now: datetime, **more: Any
) -> Recall:
    return enter_recall(session, clinic, RecallFacts(**FACTS | more), by=by, now=now)


def one_noticed(session: Session, clinic: Clinic, *, by: Staff, now: datetime) -> RecallPump:
    """A pump of the clinic, with the notice that is about it."""
    recall = entered(session, clinic, by=by, now=now, scope=Scope())
    asked = sa.select(RecallPump).where(RecallPump.recall_id == recall.id)
    return session.scalars(asked.limit(1)).one()
