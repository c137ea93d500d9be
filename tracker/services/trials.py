"""Tries to prove who one is: counted before they are looked at, so that many at once count too.

Who is counted under which key is what keeps a stranger from locking a colleague out: a browser
that she has signed in with has a count of its own, and all others one for each place they
come from.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.domain.throttle import (
    GUESSES,
    ORIGIN,
    Budget,
    Mistakes,
    one_more,
    origin_of,
    still_to_wait,
)
from tracker.models import Trial
from tracker.services.rows import insert_new

KEPT = max(GUESSES.forgotten_after, ORIGIN.forgotten_after)


class TooSoon(TrackerError):
    """Too many mistakes: the next try is not looked at yet."""

    code = "too_soon"

    def __init__(self, wait: timedelta) -> None:
        self.seconds = max(1, round(wait.total_seconds()))
        super().__init__(
            f"There were too many mistakes. Try again in {_spoken(self.seconds)}.", field="form"
        )


@dataclass(frozen=True, slots=True)
class Count:
    """A key under which mistakes are counted, and what may be made of them."""

    key: str
    budget: Budget


def counts_of_a_name(email: str, address: str, device: str | None) -> list[Count]:
    """Under what a try with this e-mail counts; `device` is one that it signed in with before.

    The same for names that exist and names that don't.
    """
    name = email.strip().lower()
    if device is not None:
        return [_count(GUESSES, "device", name, device)]
    origin = origin_of(address)
    return [_count(GUESSES, "name", name, origin), _count(ORIGIN, "origin", origin)]


def counts_of_a_second_factor(staff_id: int, device: str | None) -> list[Count]:
    """Under what a code counts; who gets so far has the password already."""
    return [_count(GUESSES, "second", str(staff_id), device or "elsewhere")]


def counts_of_a_session(sign_in_id: int) -> list[Count]:
    """Under what a proof counts that is asked of somebody who is signed in."""
    return [_count(GUESSES, "session", str(sign_in_id))]


def start(session: Session, counts: Sequence[Count], *, now: datetime) -> None:
    """Count a try as a mistake until it is known better. Raises TooSoon, and counts nothing.

    Whoever calls commits before the proof is looked at.
    """
    rows = _locked_rows(session, [one.key for one in counts], now=now)
    seen = {one.key: Mistakes(rows[one.key].count, rows[one.key].last_at) for one in counts}
    wait = max(still_to_wait(seen[one.key], one.budget, now=now) for one in counts)
    if wait > timedelta(0):
        raise TooSoon(wait)
    for one in counts:
        more = one_more(seen[one.key], one.budget, now=now)
        rows[one.key].count, rows[one.key].last_at = more.count, more.last_at
    session.flush()


def passed(session: Session, counts: Sequence[Count], *, now: datetime) -> None:
    """The try was no mistake. What counts against a place is only lowered by one.

    Else somebody with an account of their own would wash their guesses clean with it.
    """
    for one in sorted(counts, key=lambda one: one.key):  # in the order in which `start` locks
        left = sa.literal(0) if one.budget is GUESSES else Trial.count - 1
        session.execute(
            sa.update(Trial).where(Trial.key == one.key, Trial.count > 0).values(count=left)
        )
    session.execute(sa.delete(Trial).where(Trial.last_at < now - KEPT))


def _count(budget: Budget, *parts: str) -> Count:
    return Count(hashlib.sha256("\0".join(parts).encode()).hexdigest(), budget)


def _locked_rows(session: Session, keys: Sequence[str], *, now: datetime) -> dict[str, Trial]:
    """A row for each key; one that is cleared away just now is made anew."""
    query = sa.select(Trial).where(Trial.key.in_(keys)).order_by(Trial.key).with_for_update()
    rows: dict[str, Trial] = {}
    while len(rows) < len(keys):
        _make_rows(session, keys, now=now)
        found = session.scalars(query.execution_options(populate_existing=True))
        rows = {one.key: one for one in found}
    return rows


def _make_rows(session: Session, keys: Sequence[str], *, now: datetime) -> None:
    """A row for each key, also where two ask for it at once."""
    values = [{"key": key, "count": 0, "last_at": now} for key in sorted(keys)]
    session.execute(insert_new(session, Trial, "key"), values)


def _spoken(seconds: int) -> str:
    if seconds <= 90:
        return f"{seconds} seconds" if seconds != 1 else "a second"
    return f"{-(-seconds // 60)} minutes"
