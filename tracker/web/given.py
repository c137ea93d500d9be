"""What is said to whoever gives work to a colleague."""

from flask import g

from tracker.models import Staff
from tracker.services.stand_ins import away_at
from tracker.web.filters import plain_moment


def unless_here(to: Staff) -> str:
    """That the new owner is away, until when and who stands in; empty if they are here."""
    away = away_at(g.session, g.clinic.id, to, now=g.now)
    if away is None:
        return ""
    who = f"{away.deputy.name} stands in" if away.deputy else "nobody stands in for them"
    return f"{to.name} is away until {plain_moment(away.until)}: {who} meanwhile."
