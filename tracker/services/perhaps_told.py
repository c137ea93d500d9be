"""Which steps a patient was perhaps told of between a backup and its being put back.

Each step is said to a patient once, for whatever date it then was. What was said after the
backup is not in it, so a watch remembers up to where that may be, also when its date moves on.
"""

from datetime import datetime

import sqlalchemy as sa

from tracker.domain.backup import perhaps_told_to
from tracker.domain.escalation import Anchors, Ladder
from tracker.models import Restoration, Watch


def unconfirmed(clinic_id: sa.ColumnElement[int]) -> sa.Exists:
    """That a clinic's records were put back, and nobody has compared them yet."""
    return sa.exists().where(
        Restoration.clinic_id == clinic_id, Restoration.confirmed_at.is_(None)
    )


def mark_perhaps_told(watch: Watch, ladder: Ladder, anchors: Anchors, *, now: datetime) -> None:
    """Remember what a watch has due, in records that were put back and not yet compared.

    Asked for again whenever its dates move.
    """
    watch.perhaps_told = perhaps_told_to(ladder, anchors, watch.perhaps_told, now=now)
