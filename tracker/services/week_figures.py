"""The figures of a week beside those of the week before, as the weekly report has them."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain import figures as counting
from tracker.domain.calendar import start_of_day
from tracker.domain.danger import WatchKind
from tracker.domain.day_report import Beside
from tracker.domain.visit import VisitState
from tracker.models import Clinic, Watch
from tracker.services import figures
from tracker.services.figures import Period

WEEK = timedelta(days=7)
NO_FAILURE = ("sent", "started", "to_nobody")


def two_weeks(session: Session, clinic: Clinic, today: date) -> tuple[Beside, ...]:
    """The seven days before today, beside the seven before those."""
    ends = (today, today - WEEK)
    weeks = [
        Period(start_of_day(end - WEEK, clinic.zone), start_of_day(end, clinic.zone))
        for end in ends
    ]
    this, before = (_figures(session, clinic, week) for week in weeks)
    return tuple(Beside(name, this[name], before[name]) for name in this)


def _figures(session: Session, clinic: Clinic, week: Period) -> dict[str, str]:
    done = figures.refills_done(session, clinic, week)
    on_time = counting.on_time(done)
    ended = figures.visits(session, clinic, week)
    sent = figures.sendings(session, clinic, week)
    return {
        "Refills that ended a watch": str(len(done)),
        "Of these in time": _of(on_time.part, on_time.whole),
        "Near misses": str(len(counting.near_misses(done, clinic.zone))),
        "Visits that nobody came to": str(ended.get(VisitState.MISSED, 0)),
        "Alarms of pumps": str(_opened(session, clinic, week)),
        "Tries to send that failed": _of(
            sum(n for _, outcome, n in sent if outcome not in NO_FAILURE),
            sum(n for _, _, n in sent),
        ),
    }


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole else "none to count"


def _opened(session: Session, clinic: Clinic, week: Period) -> int:
    """How many alarms began in the week, those that are over too."""
    asked = sa.select(sa.func.count()).where(
        Watch.clinic_id == clinic.id,
        Watch.kind.in_((WatchKind.ALARM, WatchKind.MINOR_ALARM)),
        Watch.opened_at >= week.since,
        Watch.opened_at < week.until,
    )
    return session.scalar(asked) or 0
