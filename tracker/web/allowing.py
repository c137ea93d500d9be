"""Who may book a visit after refill-by, told to whoever may not, and how it comes to them."""

from dataclasses import dataclass
from datetime import datetime

from flask import g

from tracker.models import Role
from tracker.services.owners import in_role
from tracker.web.forms import Form


@dataclass(frozen=True, slots=True)
class Allowing:
    """The clinicians by name, and the watch that can be given to one of them."""

    clinicians: tuple[str, ...]
    watch_id: int | None


def allowing(
    watch_id: int | None, refill_by_at: datetime | None, form: Form
) -> Allowing | None:
    """For one who is no clinician, once refill-by is over or a time after it was refused."""
    if g.role is Role.CLINICIAN or refill_by_at is None:
        return None
    is_refused = any(name.startswith("scheduled_at") for name in form.errors)
    if refill_by_at > g.now and not (is_refused and _may_be_after(refill_by_at, form)):
        return None
    found = in_role(g.session, g.clinic.id, Role.CLINICIAN)
    return Allowing(tuple(one.name for one in found), watch_id)


def _may_be_after(refill_by_at: datetime, form: Form) -> bool:
    """Unless the day that was typed comes before: that one was refused for another reason."""
    last = refill_by_at.astimezone(g.clinic.zone).date()
    return form["scheduled_at_on"] == "" or form["scheduled_at_on"] >= last.isoformat()
