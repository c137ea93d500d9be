"""What would cost more the more pumps there are: a slice of it is looked at in each tick.

All of it is, while an alarm of it is open: one that a slice elsewhere does not see is not over.
It reads the tables and the steps of the policies by itself, not by the code that climbs.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState
from tracker.models import Message, Pump, SilenceRow, Watch
from tracker.services.asking import rows_from
from tracker.services.audit_asleep import BEYOND, FIRST, asleep, steps_of
from tracker.services.audit_checks import Check, found_by
from tracker.services.audit_coverage import IS_URGENT, strangely_owned, unheeded, unwatched
from tracker.services.audit_moments import LATE, LONGEST_PAUSE, NOW, Rows
from tracker.services.breaches import Breach, open_alarms

# Ours: a tick with nothing due stays within ten milliseconds at 100,000 pumps. The database
# itself refuses what the slice of pumps is looked through for.
PUMPS_AT_ONCE, URGENT_AT_ONCE = 100, 100
OF_PUMPS, OF_URGENT = ("covered", "stranger", "asleep"), ("unsaid",)
EVERY = 2**31 - 1
COVER = (
    Check("covered", unwatched, "Pump {number} is not watched.", "pump"),
    Check("covered", unheeded, "Alarm {number} of a pump is open, and not watched.", "alarm"),
    Check(
        "stranger",
        strangely_owned,
        "A watch belongs to somebody who doesn't work here.",
        "watch",
    ),
)


def in_slices(session: Session, turn: int, *, now: datetime) -> list[Breach]:
    """The slice whose turn it is of the active pumps, and of the urgent watches."""
    alarms = open_alarms(session, (*OF_PUMPS, *OF_URGENT))
    newest, urgent = rows_from(session).execute(_counts()).one()
    pumps = _span(newest or 0, PUMPS_AT_ONCE, None if alarms & {*OF_PUMPS} else turn)
    watches = _span(urgent, URGENT_AT_ONCE, None if alarms & {*OF_URGENT} else turn)
    return [
        *found_by(session, COVER, pumps),
        *asleep(session, pumps, now=now),
        *(_unsaid(session, watches, now=now) if urgent else []),
    ]


@cache
def _counts() -> Rows:
    """The newest pump, and how many watches are urgent."""
    return sa.select(
        sa.select(sa.func.max(Pump.id)).scalar_subquery(),
        sa.select(sa.func.count(Watch.id)).where(IS_URGENT).scalar_subquery(),
    )


def _span(count: int, at_once: int, turn: int | None) -> dict[str, int]:
    """From where, and up to where; everything where it is nobody's turn."""
    if turn is None:
        return {"first": 0, "beyond": EVERY}
    first = (turn % (count // at_once + 1)) * at_once
    return {"first": first, "beyond": first + at_once}


def _unsaid(session: Session, span: dict[str, int], *, now: datetime) -> list[Breach]:
    """Urgent watches of which nobody was told within the interval of their step.

    What should have been said by the policy is held against what was.
    """
    rows = rows_from(session).execute(_owing(), span | {"now": now}).all()
    steps = steps_of(session, rows) if rows else {}
    sentence = "An urgent watch has told nobody within the interval of its step."
    found: dict[int, Breach] = {}
    for one in rows:
        if one.told_at is None or one.told_at <= now - LATE - _interval(steps, one):
            breach = Breach("unsaid", sentence, f"watch:{one.id}", one.clinic_id)
            found.setdefault(one.clinic_id, breach)
    return list(found.values())


@cache
def _owing() -> Rows:
    """Those of the slice that should speak, with the time of what was planned for them last.

    A watch in hand, one whose visit is to come, and one that is due at this moment owe nothing.
    """
    ids = (
        sa.select(Watch.id)
        .where(IS_URGENT)
        .order_by(Watch.id)
        .offset(FIRST)
        .limit(BEYOND - FIRST)
    )
    told_at = sa.select(sa.func.max(Message.planned_at)).where(
        Message.watch_id == Watch.id,
        Message.state.not_in((MessageState.SUPERSEDED, MessageState.CANCELLED)),
    )
    in_hand = sa.exists().where(SilenceRow.watch_id == Watch.id, SilenceRow.ended_at.is_(None))
    return sa.select(
        Watch.id,
        Watch.clinic_id,
        Watch.policy_id,
        Watch.cursor,
        told_at.scalar_subquery().label("told_at"),
    ).where(
        Watch.id.in_(ids),
        Watch.next_action_at > NOW,
        Watch.inhibited_by.is_(None),  # another watch of the pump speaks for it
        sa.not_(in_hand),
        sa.or_(Watch.visit_at.is_(None), Watch.reopens_at <= NOW),
    )


def _interval(steps: dict[int, Any], row: sa.Row[Any]) -> timedelta:
    """How long the step on which the watch stands may keep quiet, as the policy says."""
    kept = steps.get(row.policy_id) or []
    minutes = kept[row.cursor - 1]["repeat_minutes"] if 0 < row.cursor <= len(kept) else None
    return timedelta(minutes=minutes) if minutes else LONGEST_PAUSE
