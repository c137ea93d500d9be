"""What stands against a visit at a certain time, each in a sentence."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.domain.travel import there_and_back, way_of
from tracker.domain.wording import write_day
from tracker.models import Clinic, Membership, Pump, Role, Staff
from tracker.services.bookings import booked_for
from tracker.services.outlooks import clinic_rules
from tracker.services.owners import in_role
from tracker.services.places import (
    days_between,
    days_with,
    is_for_home,
    visits_between,
)
from tracker.services.versions import read_along, stay_here

# Ours: longer than any fill lasts, short enough that a slip in the year is seen.
FARTHEST = timedelta(days=400)
LOOK_BACK = timedelta(days=28)  # ours: as far as an earlier day is looked for


class NotBooked(TrackerError):
    code = "not_booked"


class BookedAlready(TrackerError):
    code = "booked_already"


class VisitInThePast(TrackerError):
    code = "visit_in_the_past"


class ClinicClosed(TrackerError):
    code = "clinic_closed"


class AfterRefillBy(TrackerError):
    """A visit that comes too late, and nobody who may has signed for it."""

    code = "after_refill_by"


class DayFull(TrackerError):
    """A visit more than the day has places, and nobody has said why."""

    code = "day_full"


class NoHomeVisits(TrackerError):
    """A visit at home on a day on which nobody travels, and nobody who may has said why."""

    code = "no_home_visits"


def check_free(session: Session, pump: Pump) -> None:
    """Refuse a second visit; whoever books at the same time waits here, and is refused then."""
    stay_here(session, pump)
    read_along(session, pump)
    found = booked_for(session, pump.id)
    if found is not None:
        day = write_day(found.scheduled_at.astimezone(pump.clinic.zone).date())
        raise BookedAlready(f"A visit is booked for {day} already: move that one.")


def check_time(
    session: Session,
    pump: Pump,
    at: datetime,
    danger_at: datetime | None,
    signed_by: Staff | None,
    signed_reason: str,
    *,
    now: datetime,
) -> bool:
    """Refuse what can't be; whether the visit lies after refill-by and is signed."""
    if at <= now:
        raise VisitInThePast("That time has passed.", field="scheduled_at")
    if at > now + FARTHEST:
        raise TrackerError(
            "That is more than a year ahead: look at the year.", field="scheduled_at"
        )
    _check_open(pump, at)
    if danger_at is None or at <= danger_at:
        return False
    _check_signature(session, pump, danger_at, signed_by, signed_reason)
    return True


def check_home(session: Session, pump: Pump, at: datetime, reason: str, by: Staff) -> bool:
    """Refuse a visit at home on a day without them; whether somebody who may has said why."""
    on = at.astimezone(pump.clinic.zone).date()
    if is_for_home(pump.clinic, on):
        return False
    may_sign = _role_of(session, pump, by) in (Role.COORDINATOR, Role.CLINICIAN)
    if may_sign and not is_blank(reason):
        return True
    raise NoHomeVisits(
        f"On {write_day(on)} nobody travels to patients. A coordinator or a clinician can book"
        " it nevertheless, and says why.",
        field="home_reason",
    )


def check_place(
    session: Session, pump: Pump, at: datetime, reason: str, *, is_home: bool, now: datetime
) -> bool:
    """Refuse a visit past the day's places without a reason; whether there is one.

    Whoever books the last place at the same time waits here, and is refused then. Another pump
    of a patient who comes that day takes no place; the way to one who is seen at home does.
    """
    clinic = pump.clinic
    # not against others who only refer to the clinic
    held = sa.select(Clinic.id).where(Clinic.id == clinic.id).with_for_update(key_share=True)
    session.execute(held)
    on = at.astimezone(clinic.zone).date()
    visits = visits_between(session, clinic, on, on)
    day = days_with(session, clinic, on, on, visits)[0]
    comes = pump.patient_id in visits.taken.get(on, ())
    far = dict(visits.travel.get(on, {}))
    if is_home:
        far[pump.patient_id] = pump.patient.travel_minutes
    then = replace(
        day, taken=day.taken + (not comes), travel_minutes=there_and_back(far.values())
    )
    is_more = not comes or then.travel_places > day.travel_places
    if not (is_more and then.is_over):
        return False
    if not is_blank(reason):
        return True
    said = f"On {write_day(on)} {day.taken} of {day.places} places are taken."
    if then.travel_places:
        said += (
            f" With this visit {then.travel_minutes} minutes are spent on the way, which take"
            f" {then.travel_places} of them."
        )
    today = now.astimezone(clinic.zone).date()
    near = _nearest_room(session, pump, on, is_home=is_home, today=today)
    if near is not None:
        said += f" The nearest day before with room is {write_day(near)}."
    raise DayFull(f"{said} To book nevertheless, say why.", field="full_reason")


def _nearest_room(
    session: Session, pump: Pump, on: date, *, is_home: bool, today: date
) -> date | None:
    """The nearest open day before that holds this visit, with the way where it is at home."""
    first, last = max(today, on - LOOK_BACK), on - timedelta(days=1)
    way = way_of(pump.patient.travel_minutes, is_home=is_home)
    return next(
        (
            one.on
            for one in reversed(days_between(session, pump.clinic, first, last))
            if one.is_open and one.holds(way) and (one.is_for_home or not is_home)
        ),
        None,
    )


def _check_open(pump: Pump, at: datetime) -> None:
    open_days, zone = clinic_rules(pump.clinic).open_days, pump.clinic.zone
    day = at.astimezone(zone).date()
    if open_days.is_open(day):
        return
    before = open_days.moved_back(at).astimezone(zone).date()
    raise ClinicClosed(
        f"The clinic is closed on {write_day(day)}."
        f" The nearest open day before is {write_day(before)}.",
        field="scheduled_at",
    )


def _check_signature(
    session: Session, pump: Pump, danger_at: datetime, signed_by: Staff | None, reason: str
) -> None:
    by = write_day(danger_at.astimezone(pump.clinic.zone).date())
    if signed_by is None or not is_clinician(session, pump, signed_by):
        raise AfterRefillBy(
            f"That is after refill-by, {by}. Choose an earlier time; only a clinician can"
            f" allow a later one, with a reason: {_who_may(session, pump)}.",
            field="scheduled_at",
        )
    if is_blank(reason):
        raise AfterRefillBy(
            f"That is after refill-by, {by}. Say why it may be so late."
            " It quietens no reminder.",
            field="signed_reason",
        )


def _who_may(session: Session, pump: Pump) -> str:
    names = [one.name for one in in_role(session, pump.clinic_id, Role.CLINICIAN)]
    return ", ".join(names) or "nobody who works here and can be reached"


def is_clinician(session: Session, pump: Pump, staff: Staff) -> bool:
    """Whether `staff` is a clinician of the clinic that the pump is followed in."""
    return _role_of(session, pump, staff) is Role.CLINICIAN


def _role_of(session: Session, pump: Pump, staff: Staff) -> Role | None:
    asked = sa.select(Membership.role).where(
        Membership.clinic_id == pump.clinic_id, Membership.staff_id == staff.id
    )
    return session.scalar(asked)
