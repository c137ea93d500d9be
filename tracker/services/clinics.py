"""Opening a clinic, its closed days, and the people who work in it."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.models import Clinic, Closure, Membership, Role, Staff
from tracker.services.policies import install_default_policies
from tracker.services.rebuilds import reproject_clinic


class UnknownTimezone(TrackerError):
    code = "unknown_timezone"


def open_clinic(
    session: Session,
    name: str,
    *,
    timezone: str,
    phone: str,
    last_resort: Staff,
    open_weekdays: str = "01234",
    buffer_days: int = 7,
    longest_interval_days: int | None = None,
    now: datetime,
) -> Clinic:
    """A new clinic with the default ladders. Its last resort is named from the first moment."""
    if timezone not in available_timezones():
        raise UnknownTimezone(
            f"{timezone} is not a time zone, e.g. Europe/London", field="zone"
        )
    clinic = Clinic(
        name=name,
        timezone=timezone,
        phone=phone,
        last_resort=last_resort,
        open_weekdays=open_weekdays,
        buffer_days=buffer_days,
        longest_interval_days=longest_interval_days,
    )
    session.add(clinic)
    session.flush()
    install_default_policies(session, clinic.id, now=now)
    return clinic


def install_missing_policies(session: Session, *, now: datetime) -> int:
    """Give every clinic the default ladders that it lacks; how many were added."""
    clinics = session.scalars(sa.select(Clinic.id))
    return sum(install_default_policies(session, one, now=now) for one in clinics)


def add_member(session: Session, clinic: Clinic, staff: Staff, *, role: Role) -> Membership:
    """Let `staff` work in `clinic` as `role`."""
    membership = Membership(clinic=clinic, staff=staff, role=role)
    session.add(membership)
    session.flush()
    return membership


def close_days(
    session: Session, clinic: Clinic, days: Sequence[tuple[date, str]], *, now: datetime
) -> None:
    """Name the days on which the clinic is closed though the weekday is open.

    Whatever was to happen on one of them moves to the last open day before.
    """
    session.add_all(
        Closure(clinic=clinic, closed_on=closed_on, name=name) for closed_on, name in days
    )
    session.flush()
    reproject_clinic(session, clinic, now=now)
