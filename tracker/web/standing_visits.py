"""Visits that stand on days on which they can't be: named at once, each with its way out."""

from collections.abc import Sequence

from flask import flash, url_for
from markupsafe import Markup

from tracker.models import Appointment
from tracker.web.filters import plain_moment

MOST = 10  # ours: what is read at the top of a page; the calendar marks them all


def name_visits(visits: Sequence[Appointment], why: str) -> None:
    """Say which visits have to be moved, without a name: the browser keeps these words."""
    if not visits:
        return
    is_one, left = len(visits) == 1, len(visits) - MOST
    count = "1 booked visit stands" if is_one else f"{len(visits)} booked visits stand"
    named = Markup("; ").join(_named(one) for one in visits[:MOST])
    if left > 0:
        rest = Markup('; and {} more in the <a href="{}">calendar</a>')
        named += rest.format(left, url_for("weeks.show"))
    said = Markup("{} on {}. Move {}: {}.")
    flash(said.format(count, why, "it" if is_one else "each", named))


def _named(visit: Appointment) -> Markup:
    address = url_for("weeks.show", visit=visit.id) + "#in-hand"
    at = plain_moment(visit.scheduled_at)
    return Markup('<a href="{}">{}, pump {}</a>').format(address, at, visit.pump_id)
