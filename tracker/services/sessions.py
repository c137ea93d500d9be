"""Sessions of a browser: they begin with a proof, and end by themselves.

The browser holds a token that nobody guesses; the row holds its hash, so that a copy of the
database lets nobody in.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import How, SignIn, Staff
from tracker.services.sign_in import new_token

# Ours. A nurse who fills in a form beside a patient is away from the keyboard for longer than a
# quarter of an hour; the screen hides itself much earlier, and this is the end behind it.
IDLE_END = timedelta(minutes=30)
ABSOLUTE_END = timedelta(hours=12)  # ours: the longest shift
SEEN_EVERY = timedelta(minutes=1)  # ours: finer would write a row for each page
LONGEST_AGENT = 80


def begin(
    session: Session,
    staff: Staff,
    *,
    how: How,
    is_proven: bool = True,
    now: datetime,
    agent: str = "",
) -> tuple[SignIn, str]:
    """A new session and the token its browser keeps; whoever calls has seen the proof.

    `is_proven`: just now, so that it also counts before dangerous acts.
    """
    token = secrets.token_urlsafe(32)
    row = SignIn(
        staff_id=staff.id,
        token_hash=hash_token(token),
        session_token=staff.session_token,
        how=how,
        agent=agent[:LONGEST_AGENT],
        created_at=now,
        seen_at=now,
        stepped_up_at=now if is_proven else now - ABSOLUTE_END,
    )
    session.add(row)
    session.flush()
    return row, token


def hash_token(token: str) -> str:
    """What is kept of a token; it is random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_open() -> sa.ColumnElement[bool]:
    """The condition of a `SignIn`, joined with its `Staff`, that lets somebody in at `ends`."""
    return sa.and_(
        SignIn.ended_at.is_(None),
        SignIn.seen_at > sa.bindparam("idle_since"),
        SignIn.created_at > sa.bindparam("begun_by"),
        SignIn.session_token == Staff.session_token,
        Staff.left_at.is_(None),
    )


def ends(*, now: datetime) -> dict[str, datetime]:
    """The parameters of `is_open`: whatever is older has ended by itself."""
    return {"idle_since": now - IDLE_END, "begun_by": now - ABSOLUTE_END}


def open_sessions(session: Session, staff: Staff, *, now: datetime) -> Sequence[SignIn]:
    """Where somebody is signed in, the newest first."""
    query = (
        sa.select(SignIn)
        .join(Staff, Staff.id == SignIn.staff_id)
        .where(SignIn.staff_id == staff.id, is_open())
        .order_by(SignIn.created_at.desc(), SignIn.id.desc())
    )
    return session.scalars(query, ends(now=now)).all()


def whose(session: Session, token: str) -> int | None:
    """The staff number of a session that may have ended; None if there never was one."""
    query = sa.select(SignIn.staff_id).where(SignIn.token_hash == hash_token(token))
    return session.scalar(query)


def see(session: Session, number: int, *, now: datetime) -> None:
    """Note that the session is in use; a later note of another request stays."""
    session.execute(
        sa.update(SignIn).where(SignIn.id == number, SignIn.seen_at < now).values(seen_at=now)
    )


def step_up(session: Session, row: SignIn, *, now: datetime) -> str:
    """Note a fresh proof of who sits there; it brings a hidden screen back, too.

    Returns the token from now on: a copy that was made of the old one has no part in the proof.
    """
    token = secrets.token_urlsafe(32)
    row.token_hash = hash_token(token)
    row.stepped_up_at, row.hidden_at = now, None
    row.seen_at = max(row.seen_at, now)
    session.flush()
    return token


def hide(session: Session, row: SignIn, *, now: datetime) -> None:
    """Show nothing in this session until there is a fresh proof."""
    row.hidden_at = row.hidden_at or now
    session.flush()


def end(session: Session, staff: Staff, number: int, *, now: datetime) -> bool:
    """End one session of somebody's own; whether there was one to end."""
    ended = session.execute(
        sa.update(SignIn)
        .where(SignIn.id == number, SignIn.staff_id == staff.id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def end_token(session: Session, token: str, *, now: datetime) -> None:
    """End the session that a browser leaves behind when somebody signs in anew."""
    left = sa.update(SignIn).where(SignIn.token_hash == hash_token(token))
    session.execute(left.where(SignIn.ended_at.is_(None)).values(ended_at=now))


def end_all(
    session: Session, staff: Staff, *, now: datetime, keep: SignIn | None = None
) -> None:
    """Sign somebody out everywhere but in `keep`; desks that knew them forget them."""
    staff.session_token = new_token()
    if keep is not None:
        keep.session_token = staff.session_token
    others = sa.update(SignIn).where(SignIn.staff_id == staff.id, SignIn.ended_at.is_(None))
    session.execute(
        others.where(SignIn.id != (keep.id if keep is not None else 0)).values(ended_at=now)
    )
    session.flush()
