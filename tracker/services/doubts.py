"""Pumps that may give no drug: an open alarm says so, whatever the reservoir's dates are.

The reservoir's dates stay as they are, for the pump may be running after all. But the danger of
withdrawal is now, so every page that shows a date shows this beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.catalogue import load
from tracker.models import DeviceAlarm, Pump, Watch
from tracker.models.watch import ALARMS


@dataclass(frozen=True, slots=True)
class Doubt:
    """The open alarm by which a pump may give no drug, since when, and by when to answer."""

    pump_id: int
    alarm_id: int
    code: str
    since: datetime
    answer_by_at: datetime | None


@cache
def codes() -> tuple[str, ...]:
    """The alarms of the catalogue while which the patient may be without drug."""
    return tuple(sorted(one.code for one in load().alarms.values() if one.may_give_nothing))


def doubts_of(session: Session, pump_ids: Iterable[int]) -> dict[int, Doubt]:
    """Of each pump the longest of these alarms that is open; pumps without one are left out."""
    asked = (
        sa.select(
            Watch.pump_id,
            DeviceAlarm.id,
            DeviceAlarm.code,
            DeviceAlarm.alarmed_at,
            Watch.danger_at,
        )
        .join(DeviceAlarm, DeviceAlarm.id == Watch.alarm_id)
        .where(
            sa.text(ALARMS), DeviceAlarm.code.in_(codes()), Watch.pump_id.in_(list(pump_ids))
        )
        .order_by(DeviceAlarm.alarmed_at.desc(), DeviceAlarm.id.desc())
    )
    found: list[Any] = list(session.execute(asked))
    return {row[0]: Doubt(*row) for row in found}  # the last one is the oldest


def doubt_of(session: Session, pump: Pump) -> Doubt | None:
    """The same for one pump."""
    return doubts_of(session, [pump.id]).get(pump.id)
