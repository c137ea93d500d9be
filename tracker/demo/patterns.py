"""A pump of the first clinic that runs in steps through the day, with a Sunday of its own."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from tracker.demo.lives import DAY, Act, Cast
from tracker.demo.people import RIVERSIDE
from tracker.domain.infusion import Mode
from tracker.services.programmes import ProgrammeFacts, change_dose, offset_minutes

NUMBER = 30  # the patient's number among those of the clinic
# start, mcg an hour, weekday (6 is Sunday): together what ran before, 430 mcg a day
STEPS = (
    ("00:00", "14", None),
    ("06:00", "40", None),
    ("08:00", "15", None),
    ("20:00", "21.5", None),
    ("00:00", "15", 6),
    ("09:00", "19.8", 6),
)


def patterns(cast: Cast, begin: datetime) -> Iterator[Act]:
    """The change from one rate to steps, some days before `begin`."""
    if cast.clinic.name == RIVERSIDE:
        at = begin - 4 * DAY + timedelta(hours=15)
        yield Act(at, 3, partial(_step, cast, at))


def _step(cast: Cast, at: datetime) -> None:
    pump = cast.pumps[f"{cast.clinic.id}{NUMBER:03d}"]
    facts = ProgrammeFacts(
        effective_at=at,
        mode=Mode.FLEX,
        steps=tuple(
            {"start": start, "rate_mcg_per_hour": rate, "weekday": weekday}
            for start, rate, weekday in STEPS
        ),
        clock_offset_minutes=offset_minutes(at, pump),
        note="more in the morning, against spasms on getting up",
    )
    now = at + timedelta(minutes=5)
    change_dose(cast.session, pump, facts, reason="ordered by Dr Ito", by=cast.nurse, now=now)
