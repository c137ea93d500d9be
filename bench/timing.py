"""How a thing is timed, and how a figure is printed."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

Made = TypeVar("Made")


def median_ms(act: Callable[[], object], *, runs: int = 15, warm_up: int = 2) -> float:
    """The median time of `act` in milliseconds, after a warm-up."""
    for _ in range(warm_up):
        act()
    return statistics.median(seconds(act) for _ in range(runs)) * 1000


def seconds(act: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def timed(act: Callable[[], Made]) -> tuple[Made, float]:
    """What one call gives, and how many seconds it takes."""
    begun = time.perf_counter()
    made = act()
    return made, time.perf_counter() - begun


def report(name: str, **figures: Any) -> None:
    """Print one line of JSON; floats to four significant digits."""
    rounded = {
        key: float(f"{value:.4g}") if isinstance(value, float) else value
        for key, value in figures.items()
    }
    print(json.dumps({"bench": name, **rounded}), flush=True)


def progress(text: str) -> None:
    """Say on standard error what is under way."""
    print(text, file=sys.stderr, flush=True)
