"""What people are told when their account changes: written with the change, sent later.

At least once: one whose sending nobody saw the end of is sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.account_change import AccountChange
from tracker.domain.retries import GIVEN_UP_AFTER, PAUSES, pause_after
from tracker.models import AccountNotice, AddressState, Clinic, Membership, Staff

LEASE = timedelta(minutes=15)  # as of any message: longer than the longest hand-over
AT_ONCE = 100  # ours: a run sends no more, so that what patients wait for has its turn
SHOWN = 10  # ours: what the account page shows


@dataclass(frozen=True, slots=True)
class Told:
    """One notice that is ours to send for a while."""

    notice_id: int
    address: str
    name: str
    change: AccountChange
    by: str | None  # None: by command
    is_own: bool
    happened_at: datetime  # in the zone of where they work
    tries: int


def tell(
    session: Session,
    staff: Staff,
    change: AccountChange,
    *,
    address: str = "",
    by: Staff | None,
    now: datetime,
) -> None:
    """Have somebody told of a change, at `address` or the one that they have now.

    `by` is None where a command does it.
    """
    session.add(
        AccountNotice(
            staff_id=staff.id,
            change=change,
            by_id=by.id if by is not None else None,
            address=address or staff.email,
            happened_at=now,
            next_try_at=now,
        )
    )
    session.flush()


def tell_of_address(
    session: Session, staff: Staff, new: str, *, by: Staff | None, now: datetime
) -> None:
    """Have somebody told that their e-mail address changes: at the old one, while it works.

    One that no mail reaches is somebody else's by now, or nobody's: then at the new one.
    """
    is_reached = staff.email_state is not AddressState.INVALID
    address = staff.email if is_reached else new
    tell(session, staff, AccountChange.EMAIL, address=address, by=by, now=now)


def due_ids(session: Session, *, now: datetime) -> Sequence[int]:
    """What is to be sent now, the longest waiting first."""
    row = AccountNotice
    asked = sa.select(row.id).where(_is_due(now)).order_by(row.next_try_at, row.id)
    return session.scalars(asked.limit(AT_ONCE)).all()


def _is_due(now: datetime) -> sa.ColumnElement[bool]:
    """Its time has come, or was set by a clock that was ahead: none is put off so long."""
    at, longest = AccountNotice.next_try_at, max(LEASE, PAUSES[-1])
    return sa.or_(at <= now, at > now + longest)


def claim(session: Session, notice_id: int, *, now: datetime) -> Told | None:
    """Take one for sending; None if another sender has it, or it is done."""
    row = AccountNotice
    taken = session.execute(
        sa.update(row)
        .where(row.id == notice_id, _is_due(now))
        .values(next_try_at=now + LEASE, tries=row.tries + 1)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        return None
    found = session.get_one(row, notice_id, populate_existing=True)
    zone = session.scalar(
        sa.select(Clinic)
        .join(Membership, Membership.clinic_id == Clinic.id)
        .where(Membership.staff_id == found.staff_id)
        .order_by(Membership.id)
        .limit(1)
    )
    at = found.happened_at
    return Told(
        notice_id,
        found.address,
        found.staff.name,
        found.change,
        found.by.name if found.by is not None else None,
        found.by_id == found.staff_id,
        at.astimezone(zone.zone) if zone is not None else at,
        found.tries,
    )


def settle(session: Session, told: Told, *, is_sent: bool, now: datetime) -> bool:
    """Write down what came of it; whether it was given up."""
    row = session.get_one(AccountNotice, told.notice_id)
    is_over = not is_sent and now - row.happened_at >= GIVEN_UP_AFTER
    row.sent_at = now if is_sent else None
    row.next_try_at = None if is_sent or is_over else now + pause_after(told.tries)
    session.flush()
    return is_over


def newest(session: Session, staff: Staff) -> Sequence[AccountNotice]:
    """What changed last in somebody's account, newest first."""
    asked = sa.select(AccountNotice).where(AccountNotice.staff_id == staff.id)
    asked = asked.order_by(AccountNotice.id.desc()).limit(SHOWN)
    return session.scalars(asked.options(joinedload(AccountNotice.by))).all()
