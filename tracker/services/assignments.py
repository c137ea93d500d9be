"""Giving watches to somebody, one or many at once, with the reason on record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.models import Assignment, Staff, Watch
from tracker.services.owners import own


@dataclass(frozen=True, slots=True)
class NotGiven:
    """A watch that stayed whose it was, and why."""

    watch: Watch
    why: str


def assign(
    session: Session, watch: Watch, to: Staff, *, reason: str, by: Staff, now: datetime
) -> Assignment:
    """Give one open watch to `to`; it leaves somebody's list, so the reason is kept."""
    if is_blank(reason):
        raise TrackerError("Say why it changes hands.", field="reason")
    # somebody else may give it at this moment
    session.refresh(watch, ["owner_id", "closed_at"], with_for_update=True)
    if watch.owner_id == to.id:
        raise TrackerError(f"It is {to.name}'s already.", field="owner_id")
    before = watch.owner_id
    own(session, watch, to, by=by, now=now)
    given = Assignment(
        watch_id=watch.id,
        from_id=before,
        to=to,
        reason=reason.strip(),
        given_at=now,
        by_id=by.id,
    )
    session.add(given)
    session.flush()
    return given


def assign_all(
    session: Session,
    watches: Iterable[Watch],
    to: Staff,
    *,
    reason: str,
    by: Staff,
    now: datetime,
) -> tuple[list[Assignment], list[NotGiven]]:
    """Give each of these that can be given; the others are named with their reason."""
    given, left = list[Assignment](), list[NotGiven]()
    if is_blank(reason):
        raise TrackerError("Say why they change hands.", field="reason")
    for watch in sorted(watches, key=lambda one: one.id):  # so nobody waits in a ring
        try:
            given.append(assign(session, watch, to, reason=reason, by=by, now=now))
        except TrackerError as refused:
            left.append(NotGiven(watch, refused.message))
    return given, left


def assignments_of(session: Session, watch: Watch) -> list[Assignment]:
    """Who was given the watch, the newest first."""
    asked = (
        sa.select(Assignment)
        .where(Assignment.watch_id == watch.id)
        .options(joinedload(Assignment.to), joinedload(Assignment.by))
        .order_by(Assignment.id.desc())
    )
    return list(session.scalars(asked))
