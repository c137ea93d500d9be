"""A row of upright columns on a small paper: how many of each, told by fill and by words."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.web.picture import place

HEIGHT, LEFT, TOP, BOTTOM = 170, 34, 14, 26
STEP, GAP = 46, 10  # of one column, and beside it


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
    whole: int
    x: str
    middle: str
    right: str
    solid_y: str
    solid_height: str
    hatched_y: str
    hatched_height: str
    limit_y: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template writes into the SVG."""

    columns: list[Placed]
    levels: list[tuple[str, str]]
    width: int
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = HEIGHT - BOTTOM


def draw_columns(columns: Sequence[Column]) -> Drawing | None:
    """The columns side by side; None where there is nothing to show."""
    top = max((max(one.whole, one.limit or 0) for one in columns), default=0)
    if not any(one.whole for one in columns):
        return None
    usable = HEIGHT - TOP - BOTTOM

    def high(count: int) -> Fraction:
        return Fraction(count * usable, top)

    def placed(number: int, one: Column) -> Placed:
        x, floor = Fraction(LEFT + number * STEP + GAP // 2), Fraction(HEIGHT - BOTTOM)
        return Placed(
            name=one.name,
            whole=one.whole,
            x=place(x),
            middle=place(x + Fraction(STEP - GAP, 2)),
            right=place(x + STEP - GAP),
            solid_y=place(floor - high(one.solid)),
            solid_height=place(high(one.solid)),
            hatched_y=place(floor - high(one.whole)),
            hatched_height=place(high(one.hatched)),
            limit_y="" if one.limit is None else place(floor - high(one.limit)),
        )

    marks = sorted({0, top // 2, top})
    return Drawing(
        [placed(number, one) for number, one in enumerate(columns)],
        [(place(Fraction(HEIGHT - BOTTOM) - high(one)), str(one)) for one in marks],
        LEFT + STEP * len(columns) + GAP,
    )
