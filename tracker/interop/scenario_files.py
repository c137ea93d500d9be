"""A scenario file: cases of a pump, its clinic, its events and the questions about them."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain.calendar import OpenDays, parse_day
from tracker.domain.errors import UnclearDate
from tracker.domain.infusion import Mode, RateLimits, Step
from tracker.interop.scenario_places import (
    LONGEST_DAYS,
    BrokenScenario,
    Moment,
    Place,
    broken,
    weekday_reader,
)

__all__ = ["BrokenScenario", "Case", "Event", "Moment", "read", "read_cases"]

MODES = {"constant": Mode.SIMPLE, "stopped": Mode.STOPPED, "daily_steps": Mode.FLEX}


@dataclass(frozen=True, slots=True)
class PlannedRefill:
    volume_ml: Decimal
    concentration_mcg_ml: Decimal


@dataclass(frozen=True, slots=True)
class PlannedProgramme:
    mode: Mode
    dose_mcg_day: Decimal | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class PlannedBolus:
    duration: timedelta
    volume_ml: Decimal | None
    dose_mcg: Decimal | None
    suspends_basal: bool


@dataclass(frozen=True, slots=True)
class Event:
    what: PlannedRefill | PlannedProgramme | PlannedBolus
    at: Moment
    recorded_at: Moment | None
    voided_at: Moment | None


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    capacity_ml: Decimal
    alarm_volume_ml: Decimal
    limits: RateLimits
    stability_days: Decimal | None
    buffer_days: Decimal
    flow_margin_percent: Decimal
    open_days: OpenDays | None
    events: tuple[Event, ...]
    questions: tuple[Moment | None, ...]


def read(text: str) -> dict[str, Any]:
    """The document of a file's text, numbers kept exactly. Raises BrokenScenario."""
    try:
        document = json.loads(
            text.removeprefix("\ufeff"),
            parse_float=Decimal,
            parse_constant=lambda name: broken("file", f"{name} is not a number"),
            object_pairs_hook=_once_each,
        )
    except json.JSONDecodeError as wrong:
        broken(f"line {wrong.lineno}, column {wrong.colno}", f"not JSON: {wrong.msg}")
    except (RecursionError, ValueError):
        broken("file", "not JSON that can be read")
    if not isinstance(document, dict):
        broken("file", "an object with the key cases is expected")
    return document


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            broken("file", f"the key “{key}” stands twice in one object")
    return dict(pairs)


def read_cases(document: Mapping[str, Any]) -> list[Case]:
    """The cases of a document. Raises BrokenScenario with the place of the first fault."""
    if not isinstance(document, Mapping):
        broken("file", "an object with the key cases is expected")
    cases = Place(document, "").objects("cases")
    reader = weekday_reader(document)
    return [_case(one, reader) for one in cases]


def _case(place: Place, weekday: Callable[[str, Any], int]) -> Case:
    zone = place.zone("timezone")
    asked = place.objects("ask") if place.has("ask") else []
    questions = tuple(_question(one, zone) for one in asked)
    return Case(
        id=place.text("id"),
        capacity_ml=place.number("capacity_ml"),
        alarm_volume_ml=place.number("alarm_volume_ml"),
        limits=RateLimits(place.perhaps("min_rate_ml_day"), place.perhaps("max_rate_ml_day")),
        stability_days=place.days("stability_days"),
        buffer_days=place.days("buffer_days") or Decimal(0),
        flow_margin_percent=place.perhaps("flow_margin_percent") or Decimal(0),
        open_days=_open_days(place, zone, weekday),
        events=tuple(_event(one, zone) for one in place.objects("events")),
        questions=questions or (None,),
    )


def _question(place: Place, zone: ZoneInfo) -> Moment | None:
    return place.moment("as_of", zone, "fold") if place.has("as_of") else None


def _event(place: Place, clinic: ZoneInfo) -> Event:
    zone = place.zone("timezone") if place.has("timezone") else clinic
    kind = place.text("type")
    readers: dict[str, Callable[[Place], PlannedRefill | PlannedProgramme | PlannedBolus]] = {
        "refill": _refill,
        "program": _program,
        "bolus": _planned_bolus,
    }
    if kind not in readers:
        broken(place.at("type"), f"“{kind}” is none of {', '.join(readers)}")
    moments = {
        key: place.moment(key, zone, "fold") if place.has(key) else None
        for key in ("recorded_at", "voided_at")
    }
    at = place.moment("at", zone, "fold")
    return Event(readers[kind](place), at, moments["recorded_at"], moments["voided_at"])


def _refill(place: Place) -> PlannedRefill:
    return PlannedRefill(place.number("volume_ml"), place.above_zero("concentration_mcg_ml"))


def _program(place: Place) -> PlannedProgramme:
    name = place.text("mode")
    if name not in MODES:
        broken(place.at("mode"), f"“{name}” is none of {', '.join(MODES)}")
    mode = MODES[name]
    dose = place.number("dose_mcg_day") if mode is Mode.SIMPLE else None
    steps = tuple(_step(one) for one in place.objects("steps")) if mode is Mode.FLEX else ()
    if mode is Mode.FLEX and not steps:
        broken(place.at("steps"), "one step at least is expected")
    if len({one.start_minutes for one in steps}) < len(steps):
        broken(place.at("steps"), "two steps start at the same time")
    return PlannedProgramme(mode, dose, steps)


def _step(place: Place) -> Step:
    text = place.text("start")
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::00)?", text)
    if not found:
        broken(place.at("start"), f"“{text}” is not a time of day like 06:30")
    return Step(int(found[1]) * 60 + int(found[2]), place.number("rate_mcg_hour"))


def _planned_bolus(place: Place) -> PlannedBolus:
    volume, dose = place.perhaps("volume_ml"), place.perhaps("dose_mcg")
    if (volume is None) == (dose is None):
        broken(place.path, "a bolus has a volume_ml or a dose_mcg, one of the two")
    minutes = place.number("duration_min")
    if minutes > LONGEST_DAYS:
        broken(place.at("duration_min"), "so many minutes can't be counted")
    duration = timedelta(microseconds=int(Fraction(minutes) * 60_000_000))
    return PlannedBolus(duration, volume, dose, place.yes("suspends_basal"))


def _open_days(
    place: Place, zone: ZoneInfo, weekday: Callable[[str, Any], int]
) -> OpenDays | None:
    """The clinic's days; None where neither closed dates nor weekdays are given."""
    if not place.has("open_weekdays") and not place.has("closed_dates"):
        return None
    weekdays = frozenset(range(7))
    if place.has("open_weekdays"):
        weekdays = frozenset(weekday(path, one) for path, one in place.entries("open_weekdays"))
        if not weekdays:
            broken(place.at("open_weekdays"), "a clinic is open on one weekday at least")
    days = place.entries("closed_dates") if place.has("closed_dates") else []
    return OpenDays(zone, weekdays, frozenset(_day(path, one) for path, one in days))


def _day(path: str, value: Any) -> date:
    try:
        if not isinstance(value, str):
            raise UnclearDate("not a text")
        return parse_day(value)
    except UnclearDate:
        broken(path, "a day like 2026-12-25 is expected")
