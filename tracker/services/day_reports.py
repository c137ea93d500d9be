"""The report of the day and of the week: whose hour has come, and who gets it.

Each is sent by a watch of its own, as the emergency list is, and so survives what stops us;
what it says is read when it is sent (services/day_report_contents).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.calendar import OpenDays
from tracker.domain.danger import WatchKind
from tracker.domain.day_report import DAY, Hours, Wish
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Clinic, Closure, Membership, Watch
from tracker.services.asking import rows_from
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import close_keys
from tracker.services.rosters import wished

KINDS = {WatchKind.DAY_REPORT: Wish.DAILY, WatchKind.WEEK_REPORT: Wish.WEEKLY}
SAYS = {
    WatchKind.DAY_REPORT: "what the clinic is told each day",
    WatchKind.WEEK_REPORT: "what the clinic is told each week",
}
# asked at every tick, so put together once
_CLINICS = sa.select(
    *(Clinic.id, Clinic.timezone, Clinic.open_weekdays, Clinic.report_at),
    *(Clinic.week_report_on, Clinic.day_reported_on, Clinic.week_reported_on),
).order_by(Clinic.id)
_CLOSED = sa.select(Closure.clinic_id, Closure.closed_on).where(
    Closure.closed_on.between(sa.bindparam("since"), sa.bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class Due:
    """A report that is to be sent now."""

    clinic_id: int
    kind: WatchKind
    for_on: date
    had_reports: bool


def hours_of(session: Session, clinic: Clinic, *, today: date) -> Hours:
    """When a clinic's reports are sent; closed days from today on."""
    asked = sa.select(Closure.closed_on).where(
        Closure.clinic_id == clinic.id, Closure.closed_on >= today
    )
    return _hours(clinic, session.scalars(asked))


def _hours(clinic: Clinic | sa.Row[*tuple[Any, ...]], closed: Iterable[date]) -> Hours:
    weekdays = frozenset(map(int, clinic.open_weekdays))
    days = OpenDays(ZoneInfo(clinic.timezone), weekdays, frozenset(closed))
    return Hours(clinic.report_at, clinic.week_report_on, days)


def due_reports(session: Session, *, now: datetime) -> list[Due]:
    """The reports whose hour has come, and that nobody has begun to send.

    Never those of earlier days: after an outage there is one, as it then is.
    """
    found = []
    closed: dict[int, list[date]] = {}
    near = {"since": now.date() - DAY, "until": now.date() + DAY}  # wherever the clinic is
    for clinic_id, day in rows_from(session).execute(_CLOSED, near):
        closed.setdefault(clinic_id, []).append(day)
    for clinic in rows_from(session).execute(_CLINICS):
        hours = _hours(clinic, closed.get(clinic.id, ()))
        today = hours.today(now=now)
        day_on, week_on = clinic.day_reported_on, clinic.week_reported_on
        if hours.day_is_due(day_on, now=now):
            found.append(Due(clinic.id, WatchKind.DAY_REPORT, today, day_on is not None))
        if hours.week_is_due(week_on, now=now):
            found.append(Due(clinic.id, WatchKind.WEEK_REPORT, today, week_on is not None))
    return found


def next_reports_at(session: Session, *, now: datetime) -> datetime | None:
    """The next hour after `now` at which a report of some clinic is to be sent."""
    hours = [
        hours_of(session, clinic, today=now.date() - DAY)
        for clinic in session.scalars(sa.select(Clinic).order_by(Clinic.id))
    ]
    since = (now - DAY, now)  # today's, where its hour lies ahead; or that of a later day
    coming = [
        one.next_after(wish, now=at) for one in hours for wish in KINDS.values() for at in since
    ]
    return min((at for at in coming if at is not None and at > now), default=None)


def open_reports(session: Session, *, now: datetime) -> list[Due]:
    """Begin to send what is due; the tick finds the people, and delivery the words."""
    due = due_reports(session, now=now)
    for one in due:
        _open(session, one, now=now)
    return due


def _open(session: Session, due: Due, *, now: datetime) -> None:
    """One report; the one before it has done its work, and this is the evidence.

    Where nobody wants it there is none, and the day is done with all the same.
    """
    clinic = session.get_one(Clinic, due.clinic_id, with_for_update=True)
    key = f"clinic:{clinic.id}:{due.kind}:{due.for_on.isoformat()}"
    if readers(session, clinic, due.kind):
        raise_fault(session, due.kind, Cause(key, clinic.id, SAYS[due.kind]), now=now)
    if due.kind is WatchKind.DAY_REPORT:
        clinic.day_reported_on = due.for_on
    else:
        clinic.week_reported_on = due.for_on
    session.flush()
    opened = sa.select(Watch.id).where(Watch.open_key == key)
    earlier = sa.select(Watch.open_key).where(
        Watch.clinic_id == clinic.id,
        Watch.kind == due.kind,
        Watch.closed_at.is_(None),
        Watch.open_key != key,
    )
    keys = [one for one in session.scalars(earlier) if one is not None]
    close_keys(
        session, keys, Evidence(EvidenceKind.NEXT_REPORT, session.scalar(opened)), now=now
    )


def readers(session: Session, clinic: Clinic, kind: WatchKind) -> list[Membership]:
    """Who wants this report, by their own word or as the clinic has it; nobody who has left."""
    asked = sa.select(Membership).where(Membership.clinic_id == clinic.id)
    found = session.scalars(asked.order_by(Membership.id))
    here = [one for one in found if one.staff.left_at is None]
    return [one for one in here if wish_of(one) is KINDS[kind]]


def wish_of(membership: Membership) -> Wish:
    """How often somebody gets the report: as they chose, else as the clinic has it."""
    if membership.report is not None:
        return membership.report
    clinic = membership.clinic
    return wished(membership.role, clinic.day_report_to, clinic.week_report_to)


def choose(session: Session, membership: Membership, wish: Wish | None) -> None:
    """How often somebody wants it; None is as the clinic has it."""
    membership.report = wish
    session.flush()
