"""The emergency list of a morning: when it is due, what stands on it, and that it was made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.emergency import EmergencyList
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.risk import SEVERITY
from tracker.models import (
    Clinic,
    Heartbeat,
    MorningList,
    Watch,
)
from tracker.services.asking import rows_from
from tracker.services.emergency_entries import entries_of
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import close_keys
from tracker.services.numbers import readable
from tracker.services.trail import head

KEPT = 30  # lists that the page shows


@dataclass(frozen=True, slots=True)
class Due:
    """A clinic whose list of today is to be made."""

    clinic_id: int
    for_on: date
    had_lists: bool


def due_lists(session: Session, *, now: datetime) -> list[Due]:
    """The clinics whose morning has come and whose list of the day isn't there."""
    return [
        Due(one.clinic_id, one.local.date(), one.had_lists)
        for one in _mornings(session, now=now)
        if not one.is_made and one.local.timetz().replace(tzinfo=None) >= one.list_at
    ]


def next_at(session: Session, *, now: datetime) -> datetime | None:
    """From when on the next list is due, of whichever clinic; None where there is none.

    An hour that a change of the clock leaves out or has twice counts from its earliest.
    """
    coming = []
    for one in _mornings(session, now=now):
        day = one.local.date() + timedelta(days=one.is_made)
        at = datetime.combine(day, one.list_at, tzinfo=one.local.tzinfo)
        coming += [at.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(coming, default=None)


@dataclass(frozen=True, slots=True)
class _Morning:
    clinic_id: int
    local: datetime
    list_at: time
    is_made: bool
    had_lists: bool


def _mornings(session: Session, *, now: datetime) -> Iterator[_Morning]:
    """Of each clinic: what time it is there, and whether the list of the day is made."""
    for one in rows_from(session).execute(_newest_of_each()):
        local = now.astimezone(ZoneInfo(one.timezone))
        is_made = one[3] == local.date() or (
            one[3] is not None
            and one[3] > local.date()  # by a clock that was ahead
            and _is_made(session, one.id, local.date())
        )
        yield _Morning(one.id, local, one.list_at, is_made, one[3] is not None)


@cache
def _newest_of_each() -> sa.Select[*tuple[Any, ...]]:
    newest = sa.select(sa.func.max(MorningList.for_on)).where(
        MorningList.clinic_id == Clinic.id
    )
    columns = (Clinic.id, Clinic.timezone, Clinic.list_at)
    return sa.select(*columns, newest.scalar_subquery())


def _is_made(session: Session, clinic_id: int, on: date) -> bool:
    asked = sa.select(MorningList.id).where(
        MorningList.clinic_id == clinic_id, MorningList.for_on == on
    )
    return session.scalar(asked) is not None


def emergency_list(session: Session, clinic: Clinic, *, now: datetime) -> EmergencyList:
    """The list of this moment, whether or not it is kept."""
    passed = session.scalar(
        sa.select(Heartbeat.ticked_at)
        .where(Heartbeat.has_passed)
        .order_by(Heartbeat.id.desc())
        .limit(1)
    )
    return EmergencyList(
        clinic=clinic.name,
        phone=clinic.phone,
        zone=clinic.zone,
        for_on=now.astimezone(clinic.zone).date(),
        made_at=now,
        last_resort=clinic.last_resort.name,
        last_resort_phone=readable(clinic.last_resort.phone or ""),
        plans=_plans(clinic),
        passed_at=passed,
        entries=entries_of(session, clinic, now=now),
        trail=head(session),
    )


def _plans(clinic: Clinic) -> tuple[tuple[str, str], ...]:
    """What the clinic has written: by risk class, and what holds where it has not."""
    written = [
        *((f"{risk.capitalize()} risk of withdrawal", getattr(clinic, f"emergency_plan_{risk}"))
          for risk in SEVERITY),
        ("In general", clinic.emergency_plan),
        ("Numbers round the clock", clinic.emergency_numbers),
    ]  # fmt: skip
    return tuple((whose, text) for whose, text in written if text)


def keep_list(
    session: Session,
    clinic: Clinic,
    made: EmergencyList,
    *,
    folder: str,
    files: tuple[str, ...],
    digest: str,
    now: datetime,
) -> MorningList:
    """Write down that the list is on disk, and open the watch by which it is mailed.

    The list of the day before has done its work: this one is the evidence.
    """
    day = made.for_on.isoformat()
    key = f"clinic:{clinic.id}:list:{day}"
    facts = (("files", list(files)), ("for_on", day))
    raise_fault(
        session, WatchKind.LIST, Cause(key, clinic.id, made.sentence, facts=facts), now=now
    )
    watch = session.scalars(sa.select(Watch).where(Watch.open_key == key)).one()
    row = MorningList(
        clinic_id=clinic.id,
        watch_id=watch.id,
        for_on=made.for_on,
        made_at=now,
        folder=folder,
        digest=digest,
        figures={"listed": len(made.entries), "late": made.late},
    )
    session.add(row)
    session.flush()
    earlier = sa.select(Watch.open_key).where(
        Watch.clinic_id == clinic.id,
        Watch.kind == WatchKind.LIST,
        Watch.closed_at.is_(None),
        Watch.id != watch.id,
    )
    keys = [key for key in session.scalars(earlier) if key is not None]
    close_keys(session, keys, Evidence(EvidenceKind.NEXT_LIST, row.id), now=now)
    return row


def newest_lists(session: Session, clinic: Clinic) -> list[MorningList]:
    """The lists of the last days, newest first."""
    asked = sa.select(MorningList).where(MorningList.clinic_id == clinic.id)
    return list(session.scalars(asked.order_by(MorningList.for_on.desc()).limit(KEPT)))


OVERDUE = timedelta(hours=1)  # a list that is this late is a breach of the fifth promise
