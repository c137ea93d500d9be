"""Whether a watch that is not urgent yet would sleep over the step at which it becomes so.

What comes next is written on the watch by the code that climbs; here it is held against the
steps of the policy and the dates, and by nothing of that code.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Policy, Pump, SilenceRow, Watch
from tracker.services.asking import rows_from
from tracker.services.audit_moments import NOW, Rows
from tracker.services.breaches import Breach

# Ours: a watch that can't be climbed is set aside for an hour, and has an alarm of its own.
OVERSLEPT = timedelta(hours=2)
FIRST, BEYOND = (
    sa.bindparam("first", type_=sa.Integer),
    sa.bindparam("beyond", type_=sa.Integer),
)
AWAKE_UNTIL = sa.bindparam("awake_until", type_=Watch.next_action_at.type)
SENTENCE = "A watch would sleep over the step at which it becomes urgent."


def asleep(session: Session, span: Mapping[str, int], *, now: datetime) -> list[Breach]:
    """One watch of each clinic, of the pumps whose turn it is."""
    moments = {"now": now, "awake_until": now + OVERSLEPT}
    rows = rows_from(session).execute(_sleepers(), {**span, **moments}).all()
    if not rows:
        return []
    steps = steps_of(session, rows)
    found: dict[int, Breach] = {}
    for one in rows:
        owed = _urgent_from(steps.get(one.policy_id) or [], one)
        if owed is not None and one.next_action_at > max(owed, now) + OVERSLEPT:
            found.setdefault(
                one.clinic_id, Breach("asleep", SENTENCE, f"watch:{one.id}", one.clinic_id)
            )
    return list(found.values())


def steps_of(session: Session, rows: Sequence[sa.Row[Any]]) -> dict[int, Any]:
    """What the policies of these watches say, by their numbers, as it is kept."""
    numbers = {"numbers": {one.policy_id for one in rows}}
    return {number: found for number, found in rows_from(session).execute(_STEPS, numbers)}


_STEPS = sa.select(Policy.id, Policy.steps).where(
    Policy.id.in_(sa.bindparam("numbers", expanding=True))
)


@cache
def _sleepers() -> Rows:
    """Those that won't be looked at before their date, or have none: few, and mostly none.

    One in hand and one whose visit is to come sleep until then.
    """
    in_hand = sa.exists().where(SilenceRow.watch_id == Watch.id, SilenceRow.ended_at.is_(None))
    return (
        sa.select(
            *(Watch.id, Watch.clinic_id, Watch.policy_id, Watch.cursor, Watch.next_action_at),
            *(Watch.danger_at, Watch.dry_at, Watch.opened_at),
        )
        .join(Pump, Pump.id == Watch.pump_id)
        .where(
            *(Pump.id >= FIRST, Pump.id < BEYOND, Pump.ended_at.is_(None)),
            *(Watch.closed_at.is_(None), Watch.level != "urgent"),
            Watch.next_action_at > AWAKE_UNTIL,
            sa.or_(Watch.danger_at.is_(None), Watch.next_action_at > Watch.danger_at),
            sa.not_(in_hand),
            sa.or_(Watch.visit_at.is_(None), Watch.reopens_at <= NOW),
        )
        .order_by(Watch.id)
    )


def _urgent_from(steps: list[dict[str, Any]], row: sa.Row[Any]) -> datetime | None:
    """When the first urgent step above the watch is due; None where that is not known.

    A ladder that can't be read has an alarm of its own, and keeps no other watch unaudited.
    """
    try:
        return min(_urgent_dues(steps[row.cursor :], row), default=None)
    except (KeyError, TypeError):
        return None


def _urgent_dues(steps: list[dict[str, Any]], row: sa.Row[Any]) -> list[datetime]:
    bases = {"danger": row.danger_at, "dry": row.dry_at, "opened": row.opened_at}
    return [
        base + timedelta(minutes=one["minutes"])
        for step in steps
        if step["level"] == "urgent"
        for one in step["offsets"]
        if (base := bases[one["anchor"]]) is not None
    ]
