"""The ladder of a watch: its steps, how they are kept as JSON, and what is refused.

Instants of steps are counted from the danger, not from the age of the alarm, so that a moved
date finds the right step by comparison (docs/architecture.md, "Steps are anchored").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from tracker.domain.errors import SilentPolicy
from tracker.domain.message import Channel

MINUTE = timedelta(minutes=1)


class Level(StrEnum):
    """How loud a step is."""

    INFO = "info"
    WARN = "warn"
    URGENT = "urgent"


LOUDNESS = {level: place for place, level in enumerate(Level)}


class Anchor(StrEnum):
    """What a step's instant is counted from."""

    DANGER = "danger"  # refill-by; the day by which a new pump must be booked
    DRY = "dry"  # earliest credible empty; end of a battery; a visit's day was closed
    OPENED = "opened"  # the opening of the watch


class Target(StrEnum):
    """Whom a step tells. Which person that is, is found out late, when it is told."""

    OWNER = "owner"
    DEPUTY = "deputy"  # of the owner
    ON_DUTY = "on_duty"
    NURSE = "nurse"
    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    ADMINISTRATOR = "administrator"
    PATIENT = "patient"
    CARER = "carer"
    LAST_RESORT = "last_resort"
    DAY_READERS = "day_readers"  # who wants the report of the day
    WEEK_READERS = "week_readers"


OUTSIDE = frozenset({Target.PATIENT, Target.CARER})  # not staff: other words, other limits
# messages that a visit answers once it is booked, or confirmed
BOOKING = frozenset(
    {
        *("refill_book", "refill_please_book", "visit_reminder", "visit_unconfirmed"),
        "battery_replace",  # by a date of surgery that is set
    }
)
SURGERY = frozenset({"battery_replace"})
# One step may name staff and patient; each is told in words meant for them.
FOR_PATIENTS = {
    "refill_book": "refill_please_book",
    "refill_late": "refill_please_book",
    "refill_please_book": "refill_please_book",
    "visit_reminder": "visit_reminder",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: due at the earliest of its offsets, and again after each `repeat`."""

    ordinal: int  # from 1; the order of urgency
    name: str
    offsets: tuple[tuple[Anchor, timedelta], ...]
    targets: tuple[Target, ...]
    level: Level
    template: str
    repeat: timedelta | None = None
    keeps_quiet_hours: bool = True
    channels: tuple[Channel, ...] = (Channel.EMAIL,)  # staff: by each; outside: the first open
    people: tuple[int, ...] = ()  # named members of staff, by number

    @property
    def is_outside(self) -> bool:
        """Whether it speaks to the patient and those close alone."""
        return not self.people and OUTSIDE.issuperset(self.targets)

    @property
    def asks_to_book(self) -> bool:
        """Whether a visit that is booked answers it."""
        return self.template in BOOKING

    def as_json(self) -> dict[str, Any]:
        """The step as it is kept in a policy; times in whole minutes."""
        return {
            "ordinal": self.ordinal,
            "name": self.name,
            "offsets": [
                {"anchor": anchor.value, "minutes": self._minutes(offset)}
                for anchor, offset in self.offsets
            ],
            "targets": [target.value for target in self.targets],
            "level": self.level.value,
            "template": self.template,
            "repeat_minutes": None if self.repeat is None else self._minutes(self.repeat),
            "keeps_quiet_hours": self.keeps_quiet_hours,
            "channels": [channel.value for channel in self.channels],
            "people": list(self.people),
        }

    def _minutes(self, span: timedelta) -> int:
        minutes, rest = divmod(span, MINUTE)
        if rest:
            raise SilentPolicy(f"Step {self.ordinal}: times are kept in whole minutes.")
        return minutes


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps of a policy, least urgent first."""

    steps: tuple[Step, ...]

    def as_json(self) -> list[dict[str, Any]]:
        """The steps as `policy.steps` keeps them."""
        return [step.as_json() for step in self.steps]

    @property
    def is_for_surgery(self) -> bool:
        """Whether what it asks for is an operation, which has time until the very end."""
        return any(step.template in SURGERY for step in self.steps)

    def level_at(self, cursor: int) -> Level:
        """How loud the watch is that stands on step `cursor`; 0 is before the first."""
        return self.steps[cursor - 1].level if cursor else Level.INFO


def ladder_from(steps: Sequence[Mapping[str, Any]]) -> Ladder:
    """The ladder that `as_json` wrote; what can't be read is refused by its place."""
    return Ladder(tuple(_step_from(place, step) for place, step in enumerate(steps, 1)))


def _step_from(place: int, kept: Mapping[str, Any]) -> Step:
    try:
        # what not every version wrote may be missing; what it always wrote may not
        repeat = kept.get("repeat_minutes")
        return Step(
            ordinal=kept["ordinal"],
            name=kept["name"],
            offsets=tuple(
                (Anchor(one["anchor"]), one["minutes"] * MINUTE) for one in kept["offsets"]
            ),
            targets=tuple(Target(one) for one in kept["targets"]),
            level=Level(kept["level"]),
            template=kept["template"],
            repeat=None if repeat is None else repeat * MINUTE,
            keeps_quiet_hours=kept.get("keeps_quiet_hours", True),
            channels=tuple(Channel(one) for one in kept.get("channels", ("email",))),
            people=tuple(int(one) for one in kept.get("people", ())),
        )
    except KeyError as fault:
        raise SilentPolicy(
            f"Step {place} of the policy can't be read: it has no {fault}."
        ) from fault
    except (TypeError, ValueError) as fault:
        raise SilentPolicy(f"Step {place} of the policy can't be read: {fault}.") from fault
