"""The visits of the invented patients: booked, confirmed, too late but signed for, missed."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import partial

import sqlalchemy as sa

from tracker.demo.lives import DAY, Act, Cast
from tracker.demo.people import RIVERSIDE
from tracker.domain.calendar import instant
from tracker.models import Membership, Role, Staff, Watch
from tracker.services.appointments import book, booked_for, confirm, miss
from tracker.services.outlooks import clinic_rules

# the patient's number among those of the clinic, and the days from refill-by to the visit
BOOKED = ((21, -5), (24, -3))
CONFIRMED = ((13, -4), (17, -2))
SIGNED = ((9, 4),)
MISSED = 19
HOUR = timedelta(hours=1)


def visits(cast: Cast, begin: datetime) -> Iterator[Act]:
    """What is booked in the first clinic up to `begin`; the other one books nothing yet."""
    if cast.clinic.name != RIVERSIDE:
        return
    at = begin - 2 * DAY + 11 * HOUR
    for number, days in (*BOOKED, *CONFIRMED, *SIGNED):
        yield Act(at, 5, partial(_book, cast, number, days * DAY, at))
    for number, _ in CONFIRMED:
        later = at + 3 * HOUR
        yield Act(later, 5, partial(_confirm, cast, number, later))
    missed_at = _open(cast, begin - DAY, back=True)
    booked_at, told_at = missed_at - 6 * DAY, missed_at + 2 * HOUR
    yield Act(booked_at, 5, partial(_book_at, cast, MISSED, missed_at, booked_at))
    yield Act(told_at, 5, partial(_miss, cast, MISSED, told_at))


def _book(cast: Cast, number: int, after: timedelta, now: datetime) -> None:
    key = f"{_pump_id(cast, number)}:refill"
    watch = cast.session.scalars(sa.select(Watch).where(Watch.open_key == key)).one()
    assert watch.danger_at is not None, "these pumps have all their records"
    at = _open(cast, watch.danger_at + after, back=after < timedelta())
    _book_at(cast, number, at, now)


def _book_at(cast: Cast, number: int, at: datetime, now: datetime) -> None:
    book(
        cast.session,
        cast.pumps[_key(cast, number)],
        scheduled_at=at,
        signed_by=_clinician(cast),
        signed_reason="away until then; the dose was halved on the telephone",
        by=cast.nurse,
        now=now,
    )


def _confirm(cast: Cast, number: int, now: datetime) -> None:
    found = booked_for(cast.session, _pump_id(cast, number))
    assert found is not None, "booked three hours before"
    confirm(cast.session, found, how="by telephone", by=cast.nurse, now=now)


def _miss(cast: Cast, number: int, now: datetime) -> None:
    found = booked_for(cast.session, _pump_id(cast, number))
    assert found is not None, "booked six days before"
    miss(cast.session, found, reason="no transport", by=cast.nurse, now=now)


def _open(cast: Cast, at: datetime, *, back: bool) -> datetime:
    """Ten o'clock on that day, or on the next open one in the direction."""
    open_days, zone = clinic_rules(cast.clinic).open_days, cast.clinic.zone
    day = at.astimezone(zone).date()
    while not open_days.is_open(day):
        day += -DAY if back else DAY
    return instant(datetime.combine(day, time(10)), zone)


def _clinician(cast: Cast) -> Staff:
    asked = sa.select(Staff).join(Membership, Membership.staff_id == Staff.id)
    where = (Membership.clinic_id == cast.clinic.id, Membership.role == Role.CLINICIAN)
    return cast.session.scalars(asked.where(*where).order_by(Staff.id)).first() or cast.nurse


def _key(cast: Cast, number: int) -> str:
    return f"{cast.clinic.id}{number:03d}"


def _pump_id(cast: Cast, number: int) -> int:
    return cast.pumps[_key(cast, number)].id
