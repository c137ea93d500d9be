"""The level picture in the plane: instants and volumes turned into places on the paper."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from tracker.domain.calendar import add_months, start_of_day
from tracker.domain.wording import write_day
from tracker.services.pictures import LevelPicture, Point

LEFT, RIGHT, TOP, BOTTOM = 46, 14, 46, 34
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Paper:
    """A size to draw on, in units of which a letter takes some 12, and how much fits it."""

    name: str
    width: int
    height: int
    most_ticks: int


DESK = Paper("desk", 900, 310, 9)
PHONE = Paper("phone", 360, 300, 3)  # drawn for a hand: the last fill and what is to come


@dataclass(frozen=True, slots=True)
class Upright:
    """A vertical line with its words."""

    x: str
    words: str
    anchor: str
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template writes into the SVG, in its own units."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    lines: list[str]
    ahead: str
    band: str
    dots: list[tuple[str, str]]
    alarm_y: str
    alarm_ml: Fraction
    levels: list[tuple[str, str]]
    ticks: list[tuple[str, str]]
    marks: list[Upright]
    uprights: list[Upright]
    measured: tuple[Point, ...]
    picture: LevelPicture


class Scale:
    """From instants and volumes to places."""

    def __init__(self, picture: LevelPicture, paper: Paper) -> None:
        self.paper = paper
        self.begins_at = picture.begins_at
        self.span = max(picture.ends_at - picture.begins_at, DAY)
        self.top_ml = max(picture.capacity_ml, *(volume for _, volume in picture.measured))

    def x(self, at: datetime) -> str:
        along = Fraction((at - self.begins_at) // timedelta(seconds=1)) / Fraction(
            self.span // timedelta(seconds=1)
        )
        along = min(max(along, Fraction(0)), Fraction(1))
        return place(LEFT + along * (self.paper.width - LEFT - RIGHT))

    def y(self, volume: Fraction | int) -> str:
        share = Fraction(volume) / self.top_ml
        return place(TOP + (1 - share) * (self.paper.height - TOP - BOTTOM))

    def path(self, points: Iterable[Point]) -> str:
        return " ".join(f"{self.x(at)},{self.y(volume)}" for at, volume in points)


def place(value: Fraction) -> str:
    """A place on the paper to a tenth."""
    tenths = round(value * 10)
    return f"{tenths // 10}.{tenths % 10}"


def draw(picture: LevelPicture, zone: ZoneInfo, paper: Paper = DESK) -> Drawing:
    """The picture as lines, dots and words at their places."""
    scale = Scale(picture, paper)
    *past, last = picture.lines or ((),)
    known = [point for point in last if point[0] <= picture.now]
    ahead = [*known[-1:], *(point for point in last if point[0] > picture.now)]
    return Drawing(
        name=paper.name,
        width=paper.width,
        height=paper.height,
        left=LEFT,
        right=paper.width - RIGHT,
        top=TOP,
        bottom=paper.height - BOTTOM,
        lines=[scale.path(line) for line in (*past, known) if line],
        ahead=scale.path(ahead) if len(ahead) > 1 else "",
        band=scale.path(picture.band) if picture.band else "",
        dots=[(scale.x(at), scale.y(volume)) for at, volume in picture.measured],
        alarm_y=scale.y(picture.alarm_ml),
        alarm_ml=picture.alarm_ml,
        levels=[(scale.y(volume), str(volume)) for volume in _levels(picture.capacity_ml)],
        ticks=[(scale.x(at), words) for at, words in _ticks(picture, zone, paper.most_ticks)],
        marks=[_upright(scale, mark.at, mark.words, mark.kind) for mark in picture.marks],
        uprights=_uprights(scale, picture, zone),
        measured=picture.measured,
        picture=picture,
    )


def draw_small(picture: LevelPicture, zone: ZoneInfo) -> Drawing:
    """The last fill alone, large enough to be read in the hand."""
    began_at = picture.lines[-1][0][0] if picture.lines else picture.begins_at
    near = replace(
        picture,
        lines=picture.lines[-1:],
        begins_at=began_at,
        measured=tuple(one for one in picture.measured if one[0] >= began_at),
        marks=tuple(one for one in picture.marks if one.at >= began_at),
    )
    return draw(near, zone, PHONE)


def _uprights(scale: Scale, picture: LevelPicture, zone: ZoneInfo) -> list[Upright]:
    found = [_upright(scale, picture.now, "now", "now")]
    if picture.danger is not None:
        at = picture.danger.refill_by_at
        words = f"refill-by {write_day(at.astimezone(zone).date())}"
        found.append(_upright(scale, at, words, "term"))
    return found


def _upright(scale: Scale, at: datetime, words: str, kind: str) -> Upright:
    x = scale.x(at)
    anchor = "end" if Fraction(x) > scale.paper.width * 3 // 5 else "start"
    return Upright(x, words, anchor, kind, at)


def _levels(capacity_ml: Fraction) -> list[int]:
    step = 5 if capacity_ml <= 25 else 10
    return list(range(0, int(capacity_ml) + 1, step))


def _ticks(picture: LevelPicture, zone: ZoneInfo, most: int) -> list[tuple[datetime, str]]:
    """The first days of months, or of every second, third or sixth month of a long picture."""
    first = picture.begins_at.astimezone(zone).date().replace(day=1)
    months = (picture.ends_at - picture.begins_at) // (30 * DAY) + 1
    every = next(step for step in (1, 2, 3, 6, 12, 24, 60) if months // step <= most)
    days: list[date] = [add_months(first, n) for n in range(1, int(months) + 2, every)]
    instants = [(start_of_day(day, zone), f"{day:%b} {day.year}") for day in days]
    return [one for one in instants if picture.begins_at < one[0] < picture.ends_at]
