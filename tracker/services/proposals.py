"""Settings that two people decide: one proposes with a reason, another agrees.

See docs/decisions/0019-two-people-and-the-other-clinic.md.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.proposal import LASTS, NotProposed, Outcome
from tracker.models import Clinic, Proposal, Pump, Role, Staff
from tracker.services.cover import members
from tracker.services.proposed import Values, kind_of, read
from tracker.services.versions import hold_clinic

# Ours: a pump is written anew in 12 ms on a busy machine of two cores (measured), so these take
# under four seconds, and SQLite lets others wait for five. In a larger clinic whoever keeps the
# server brings it into force, at a quiet hour. What makes things safer never waits for that.
MOST_AT_ONCE = 300


def change(
    session: Session,
    clinic: Clinic,
    subject: str,
    after: Values,
    *,
    reason: str,
    by: Staff,
    now: datetime,
) -> Proposal:
    """Bring into force at once what can only make things safer; else propose it.

    Raises NotProposed without a reason, where nothing changes, and where a proposal is open.
    """
    kind, part = kind_of(subject)
    _lock(session, clinic)
    before = kind.read(session, clinic, part)
    if is_blank(reason):
        raise NotProposed("Say why.", field="reason")
    if before == after or (before.get("steps") and before["steps"] == after.get("steps")):
        raise NotProposed("It is so already: nothing would change.")
    kind.check(session, clinic, part, after)
    row = Proposal(
        clinic_id=clinic.id,
        subject=subject,
        before=before,
        after=after,
        reason=reason,
        proposed_by=by,
        proposed_at=now,
        ends_at=now + LASTS,
    )
    if kind.is_safer(session, clinic, before, after):
        kind.put(session, clinic, part, after, row, now)
        _end(row, Outcome.AT_ONCE, by, "", now)
    else:
        _check_none_is_open(session, clinic, subject, now=now)
    session.add(row)
    session.flush()
    return row


def agree(
    session: Session,
    proposal: Proposal,
    *,
    by: Staff | None,
    note: str = "",
    now: datetime,
) -> Outcome:
    """Bring a proposal into force, or find that its time is over or its value has changed.

    `by` None: by command, with a note that says why. Raises NotProposed for whoever may not.
    """
    clinic = proposal.clinic
    _lock(session, clinic)
    _check_open(session, proposal)
    if by is None and is_blank(note):
        raise NotProposed("Say why it is decided by command.")
    if by is not None:
        _check_second(session, proposal, by)
    kind, part = kind_of(proposal.subject)
    if proposal.ends_at <= now:
        _end(proposal, Outcome.LAPSED, None, "", proposal.ends_at)
    elif kind.read(session, clinic, part) != proposal.before:
        _end(proposal, Outcome.OUTDATED, by, "", now)
    else:
        if by is not None and kind.moves_dates and is_large(session, clinic):
            raise NotProposed(
                f"This clinic has more than {MOST_AT_ONCE} pumps, whose dates are all written"
                " anew. Ask whoever keeps the server to bring it into force at a quiet hour:"
                f" flask proposal-agree {proposal.id}."
            )
        kind.check(session, clinic, part, proposal.after)
        kind.put(session, clinic, part, proposal.after, proposal, now)
        _end(proposal, Outcome.AGREED, by, note, now)
    session.flush()
    assert proposal.outcome is not None
    return proposal.outcome


def refuse(
    session: Session, proposal: Proposal, *, note: str, by: Staff, now: datetime
) -> None:
    """Leave things as they are: the proposer takes it back, a second person refuses it."""
    _lock(session, proposal.clinic)
    _check_open(session, proposal)
    if by.id == proposal.proposed_by_id:
        _end(proposal, Outcome.WITHDRAWN, by, note, now)
    else:
        _check_second(session, proposal, by)
        if is_blank(note):
            raise NotProposed("Say why not.", field="note")
        _end(proposal, Outcome.REFUSED, by, note, now)
    session.flush()


def deciders(session: Session, proposal: Proposal) -> list[Staff]:
    """Who may agree: another one who could have proposed it.

    Where there is nobody, a coordinator or the last resort; where there isn't either, nobody,
    and whoever keeps the server decides by command.
    """
    kind, _ = kind_of(proposal.subject)
    others = [
        one
        for one in members(session, proposal.clinic_id)
        if one.staff_id != proposal.proposed_by_id
    ]
    last_resort_id = proposal.clinic.last_resort_id
    peers = [one.staff for one in others if one.role in kind.roles]
    return peers or [
        one.staff
        for one in others
        if one.role is Role.COORDINATOR or one.staff_id == last_resort_id
    ]


def is_waiting(*, now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """True in SQL for a proposal that a second person has still to decide on."""
    return sa.and_(Proposal.outcome.is_(None), Proposal.ends_at > now)


def open_proposals(session: Session, clinic_id: int, *, now: datetime) -> list[Proposal]:
    """What waits for a second person, the oldest first."""
    asked = _asked(clinic_id).where(is_waiting(now=now))
    return list(session.scalars(asked.order_by(Proposal.id)))


def past_proposals(
    session: Session, clinic_id: int, *, limit: int, now: datetime
) -> list[Proposal]:
    """What has been decided or has lapsed, the newest first."""
    asked = (
        _asked(clinic_id).where(~is_waiting(now=now)).order_by(Proposal.id.desc()).limit(limit)
    )
    return list(session.scalars(asked))


def is_large(session: Session, clinic: Clinic) -> bool:
    """Whether the clinic has too many pumps to be written anew while somebody waits."""
    asked = (
        sa.select(sa.func.count())
        .select_from(Pump)
        .where(Pump.clinic_id == clinic.id, Pump.ended_at.is_(None))
    )
    return (session.scalar(asked) or 0) > MOST_AT_ONCE


def is_outdated(session: Session, proposal: Proposal) -> bool:
    """Whether the value has changed since it was proposed."""
    return read(session, proposal.clinic, proposal.subject) != proposal.before


def _asked(clinic_id: int) -> sa.Select[Proposal]:
    people = (joinedload(Proposal.proposed_by), joinedload(Proposal.decided_by))
    return sa.select(Proposal).where(Proposal.clinic_id == clinic_id).options(*people)


def _lock(session: Session, clinic: Clinic) -> None:
    """Two who decide at once come one after the other, and the second sees what was done."""
    hold_clinic(session, clinic)


def _check_open(session: Session, proposal: Proposal) -> None:
    session.refresh(proposal)
    if proposal.outcome is not None:
        raise NotProposed("This has been decided already.")


def _check_none_is_open(
    session: Session, clinic: Clinic, subject: str, *, now: datetime
) -> None:
    asked = sa.select(Proposal).where(
        Proposal.clinic_id == clinic.id,
        Proposal.subject == subject,
        Proposal.outcome.is_(None),
    )
    found = session.scalar(asked)
    if found is None:
        return
    if found.ends_at > now:
        raise NotProposed(
            "Another proposal on this waits already: decide that one, or take it back, first."
        )
    _end(found, Outcome.LAPSED, None, "", found.ends_at)
    session.flush()


def _check_second(session: Session, proposal: Proposal, by: Staff) -> None:
    if by.id == proposal.proposed_by_id:
        raise NotProposed("You proposed this: somebody else has to agree.")
    if by.id not in {one.id for one in deciders(session, proposal)}:
        raise NotProposed("Your role doesn't decide this.")


def _end(row: Proposal, outcome: Outcome, by: Staff | None, note: str, at: datetime) -> None:
    row.outcome, row.decided_by, row.decision_note, row.decided_at = outcome, by, note, at
