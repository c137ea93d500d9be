"""The clinic of the story of two years: its time, what is arranged in it, who watches it."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from tests.outlets import Listed
from tests.riverside import Riverside
from tests.stories.promises import Watchman

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
YEAR, DAY, HOUR = timedelta(days=365), timedelta(days=1), timedelta(hours=1)
MORNING = 8
PACE = 4 * HOUR  # how often the timer looks; a real one looks each minute


@dataclass(slots=True)
class Plan:
    """What is arranged for one pump: when the patient is expected."""

    visit_at: datetime | None = None


@dataclass(slots=True)
class Outages:
    """When nobody ticks, and when nobody takes a message; a scheduler, then a sender."""

    scheduler: list[tuple[datetime, datetime]] = field(default_factory=list)
    sender: list[tuple[datetime, datetime]] = field(default_factory=list)

    @staticmethod
    def hit(spans: list[tuple[datetime, datetime]], at: datetime) -> bool:
        return any(start <= at < end for start, end in spans)


@dataclass(slots=True)
class Life:
    """The clinic, what its people intend, and whoever watches whether promises are kept."""

    sessions: sessionmaker[Session]
    dice: random.Random
    here: Riverside
    plans: dict[int, Plan]
    outages: Outages
    watchman: Watchman
    besides: random.Random | None  # of what else happens, if anything does
    sender: Listed = field(default_factory=Listed)
    refills: int = 0
