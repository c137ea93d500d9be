"""Settings that two people decide: what only makes things safer, and what needs the second.

A date that is later than the truth is the worst that can happen here, and a message that isn't
sent the second. So what can only bring dates forward, or let more be said, comes at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tracker.domain.errors import TrackerError

# Ours: long enough for a colleague's holiday, short enough that nobody agrees to what was meant
# for other circumstances.
LASTS = timedelta(days=14)
# DOMAIN 4.4: 7 days, never under 3. The upper ends are ours, against a slip of the finger.
LEAST_BUFFER_DAYS, MOST_BUFFER_DAYS = 3, 60
MOST_MARGIN_PERCENT = 50
LEAST_INTERVAL_DAYS, MOST_INTERVAL_DAYS = 7, 400
DAY_MINUTES = 24 * 60


class Outcome(StrEnum):
    """How a proposal ended."""

    AT_ONCE = "at_once"  # it could only make things safer, and waited for nobody
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by whoever made it
    OUTDATED = "outdated"  # the value had changed meanwhile
    LAPSED = "lapsed"  # nobody decided in time


class NotProposed(TrackerError):
    """A proposal that can't be made, or can't be decided by this person."""

    code = "not_proposed"


@dataclass(frozen=True, slots=True)
class DateRules:
    """What a clinic's dates are reckoned with, beside the records."""

    buffer_days: int
    flow_margin_percent: Decimal
    longest_interval_days: int | None
    open_weekdays: str  # 0 is Monday

    def __post_init__(self) -> None:
        for field, allowed in outside(
            self.buffer_days,
            self.flow_margin_percent,
            self.longest_interval_days,
            self.open_weekdays,
        ):
            _refuse(field, allowed)

    def as_json(self) -> dict[str, Any]:
        """The rules as a proposal keeps them."""
        return {
            "buffer_days": self.buffer_days,
            "flow_margin_percent": f"{self.flow_margin_percent.normalize():f}",
            "longest_interval_days": self.longest_interval_days,
            "open_weekdays": "".join(sorted(set(self.open_weekdays))),
        }

    def is_never_later_than(self, other: "DateRules") -> bool:
        """Whether no pump could have a later date by these rules than by the others."""
        mine, theirs = self.longest_interval_days, other.longest_interval_days
        return (
            self.buffer_days >= other.buffer_days
            and self.flow_margin_percent >= other.flow_margin_percent
            and (theirs is None or (mine is not None and mine <= theirs))
            and set(self.open_weekdays) <= set(other.open_weekdays)
        )


def outside(
    buffer: int | None, margin: Decimal | None, longest: int | None, weekdays: str
) -> Iterator[tuple[str, str]]:
    """Each rule that lies outside its limits, with what is allowed; None is not looked at."""
    if buffer is not None and not LEAST_BUFFER_DAYS <= buffer <= MOST_BUFFER_DAYS:
        yield "buffer_days", f"from {LEAST_BUFFER_DAYS} to {MOST_BUFFER_DAYS} days"
    if margin is not None and not 0 <= margin <= MOST_MARGIN_PERCENT:
        yield "flow_margin_percent", f"from 0 to {MOST_MARGIN_PERCENT} percent"
    if longest is not None and not LEAST_INTERVAL_DAYS <= longest <= MOST_INTERVAL_DAYS:
        span = f"from {LEAST_INTERVAL_DAYS} to {MOST_INTERVAL_DAYS} days, or nothing"
        yield "longest_interval_days", span
    if not weekdays or set(weekdays) - set("0123456"):
        yield "open_weekdays", "at least one weekday"


def rules_from(kept: Mapping[str, Any]) -> DateRules:
    """The rules that `as_json` wrote."""
    return DateRules(
        kept["buffer_days"],
        Decimal(kept["flow_margin_percent"]),
        kept["longest_interval_days"],
        kept["open_weekdays"],
    )


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours in which what can wait is held."""

    begin: time
    end: time

    @property
    def minutes(self) -> int:
        """How long they are, over midnight where they are."""
        return (_minute(self.end) - _minute(self.begin)) % DAY_MINUTES

    def lies_within(self, other: "QuietHours") -> bool:
        """Whether these hours hold nothing that the others wouldn't."""
        begins_after = (_minute(self.begin) - _minute(other.begin)) % DAY_MINUTES
        return self.minutes == 0 or begins_after + self.minutes <= other.minutes

    def as_json(self) -> dict[str, Any]:
        """The hours as a proposal keeps them."""
        return {"begin": f"{self.begin:%H:%M}", "end": f"{self.end:%H:%M}"}


def quiet_from(kept: Mapping[str, Any]) -> QuietHours:
    """The hours that `as_json` wrote."""
    return QuietHours(time.fromisoformat(kept["begin"]), time.fromisoformat(kept["end"]))


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _refuse(field: str, span: str) -> None:
    raise NotProposed(f"Give {span}.", field=field)
