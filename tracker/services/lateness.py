"""What is late, asked of the database: `domain/urgency.is_late`, and no other rule."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tracker.models import Watch


def late_by(at: datetime | sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """Whether a watch is late at that moment."""
    return Watch.danger_at <= at
