"""The ladder of a report: it is sent once, and the next one takes its place."""

from tracker.domain.ladder import Ladder, Level, Target
from tracker.domain.rungs import AT_ONCE, from_opening, numbered, rung


def report_ladder(span: str, readers: Target) -> Ladder:
    """One step at the hour that the clinic has chosen, so it keeps no quiet hours."""
    return numbered(
        rung(
            f"send the report of the {span}",
            from_opening(AT_ONCE),
            to=(readers,),
            level=Level.INFO,
            template=f"{span}_report",
            keeps_quiet_hours=False,
        ),
    )
