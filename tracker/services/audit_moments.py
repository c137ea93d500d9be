"""The instants an audit compares with, by name.

Its questions are said at every tick, so each is put together once and given its moments then.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tracker.domain.silence import LONGEST
from tracker.models import Watch

LATE = timedelta(minutes=2)  # two ticks
LONGEST_PAUSE = timedelta(days=7)  # domain/policy: an urgent step repeats at least so often
UNREPORTED_TOO_LONG = timedelta(hours=24)  # PEERS 5.7
FAILING_WITHIN = timedelta(hours=1)

Rows = sa.Select[*tuple[Any, ...]]  # clinic, and the row that shows it


def _moment(name: str) -> sa.BindParameter[datetime]:
    return sa.bindparam(name, type_=Watch.opened_at.type)  # with its zone


NOW, LATE_AT, ASLEEP_AT = _moment("now"), _moment("late_at"), _moment("asleep_at")
UNREPORTED_AT, FAILING_FROM = _moment("unreported_at"), _moment("failing_from")
LONGEST_END = _moment("longest_end")


def moments(*, now: datetime) -> dict[str, datetime]:
    """Each of them, at `now`."""
    return {
        "now": now,
        "late_at": now - LATE,
        "asleep_at": now + LONGEST_PAUSE,
        "unreported_at": now - UNREPORTED_TOO_LONG,
        "failing_from": now - FAILING_WITHIN,
        "longest_end": now + max(LONGEST.values()),
    }
