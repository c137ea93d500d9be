"""What can't wait of a pump, in words, for lists that name the pump for another reason.

A row that is read for a visit, a report or a name must not leave out that the pump may be
giving no drug.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.alarm import Severity
from tracker.domain.catalogue import load
from tracker.domain.ranking import Rank
from tracker.models import DeviceAlarm, Pump, Watch

MAY_GIVE_NOTHING = "May give no drug"


@dataclass(frozen=True, slots=True)
class AtOnce:
    """What is open of one pump; nobody's name and no drug, so that a wall may show it."""

    pump_id: int
    patient_id: int
    said: tuple[str, ...]

    @property
    def words(self) -> str:
        return "; ".join(self.said)


def at_once_of(session: Session, pump_ids: Iterable[int | None]) -> dict[int, AtOnce]:
    """By pump, what can't wait of it; pumps of which nothing is open so are left out."""
    numbers = {one for one in pump_ids if one is not None}
    return _found(session, Watch.pump_id.in_(numbers)) if numbers else {}


def at_once_by_patient(session: Session, patient_ids: Iterable[int]) -> dict[int, list[AtOnce]]:
    """The same by patient, pump by pump."""
    numbers = set(patient_ids)
    by_patient: dict[int, list[AtOnce]] = {}
    for one in (_found(session, Pump.patient_id.in_(numbers)) if numbers else {}).values():
        by_patient.setdefault(one.patient_id, []).append(one)
    return by_patient


def _found(session: Session, which: sa.ColumnElement[bool]) -> dict[int, AtOnce]:
    asked = (
        sa.select(Pump.id, Pump.patient_id, DeviceAlarm.code)
        .join(Watch, Watch.pump_id == Pump.id)
        .outerjoin(DeviceAlarm, DeviceAlarm.id == Watch.alarm_id)
        .where(which, Watch.closed_at.is_(None), Watch.rank == Rank.AT_ONCE.value)
        .order_by(Watch.danger_at, Watch.id)
    )
    said: dict[tuple[int, int], list[str]] = {}
    for pump_id, patient_id, code in session.execute(asked):
        said.setdefault((pump_id, patient_id), []).append(_words(code))
    return {
        pump_id: AtOnce(pump_id, patient_id, tuple(sorted(found, key=_is_no_doubt)))
        for (pump_id, patient_id), found in said.items()
    }


def _words(code: str | None) -> str:
    if code is None:
        return "The pump is stopped"
    entry, name = load().alarms.get(code), alarm_name(code)
    if entry is not None and entry.may_give_nothing:
        return f"{MAY_GIVE_NOTHING}: {name}"
    is_critical = entry is None or entry.severity is Severity.CRITICAL
    return f"{'Critical alarm' if is_critical else 'Alarm with symptoms'}: {name}"


def alarm_name(code: str) -> str:
    """What the catalogue calls an alarm; one that it doesn't know is shown as it is."""
    entry = load().alarms.get(code)
    return entry.name if entry else code.replace("_", " ")


def _is_no_doubt(said: str) -> bool:
    return not said.startswith(MAY_GIVE_NOTHING)
