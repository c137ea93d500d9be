"""The ladders of a drug's order and of the payer's yes.

No source prints a pace for them: the days are ours. D is the day by which something is to be
done (ordered, there; asked, answered), which lies open days before the refill (domain/orders),
so that a step after it still leaves time.
"""

from typing import Any

from tracker.domain.ladder import Ladder, Level, Target
from tracker.domain.rungs import AT_ONCE, DAY, from_danger, numbered, rung


def order_ladder() -> Ladder:
    """Said a few days before, louder once the day has come."""
    return _dated("drug_order", "order the drug, or see that it comes")


def authorisation_ladder() -> Ladder:
    """The same for the payer's answer."""
    return _dated("authorisation_due", "get the payer's authorisation")


def _dated(template: str, task: str) -> Ladder:
    words: dict[str, Any] = {"template": template}
    return numbered(
        rung(
            task,
            from_danger(-3 * DAY),
            to=(Target.OWNER, Target.COORDINATOR),
            level=Level.WARN,
            **words,
        ),
        rung(
            f"{task}: its day has come",
            from_danger(AT_ONCE),
            to=(Target.OWNER, Target.COORDINATOR),
            level=Level.WARN,
            repeat=2 * DAY,
            **words,
        ),
        rung(
            f"{task}: it is late",
            from_danger(3 * DAY),
            to=(Target.OWNER, Target.COORDINATOR, Target.NURSE, Target.LAST_RESORT),
            level=Level.URGENT,
            repeat=2 * DAY,
            **words,
        ),
    )
