"""A row of upright columns on a small paper: how many of each, told by fill and by words."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.web.picture import place

HEIGHT, LEFT, TOP, BOTTOM = 170, 34, 14, 26
LETTER = 7  # as wide as one is at most below the columns
DESK, PHONE = ("desk", 640), ("phone", 350)  # a paper and its width


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what stands below it, its whole and hatched part, and its limit."""

    name: str
    solid: int
    hatched: int = 0
    limit: int | None = None

    @property
    def whole(self) -> int:
        return self.solid + self.hatched


@dataclass(frozen=True, slots=True)
class Placed:
    """A column at its place; `limit_y` is where a line says how much fits."""

    name: str
    words: str  # the name where there is room for it below
    whole: int
    x: str
    middle: str
    right: str
    broad: str
    solid_y: str
    solid_height: str
    hatched_y: str
    hatched_height: str
    limit_y: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template writes into the SVG."""

    name: str
    columns: list[Placed]
    levels: list[tuple[str, str]]
    width: int
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = HEIGHT - BOTTOM


def draw_columns(columns: Sequence[Column]) -> tuple[Drawing, ...]:
    """The columns side by side, for a desk and for a hand; none of nothing."""
    if not any(one.whole for one in columns):
        return ()
    return tuple(_draw(columns, name, width) for name, width in (DESK, PHONE))


def _draw(columns: Sequence[Column], name: str, width: int) -> Drawing:
    top = max(max(one.whole, one.limit or 0) for one in columns)
    step = (width - LEFT) // len(columns)
    gap = step // 5
    longest = max(len(one.name) for one in columns) * LETTER
    every = -(-longest // step)  # so that no name runs into the next

    def high(count: int) -> Fraction:
        return Fraction(count * (HEIGHT - TOP - BOTTOM), top)

    def placed(number: int, one: Column) -> Placed:
        x, floor = Fraction(LEFT + number * step) + Fraction(gap, 2), Fraction(HEIGHT - BOTTOM)
        return Placed(
            name=one.name,
            words=one.name if number % every == 0 else "",
            whole=one.whole,
            x=place(x),
            middle=place(x + Fraction(step - gap, 2)),
            right=place(x + step - gap),
            broad=str(step - gap),
            solid_y=place(floor - high(one.solid)),
            solid_height=place(high(one.solid)),
            hatched_y=place(floor - high(one.whole)),
            hatched_height=place(high(one.hatched)),
            limit_y="" if one.limit is None else place(floor - high(one.limit)),
        )

    marks = sorted({0, top // 2, top})
    return Drawing(
        name,
        [placed(number, one) for number, one in enumerate(columns)],
        [(place(Fraction(HEIGHT - BOTTOM) - high(one)), str(one)) for one in marks],
        width,
    )
