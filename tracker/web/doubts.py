"""Whether a pump may give no drug, for every page that speaks of the pump."""

from flask import g

from tracker.models import Pump
from tracker.services.doubts import Doubt, doubt_of


def doubt_about(pump: Pump) -> Doubt | None:
    """The open alarm by which it may give no drug, for a template that shows the pump."""
    return doubt_of(g.session, pump)
