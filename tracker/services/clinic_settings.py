"""What a clinic decides for itself: its last resort, quiet hours, language and number.

Who is the last resort, and longer quiet hours, wait for a second person (services/proposals).
"""

from dataclasses import dataclass
from datetime import datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.languages import NAMES
from tracker.domain.proposal import QuietHours
from tracker.models import Clinic, Proposal, Role, Staff
from tracker.services.last_resorts import NotSettled as NotSettled
from tracker.services.last_resorts import check_last_resort
from tracker.services.numbers import e164
from tracker.services.proposals import change
from tracker.services.proposed import LAST_RESORT, QUIET, REVIEWS, Values, read


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """When reports are sent, and to whom without having been asked for; None is nobody."""

    at: time
    week_on: int  # 0 is Monday
    day_to: Role | None
    week_to: Role | None


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """All of them, as one form gives them, and why those change that can stop messages."""

    last_resort_id: int
    quiet_from: time
    quiet_until: time
    language: str
    list_at: time
    sms_sender: str | None = None
    emergency_plan: str = ""
    night_phone: str = ""
    reason: str = ""
    review_interval_days: int | None = None  # None: as it is
    emergency_plan_critical: str = ""
    emergency_plan_high: str = ""
    emergency_plan_low: str = ""
    emergency_numbers: str = ""
    red_flags: str = ""
    reports: ReportSettings | None = None  # None: as they are


# The clinic's own texts for an emergency: they move no date and stop no message.
TEXTS = (
    *("emergency_plan", "emergency_plan_critical", "emergency_plan_high"),
    *("emergency_plan_low", "emergency_numbers", "red_flags"),
)


def change_settings(
    session: Session, clinic: Clinic, wanted: ClinicSettings, *, by: Staff, now: datetime
) -> list[Proposal]:
    """Change them all but what needs a second person; what was done or proposed of that.

    Raises NotSettled beside the field that can't be so.
    """
    check_last_resort(session, clinic.id, wanted.last_resort_id)
    if wanted.language not in NAMES:
        raise NotSettled("Choose a language of the list.", field="language")
    quiet = QuietHours(wanted.quiet_from, wanted.quiet_until)
    days = wanted.review_interval_days or clinic.review_interval_days
    settings: tuple[tuple[str, Values], ...] = (
        (LAST_RESORT, {"staff_id": wanted.last_resort_id}),
        (QUIET, quiet.as_json()),
        (REVIEWS, {"days": days}),
    )
    done = [
        change(session, clinic, subject, after, reason=wanted.reason, by=by, now=now)
        for subject, after in settings
        if read(session, clinic, subject) != after
    ]
    clinic.language, clinic.list_at = wanted.language, wanted.list_at
    clinic.sms_sender = _sender(session, clinic, wanted.sms_sender)
    for name in TEXTS:
        setattr(clinic, name, getattr(wanted, name))
    clinic.night_phone = wanted.night_phone
    if (reports := wanted.reports) is not None:
        clinic.report_at, clinic.week_report_on = reports.at, reports.week_on
        clinic.day_report_to, clinic.week_report_to = reports.day_to, reports.week_to
    session.flush()
    return done


def _sender(session: Session, clinic: Clinic, typed: str | None) -> str | None:
    """The clinic's own number for texts: answers come to it, so no other clinic has it."""
    if not typed:
        return None
    number = e164(typed, field="sms_sender")
    taken = sa.select(Clinic.id).where(Clinic.sms_sender == number, Clinic.id != clinic.id)
    if session.scalar(taken) is not None:
        raise NotSettled("Another clinic has this number already.", field="sms_sender")
    return number
