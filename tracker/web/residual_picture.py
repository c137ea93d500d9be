"""What was expected and what was measured at each refill, as places on a small paper."""

from dataclasses import dataclass
from fractions import Fraction

from flask import g

from tracker.models import Pump
from tracker.services.assessments import assessments_of
from tracker.services.learning import Learned, learned_of
from tracker.services.residuals import Measured
from tracker.web.filters import plain_day
from tracker.web.picture import place

WIDTH, HEIGHT = 620, 200
LEFT, RIGHT, TOP, BOTTOM = 40, 60, 20, 36
INSET = 20  # of the first and the last refill, so that both stand on the lines
NEWEST = 8  # ours: as many as can be told apart on a phone


@dataclass(frozen=True, slots=True)
class Pair:
    """One refill: where the expected and where the measured volume lie."""

    x: str
    expected_y: str
    measured_y: str
    day: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template writes into the SVG."""

    pairs: list[Pair]
    levels: list[tuple[str, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def draw_residuals(measured: tuple[Measured, ...]) -> Drawing | None:
    """The newest refills side by side, oldest first; None while there are fewer than two."""
    shown = measured[-NEWEST:]
    if len(shown) < 2:
        return None
    volumes = [
        Fraction(volume)
        for one in shown
        for volume in (one.residual.expected_ml, one.residual.measured_ml)
    ]
    top = max(Fraction(1), -(-max(volumes) // 1) + Fraction(0))
    step = Fraction(WIDTH - LEFT - RIGHT - 2 * INSET, len(shown) - 1)

    def y(volume: Fraction) -> str:
        return place(TOP + (1 - volume / top) * (HEIGHT - TOP - BOTTOM))

    pairs = [
        Pair(
            place(LEFT + INSET + number * step),
            y(Fraction(one.residual.expected_ml)),
            y(Fraction(one.residual.measured_ml)),
            plain_day(one.filled_at),
        )
        for number, one in enumerate(shown)
    ]
    marks = sorted({Fraction(0), Fraction(top // 2), top})
    return Drawing(pairs, [(y(one), str(one)) for one in marks])


@dataclass(frozen=True, slots=True)
class OnPump:
    """What the page of a pump shows of its refills."""

    learned: Learned
    drawing: Drawing | None
    earlier: list[object]


def learned_on_pump(pump: Pump) -> OnPump:
    """The trend, the picture, and what was assessed."""
    learned = learned_of(g.session, pump)
    earlier: list[object] = list(assessments_of(g.session, pump))
    return OnPump(learned, draw_residuals(learned.measured), earlier)
