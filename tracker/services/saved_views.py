"""Views of the worklist that people name and keep; one may be shared with the clinic."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.errors import TrackerError
from tracker.models import Clinic, SavedView, Staff

MOST = 20  # ours: of one person in one clinic; more than that nobody finds again


class CannotKeepView(TrackerError):
    code = "cannot_keep_view"


def views_for(session: Session, clinic: Clinic, staff: Staff) -> list[SavedView]:
    """One's own views of the clinic and those that are shared there, by name."""
    asked = (
        sa.select(SavedView)
        .where(
            SavedView.clinic_id == clinic.id,
            sa.or_(SavedView.staff_id == staff.id, SavedView.is_shared),
        )
        .options(joinedload(SavedView.staff))
        .order_by(SavedView.name, SavedView.id)
    )
    return list(session.scalars(asked))


def keep_view(
    session: Session,
    clinic: Clinic,
    *,
    name: str,
    query: str,
    is_shared: bool,
    by: Staff,
    now: datetime,
) -> SavedView:
    """Keep these filters under a name. Raises CannotKeepView for one that is taken."""
    own = [one for one in views_for(session, clinic, by) if one.staff_id == by.id]
    if any(one.name == name for one in own):
        raise CannotKeepView("You have a view of this name already.", field="name")
    if len(own) >= MOST:
        raise CannotKeepView(f"You have {MOST} views: remove one first.", field="name")
    if not query:
        raise CannotKeepView("Choose a filter first: without one it is the whole board.")
    view = SavedView(
        clinic_id=clinic.id,
        staff=by,
        name=name,
        query=query,
        is_shared=is_shared,
        made_at=now,
    )
    session.add(view)
    session.flush()
    return view


def remove_view(session: Session, view: SavedView) -> None:
    """The name is gone; no row of the board goes with it."""
    session.delete(view)
    session.flush()
