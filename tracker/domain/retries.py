"""When to try again what nobody took, and when to give up: events and account notices.

A message about a pump has its own way (`services/deliveries`).
"""

from datetime import timedelta

# Ours: soon again after a passing fault, and hourly for good: an hour of silence from us is
# shorter than anybody's weekend.
PAUSES = tuple(timedelta(minutes=one) for one in (1, 2, 5, 15, 60))
# Ours: a long weekend. What is older says little of how things are; the board says it, and of
# an account its page.
GIVEN_UP_AFTER = timedelta(days=4)


def pause_after(failures: int) -> timedelta:
    """How long to leave alone what failed so often in a row."""
    return PAUSES[min(max(failures, 1), len(PAUSES)) - 1]
