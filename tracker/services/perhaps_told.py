"""Which steps a patient was perhaps told of between a backup and its being put back.

Each step is said to a patient once, for whatever date it then was. What was said after the
backup is not in it, so a watch remembers up to where that may be, also when its date moves on.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.backup import perhaps_told_to
from tracker.domain.escalation import Anchors, Ladder
from tracker.models import Restoration, Watch
from tracker.services.asking import rows_from

_UNCONFIRMED = sa.select(
    sa.exists().where(
        Restoration.clinic_id == sa.bindparam("clinic_id"), Restoration.confirmed_at.is_(None)
    )
)


def mark_perhaps_told(watch: Watch, ladder: Ladder, anchors: Anchors, *, now: datetime) -> None:
    """Remember what a watch has due, in records that have just been put back."""
    watch.perhaps_told = perhaps_told_to(ladder, anchors, watch.perhaps_told, now=now)


def mark_while_unconfirmed(
    session: Session, watch: Watch, ladder: Ladder, anchors: Anchors, *, now: datetime
) -> None:
    """The same whenever its dates move, until somebody has compared the records."""
    told_to = perhaps_told_to(ladder, anchors, watch.perhaps_told, now=now)
    if told_to > watch.perhaps_told and _is_unconfirmed(session, watch.clinic_id):
        watch.perhaps_told = told_to


def _is_unconfirmed(session: Session, clinic_id: int) -> bool:
    return bool(rows_from(session).scalar(_UNCONFIRMED, {"clinic_id": clinic_id}))
