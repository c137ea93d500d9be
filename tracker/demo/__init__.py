"""The demonstration: two invented clinics whose records show every state of the board."""

from tracker.demo.people import LOGINS, PASSWORD
from tracker.demo.story import fill, is_empty

__all__ = ["LOGINS", "PASSWORD", "fill", "is_empty"]
