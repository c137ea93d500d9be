"""A promise that is not kept, and the alarm that it is until an audit finds it kept again."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Clinic, Watch
from tracker.services.asking import rows_from
from tracker.services.faults import Cause, raise_fault
from tracker.services.heartbeats import Beat
from tracker.services.lifespans import close_keys

LOOK_BACK = 10  # ticks: so often alarms are looked through though the last tick had no breach
# Ours: ticks enough to plan, send, and try again. An alarm that a passing fault raised and the
# next tick closed would be told to nobody: what waits of a closed watch is not sent.
STAYS = timedelta(minutes=10)
# asked every ten ticks, so put together once
_CLINICS = sa.select(Clinic.id)
_TOLD_BY_NOW = sa.select(Watch.open_key).where(
    Watch.open_key.in_(sa.bindparam("keys", expanding=True)),
    sa.or_(
        Watch.opened_at <= sa.bindparam("stayed", type_=Watch.opened_at.type),
        Watch.opened_at > sa.bindparam("now", type_=Watch.opened_at.type),
    ),
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that is not kept: which, in a sentence, and where to look."""

    promise: str
    sentence: str
    ref: str
    clinic_id: int | None = None  # None: every clinic's

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def settle(
    session: Session,
    breaches: list[Breach],
    last: Beat | None,
    *,
    promises: tuple[str, ...],
    now: datetime,
) -> None:
    """Open one alarm for each clinic and broken promise; close those that are kept again."""
    if not breaches and last is not None and not last.had_breaches and last.id % LOOK_BACK:
        return
    clinics = list(rows_from(session).scalars(_CLINICS))
    broken: dict[str, Breach] = {}
    for breach in breaches:
        for clinic_id in [breach.clinic_id] if breach.clinic_id else clinics:
            broken.setdefault(_key(clinic_id, breach.promise), breach)
    kept = {_key(one, promise) for one in clinics for promise in promises} - broken.keys()
    ended = _told_by_now(session, kept, now=now)
    close_keys(session, ended, Evidence(EvidenceKind.AUDIT_PASSED), now=now)
    for key, breach in broken.items():
        clinic_id = int(key.split(":")[1])
        raise_fault(session, WatchKind.SYSTEM, Cause(key, clinic_id, breach.sentence), now=now)


def open_alarms(session: Session, promises: tuple[str, ...]) -> set[str]:
    """Of which of these promises an alarm is open, in any clinic."""
    return {
        str(key).rpartition(":")[2] for key in rows_from(session).scalars(_open_keys(promises))
    }


@cache
def _open_keys(promises: tuple[str, ...]) -> sa.Select[str | None]:
    keys = [key_in_rows(Clinic.id, one) for one in promises]
    return sa.select(Watch.open_key).join(Clinic, Watch.open_key.in_(keys))


def _told_by_now(session: Session, keys: set[str], *, now: datetime) -> list[str]:
    """Those that have been open for long enough; also what a clock that was ahead opened."""
    facts = {"keys": keys, "stayed": now - STAYS, "now": now}
    return sorted(str(key) for key in rows_from(session).scalars(_TOLD_BY_NOW, facts))


def _key(clinic_id: int, promise: str) -> str:
    return f"clinic:{clinic_id}:system:{promise}"


def key_in_rows(clinic_id: InstrumentedAttribute[int], promise: str) -> sa.ColumnElement[str]:
    """The same, of whichever clinic a row names."""
    of_clinic = sa.literal("clinic:").concat(sa.cast(clinic_id, sa.String))
    return of_clinic.concat(f":system:{promise}")
