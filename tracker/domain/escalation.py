"""The ladder: who is told what, how long before the danger date, and what a watch does next."""

from enum import StrEnum


class Level(StrEnum):
    """How loud a step is."""

    INFO = "info"
    WARN = "warn"
    URGENT = "urgent"
