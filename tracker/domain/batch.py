"""How many messages are claimed at once: as many as are handed over in a blink.

A commit costs more than a hand-over to a server nearby, so messages share one. What is claimed
when a sender is killed is unclear for each of them, so a provider who takes his time is handed
one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

MOST = 8  # ours: with more, what they still share is less than what each costs by itself
# Ours: no more is claimed than is likely handed over within it, or left unclear by a kill.
BLINK = timedelta(milliseconds=50)
# Ours: a message was looked at afresh no longer than this before its hand-over began.
FRESH = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Due:
    """A message that is to be sent now; `contact_id` is the patient's, none of staff's."""

    message_id: int
    contact_id: int | None


def next_size(count: int, took: timedelta, blink: timedelta = BLINK) -> int:
    """How many to claim next, after `count` hand-overs that `took` so long together."""
    if took <= timedelta(0):
        return MOST
    return max(1, min(MOST, int(count * blink / took)))


def first_of(waiting: Sequence[Due], size: int) -> list[int]:
    """The next messages to claim together, in order, at most `size` and at least one.

    Patients' alone, each another person's: what somebody was just told bears on what else is
    said to them. A message to staff takes along what waits for its reader.
    """
    batch: dict[int | None, int] = {}
    for one in waiting[:size]:
        is_to_staff = one.contact_id is None
        if one.contact_id in batch or (batch and is_to_staff):
            break
        batch[one.contact_id] = one.message_id
        if is_to_staff:
            break
    return list(batch.values())
