"""The regular review: asked for when it is due, and closed by nothing but a review."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.danger import WatchKind
from tracker.domain.errors import InTheFuture, TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.risk import RiskClass
from tracker.domain.wording import write_day
from tracker.models import Clinic, Pump, Review, Staff
from tracker.services.corrections import check_correctable
from tracker.services.faults import Cause, raise_fault
from tracker.services.review_dates import last_review, review_due_at
from tracker.services.versions import take_version
from tracker.services.watches import open_key, reproject

# Ours: reviewed more often is the doctor's matter; less often than every three years is none.
LEAST_INTERVAL_DAYS, MOST_INTERVAL_DAYS = 30, 1095


class NotReviewed(TrackerError):
    """A review that doesn't say who looked, or at what."""

    code = "not_reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFacts:
    """A review as entered."""

    reviewed_at: datetime
    reviewed_by: str
    has_dose: bool = False
    has_side_effects: bool = False
    has_kidney_function: bool = False
    note: str = ""


def record_review(
    session: Session,
    pump: Pump,
    facts: ReviewFacts,
    *,
    reason: str = "",
    seen_version: int | None = None,
    replaces: Review | None = None,
    by: Staff,
    now: datetime,
) -> Review:
    """Write down who looked at what; the next one is asked for by that day.

    With `replaces` it corrects an earlier row, which stays.
    """
    _check(pump, facts, now=now)
    take_version(session, pump, seen_version)
    if replaces is not None:
        check_correctable(session, replaces, reason)
    row = Review(**{name: getattr(facts, name) for name in facts.__slots__})
    row.pump, row.reason = pump, reason.strip()
    row.recorded_at, row.recorded_by_id = now, by.id
    row.replaces_id = replaces.id if replaces else None
    session.add(row)
    session.flush()
    reproject(session, pump, because=Evidence(EvidenceKind.REVIEW, row.id), now=now)
    return row


def _check(pump: Pump, facts: ReviewFacts, *, now: datetime) -> None:
    if facts.reviewed_at > now:
        raise InTheFuture("The review lies in the future.", field="reviewed_at")
    implanted_on = pump.implant_day
    reviewed_on = facts.reviewed_at.astimezone(pump.clinic.zone).date()
    if implanted_on is not None and reviewed_on < implanted_on:
        raise NotReviewed(
            f"The pump was implanted on {write_day(implanted_on)}: nothing of it was"
            " reviewed before.",
            field="reviewed_at",
        )
    if is_blank(facts.reviewed_by):
        raise NotReviewed("Say who looked.", field="reviewed_by")
    if not (facts.has_dose or facts.has_side_effects or facts.has_kidney_function):
        raise NotReviewed("Say at what was looked: at least one.", field="has_dose")


def ask(session: Session, pump: Pump, *, now: datetime) -> None:
    """Open the watch of a review that has become due (`pump_dues`)."""
    raise_fault(session, WatchKind.REVIEW, _cause(session, pump), now=now)
    pump.review_asks_at = None


def _cause(session: Session, pump: Pump) -> Cause:
    last, zone = last_review(session, pump), pump.clinic.zone
    if last is None:
        sentence = "No review is on record."
    else:
        day = write_day(last.reviewed_at.astimezone(zone).date())
        sentence = f"The last review on record is of {day}."
    return Cause(
        open_key(pump, WatchKind.REVIEW),
        pump.clinic_id,
        f"{sentence} Dose, side effects and kidney function are to be looked at.",
        pump_id=pump.id,
        risk_class=RiskClass.LOW,  # asked for calmly, whatever is in the pump
        owner_id=pump.owner_id,
    )


def check_interval(days: int) -> None:
    """Refuse a rhythm in which nobody would be reviewed."""
    if not LEAST_INTERVAL_DAYS <= days <= MOST_INTERVAL_DAYS:
        raise NotReviewed(
            f"Give from {LEAST_INTERVAL_DAYS} to {MOST_INTERVAL_DAYS} days.",
            field="review_interval_days",
        )


def change_interval(session: Session, clinic: Clinic, days: int) -> None:
    """Ask for reviews in another rhythm; what is being asked for stays asked."""
    clinic.review_interval_days = days
    waiting = session.scalars(
        sa.select(Pump)
        .where(Pump.clinic_id == clinic.id, Pump.review_asks_at.is_not(None))
        .options(joinedload(Pump.clinic))
    )
    for pump in waiting.all():
        pump.review_asks_at = review_due_at(session, pump)
