"""Which backups there are, and the alarm that there is none that anybody could rely on."""

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.backup import Whole, why_stale
from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Backup, Clinic
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import close_keys


def record_backup(session: Session, whole: Whole, *, path: str, size: int, host: str) -> Backup:
    """Write down a backup that was found whole, and end the alarm that there is none."""
    row = Backup(
        taken_at=whole.header.taken_at,
        host=host,
        path=path,
        digest=whole.digest,
        rows=whole.rows,
        size_bytes=size,
        trail=whole.header.trail,
    )
    session.add(row)
    session.flush()
    return row


def newest(session: Session, *, host: str = "") -> Backup | None:
    """The newest backup that was found whole; of one host where it is named."""
    asked = sa.select(Backup).order_by(Backup.taken_at.desc(), Backup.id.desc()).limit(1)
    return session.scalar(asked if not host else asked.where(Backup.host == host))


def zone_of_all(session: Session) -> ZoneInfo:
    """The zone by whose clock backups are made: that of the first clinic."""
    name = session.scalar(sa.select(Clinic.timezone).order_by(Clinic.id).limit(1))
    return ZoneInfo(name or "UTC")


def stale(session: Session, *, hours: int, now: datetime) -> str:
    """Why nobody may rely on there being a backup; empty while there is a fresh one."""
    last = newest(session)
    return why_stale(last.taken_at if last else None, hours=hours, now=now)


def tell_missing(session: Session, why: str, *, now: datetime) -> None:
    """Tell every clinic, once, that its records are not kept anywhere else."""
    sentence = (
        f"{why} Should the disk fail now, what was recorded since the last good backup is "
        "lost. Tell whoever looks after this system."
    )
    for clinic_id in session.scalars(sa.select(Clinic.id)).all():
        cause = Cause(_key(clinic_id), clinic_id, sentence)
        raise_fault(session, WatchKind.SYSTEM, cause, now=now)


def tell_there_is_one(session: Session, made: Backup, *, now: datetime) -> None:
    """End that alarm: a backup was made, and found whole."""
    keys = [_key(one) for one in session.scalars(sa.select(Clinic.id))]
    close_keys(session, keys, Evidence(EvidenceKind.BACKUP_MADE, made.id), now=now)


def _key(clinic_id: int) -> str:
    return f"clinic:{clinic_id}:backup"
