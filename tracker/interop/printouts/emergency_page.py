"""The emergency list as one page of HTML that needs nothing else, not even a network."""

from datetime import date, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tracker.domain.emergency import HEADING, EmergencyList
from tracker.domain.wording import write_day

FOLDER = Path(__file__).parents[3] / "templates" / "printouts"


def emergency_page(made: EmergencyList) -> str:
    """The whole page as text."""
    template = _templates().get_template("emergency_list.html")
    return template.render(
        made=made,
        heading=HEADING,
        day=_day,
        moment=lambda at: said_moment(made, at),
        trail=said_trail(made),
    )


def said_trail(made: EmergencyList) -> str:
    """The newest entry of the trail, to hold against `flask verify-audit --head` later."""
    if made.trail.at is None:
        return "Nothing has been written into the trail yet."
    when = said_moment(made, made.trail.at)
    return f"Trail of who did and saw what: {made.trail.short}, written {when}."


def _day(on: date | None) -> str:
    return "can't be computed" if on is None else write_day(on)


def said_moment(made: EmergencyList, at: datetime | None) -> str:
    """A moment in the clinic's zone, with the zone's name."""
    if at is None:
        return "never"
    local = at.astimezone(made.zone)
    return f"{write_day(local.date())}, {local:%H:%M} ({made.zone.key})"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
