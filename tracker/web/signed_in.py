"""Who asks: found by the token in the cookie, in one query."""

from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import Response, current_app, g, request
from flask import session as cookie
from flask_login import UserMixin, login_user
from sqlalchemy.exc import OperationalError

from tracker.models import (
    Clinic,
    Heartbeat,
    How,
    Membership,
    Proposal,
    Restoration,
    Role,
    SignIn,
    Staff,
)
from tracker.services import proposals, sessions
from tracker.services.countersigns import ASKED_FOR, count_waiting
from tracker.services.endings import count_to_confirm

# Asked for by a page that nobody may be sitting at: no sign of use.
UNATTENDED = frozenset({"board.rows", "wall.show"})


class SignedIn(UserMixin):  # type: ignore[misc]
    """The staff member who asks, with all they may enter, and what the last tick did."""

    def __init__(
        self,
        token: str,
        sign_in: SignIn,
        staff: Staff,
        memberships: list[Membership],
        heartbeat: Heartbeat | None,
        waiting: dict[int, int],
        to_sign: dict[int, int],
        restored: dict[int, Restoration | None],
    ) -> None:
        self.token = token
        self.sign_in = sign_in
        self.staff = staff
        self.memberships = memberships
        self.heartbeat = heartbeat
        self.waiting = waiting  # by clinic: how much waits for a second person
        self.to_sign = to_sign  # by clinic: how much waits for this one's word
        self.restored = restored  # by clinic: out of which backup, unless people have compared
        # known also when a refusal has taken the row back, or the page has let go of it
        self.number, self.seen_at = sign_in.id, sign_in.seen_at

    def get_id(self) -> str:
        return self.token

    def membership_in(self, clinic_id: object) -> Membership:
        """The membership in that clinic, else the first one."""
        return next(
            (m for m in self.memberships if m.clinic_id == clinic_id), self.memberships[0]
        )


class Arriving(UserMixin):  # type: ignore[misc]
    """Somebody whose proof was right just now, before the first page is loaded."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_id(self) -> str:
        return self.token


def load_signed_in(token: str) -> SignedIn | None:
    """Session, staff, clinics and what every page says, in one query; None if it ended."""
    now = g.now
    moments = sessions.ends(now=now) | {"now": now, "asked_since": now - ASKED_FOR}
    asked = {"token_hash": sessions.hash_token(token), **moments}
    rows = g.session.execute(_question(), asked).all()
    if not rows:
        return None
    first = rows[0]
    return SignedIn(
        token,
        first.SignIn,
        first.Staff,
        [row.Membership for row in rows],
        first.Heartbeat,
        {row.Membership.clinic_id: row.waiting for row in rows},
        {row.Membership.clinic_id: row.to_sign for row in rows},
        {row.Membership.clinic_id: row.Restoration for row in rows},
    )


@cache  # each page asks it
def _question() -> sa.Select[Any]:
    newest = sa.select(sa.func.max(Heartbeat.id)).scalar_subquery()
    is_waiting = proposals.is_waiting(now=sa.bindparam("now"))
    waiting = (
        sa.select(sa.func.count())
        .select_from(Proposal)
        .where(Proposal.clinic_id == Membership.clinic_id, is_waiting)
        .scalar_subquery()
    )
    since: sa.BindParameter[datetime] = sa.bindparam("asked_since")
    one = (Membership.clinic_id, Membership.staff_id)
    to_sign = count_waiting(*one, since=since) + count_to_confirm(*one)
    first_restored = (
        sa.select(sa.func.min(Restoration.id))
        .where(Restoration.clinic_id == Clinic.id, Restoration.confirmed_at.is_(None))
        .correlate(Clinic)
        .scalar_subquery()
    )
    beside = (waiting.label("waiting"), to_sign.label("to_sign"))
    return (
        sa.select(SignIn, Staff, Membership, Clinic, Heartbeat, Restoration, *beside)
        .join(Staff, Staff.id == SignIn.staff_id)
        .join(Membership, Membership.staff_id == Staff.id)
        .join(Clinic, Clinic.id == Membership.clinic_id)
        .outerjoin(Heartbeat, Heartbeat.id == newest)
        .outerjoin(Restoration, Restoration.id == first_restored)
        .where(SignIn.token_hash == sa.bindparam("token_hash"), sessions.is_open())
        .order_by(Clinic.name)
        .options(sa.orm.contains_eager(Membership.clinic))
    )


def let_in(staff: Staff, *, how: How, is_proven: bool = True) -> None:
    """Begin a session with a cookie of its own, and commit; the old cookie is forgotten.

    Only the clinic that was chosen at this desk stays: who may not enter it is shown theirs.
    """
    clinic_id = cookie.get("clinic_id")
    if before := cookie.get("_user_id"):
        sessions.end_token(g.session, before, now=g.now)
    _, token = sessions.begin(
        g.session,
        staff,
        how=how,
        is_proven=is_proven,
        now=g.now,
        agent=request.user_agent.string,
    )
    g.session.commit()
    g.arrived = staff  # whom the trail names for this request
    cookie.clear()
    login_user(Arriving(token))
    cookie.permanent = True
    if clinic_id is not None:
        cookie["clinic_id"] = clinic_id


def prove_again() -> None:
    """Note a fresh proof and commit; the session goes on by another token.

    Only the token changes: the forms that are open in other tabs stay good.
    """
    token = sessions.step_up(g.session, g.signed_in.sign_in, now=g.now)
    g.session.commit()
    cookie["_user_id"] = token


def must_set_up() -> bool:
    """Whether whoever asks came in by a password alone and must have more than that."""
    if g.signed_in.sign_in.how is not How.PASSWORD:
        return False
    wanted = current_app.config["SECOND_FACTOR"]
    leads = any(one.role is Role.ADMINISTRATOR for one in g.signed_in.memberships)
    return wanted == "everybody" or (wanted == "administrators" and leads)


def note_use(response: Response) -> Response:
    """Write down that the session is in use, after the page has let go of the database.

    A database that can't be written to still shows its pages: the session only ends earlier.
    """
    signed_in = g.get("signed_in")
    if signed_in is None or request.endpoint in UNATTENDED:
        return response
    if g.now - signed_in.seen_at < sessions.SEEN_EVERY:
        return response
    g.session.close()
    try:
        with current_app.extensions["tracker"].sessions.begin() as session:
            sessions.see(session, signed_in.number, now=g.now)
    except OperationalError:
        current_app.logger.warning("The use of a session could not be written down.")
    return response
