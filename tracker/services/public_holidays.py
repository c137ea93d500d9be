"""Public holidays of the clinic's country: offered from a library, closed or worked through.

A closed day is a stored row of the clinic's. What the library says is only ever shown beside
it, so that a newer library changes no date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.models import Clinic, Closure, Staff, WorkedHoliday
from tracker.services.closures import close_named
from tracker.services.versions import hold_clinic

LANGUAGES = ("en_GB", "en_US")  # the names are read by the same people as the pages
LONGEST_NAME = 120


class NoHolidays(TrackerError):
    code = "no_holidays"


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which the library or the clinic says that people don't work."""

    on: date
    name: str
    closure: Closure | None = None
    worked: WorkedHoliday | None = None
    is_public: bool = True  # else a closed day of the clinic's own
    is_open_weekday: bool = True


def country_names() -> dict[str, str]:
    """What each country that the library knows is called, by its two letters."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415  # heavy, and only this page needs it

    return {
        letters[1]: f"{key.replace('_', ' ').title()} ({letters[1]})"
        for key, letters in COUNTRIES.items()
    }


def parts_of(country: str) -> tuple[str, ...]:
    """The parts of a country whose holidays differ, by their letters."""
    return tuple(_calendar(country).subdivisions) if country in country_names() else ()


def choose_country(session: Session, clinic: Clinic, country: str, subdivision: str) -> None:
    """Say whose holidays are shown. No day is closed or opened by it."""
    if country and country not in country_names():
        raise NoHolidays("Choose a country of the list.", field="country")
    if subdivision and subdivision not in parts_of(country):
        raise NoHolidays("That is no part of this country.", field="subdivision")
    clinic.holiday_country, clinic.holiday_subdivision = country, subdivision
    session.flush()


def public_days(country: str, subdivision: str, year: int) -> dict[date, str]:
    """The public holidays of one year by the library, with their names in English."""
    if country not in country_names():
        return {}
    where: dict[str, Any] = {"years": year}
    if subdivision in parts_of(country):  # else a newer library names its parts otherwise
        where["subdiv"] = subdivision
    known = _calendar(country).supported_languages
    spoken = [one for one in LANGUAGES if one in known]
    if spoken:
        where["language"] = spoken[0]
    found = _calendar(country, **where)
    return {day: str(name)[:LONGEST_NAME] for day, name in sorted(found.items())}


def _calendar(country: str, **where: Any) -> Any:
    import holidays  # noqa: PLC0415  # heavy, and only this page needs it

    return holidays.country_holidays(country, **where)


def holidays_of(session: Session, clinic: Clinic, year: int) -> list[Holiday]:
    """Each holiday of a year with what the clinic does, and its other closed days, in order."""
    span = (date(year, 1, 1), date(year, 12, 31))
    closed = {one.closed_on: one for one in _of_year(session, Closure, clinic, span)}
    worked = {one.on_day: one for one in _of_year(session, WorkedHoliday, clinic, span)}
    public = public_days(clinic.holiday_country, clinic.holiday_subdivision, year)
    return [
        Holiday(
            on=day,
            name=public.get(day) or (closed[day].name if day in closed else worked[day].name),
            closure=closed.get(day),
            worked=worked.get(day),
            is_public=day in public,
            is_open_weekday=str(day.weekday()) in clinic.open_weekdays,
        )
        for day in sorted({*public, *closed, *worked})
    ]


def close_holidays(
    session: Session, clinic: Clinic, days: Mapping[date, str], *, by: Staff, now: datetime
) -> None:
    """Be closed on these holidays: dates can only come forward by it."""
    hold_clinic(session, clinic)  # of two at once the second sees the first
    asked = sa.select(Closure.closed_on).where(Closure.clinic_id == clinic.id)
    closed = set(session.scalars(asked.where(Closure.closed_on.in_(days))))
    new = [(day, name) for day, name in days.items() if day not in closed]
    if not new:
        raise NoHolidays("The clinic is closed then already.")
    session.execute(
        sa.delete(WorkedHoliday).where(
            WorkedHoliday.clinic_id == clinic.id, WorkedHoliday.on_day.in_(days)
        )
    )
    close_named(session, clinic, new, by=by, now=now)


def work_through(
    session: Session,
    clinic: Clinic,
    day: date,
    name: str,
    *,
    reason: str,
    by: Staff,
    now: datetime,
) -> None:
    """Write down that the clinic is open on a holiday, and why. No date follows from it."""
    if is_blank(reason):
        raise NoHolidays("Say why the clinic is open on that day.", field=f"why_{day}")
    asked = (Closure.clinic_id == clinic.id, Closure.closed_on == day)
    if session.scalar(sa.select(Closure.id).where(*asked)) is not None:
        raise NoHolidays("It is a closed day: propose to open it.", field=f"why_{day}")
    known = (WorkedHoliday.clinic_id == clinic.id, WorkedHoliday.on_day == day)
    if session.scalar(sa.select(WorkedHoliday.id).where(*known)) is not None:
        raise NoHolidays("That is written down already.", field=f"why_{day}")
    session.add(
        WorkedHoliday(
            clinic_id=clinic.id,
            on_day=day,
            name=name[:LONGEST_NAME],
            reason=reason.strip()[:300],
            recorded_at=now,
            recorded_by_id=by.id,
        )
    )
    session.flush()


def _of_year(session: Session, table: Any, clinic: Clinic, span: tuple[date, date]) -> Any:
    day = table.closed_on if table is Closure else table.on_day
    return session.scalars(
        sa.select(table).where(table.clinic_id == clinic.id, day.between(*span))
    )
