"""Taking a watch in hand, putting it off, and ending either; nothing here ends a danger."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.domain.escalation import HUSH_ENDS_NAME, Level
from tracker.domain.ladder import LOUDNESS
from tracker.domain.position import highest_due, step_dues
from tracker.domain.silence import (
    SHORTEST,
    CannotSilence,
    SilenceKind,
    longest_until,
    words_of,
)
from tracker.models import Absence, Clinic, Membership, Pump, SilenceRow, Staff, Watch
from tracker.services.hushes import silence_of
from tracker.services.lifespans import anchors_of, settle
from tracker.services.policies import ladder_of


class TakenAlready(TrackerError):
    """Somebody else was first; the sentence says who, and since when."""

    code = "taken_already"


def acknowledge(
    session: Session, watch: Watch, *, note: str, until: datetime, by: Staff, now: datetime
) -> SilenceRow:
    """ "I have it": staff are left alone at this level until then; the patient is not."""
    kind = SilenceKind.ACKNOWLEDGEMENT
    return _quieten(session, watch, kind, reason=note, until=until, by=by, now=now)


def snooze(
    session: Session, watch: Watch, *, reason: str, until: datetime, by: Staff, now: datetime
) -> SilenceRow:
    """ "Not now", with a reason: staff are told nothing at this level until then."""
    kind = SilenceKind.SNOOZE
    return _quieten(session, watch, kind, reason=reason, until=until, by=by, now=now)


def latest_end(watch: Watch, kind: SilenceKind, *, now: datetime) -> datetime:
    """The latest end that may be asked for. Raises CannotSilence, with the sentence why."""
    if watch.closed_at is not None:
        raise CannotSilence("This watch has ended: there is nothing to quieten.")
    level = loudest_due(watch, now=now)
    return longest_until(kind, level=level, danger_at=watch.danger_at, now=now)


def loudest_due(watch: Watch, *, now: datetime) -> Level:
    """The level of the highest step that is due, though no tick may have come to it yet."""
    ladder = ladder_of(watch.policy)
    due = highest_due(step_dues(ladder, anchors_of(watch)), now)
    level = ladder.steps[due - 1].level if due else Level.INFO
    return max(level, watch.level, key=LOUDNESS.__getitem__)


def end_silence(session: Session, watch: Watch, *, by: Staff, now: datetime) -> bool:
    """End what quietens the watch, whoever began it; False if it had ended before."""
    _lock(session, watch)
    row = silence_of(session, watch)
    if row is None:
        return False
    _end(row, f"ended by {by.name}", now=now)
    row.ended_by_id = by.id
    _speak_again(session, watch, now=now)
    return True


def break_for(session: Session, pump_id: int, why: str, *, now: datetime) -> int:
    """End what quietens the pump's open watches, for a bounce or a reply; how many did."""
    return _break(session, Watch.pump_id == pump_id, why, now=now)


def break_of(
    session: Session, staff: Staff, why: str, *, clinic_id: int | None = None, now: datetime
) -> int:
    """End what somebody who goes has in hand or has put off, here or in all their clinics.

    Nobody would do what they said they would. How many did.
    """
    theirs = SilenceRow.by_id == staff.id
    if clinic_id is not None:
        theirs = sa.and_(theirs, Watch.clinic_id == clinic_id)
    return _break(session, theirs, why, now=now)


def _break(session: Session, which: sa.ColumnElement[bool], why: str, *, now: datetime) -> int:
    asked = (
        sa.select(SilenceRow)
        .join(Watch, Watch.id == SilenceRow.watch_id)
        .where(which, Watch.closed_at.is_(None), SilenceRow.ended_at.is_(None))
        .options(joinedload(SilenceRow.watch))
        .order_by(SilenceRow.id)
        .execution_options(populate_existing=True)  # who takes over may climb other steps
    )
    rows = list(session.scalars(asked))
    for row in rows:
        _end(row, why, now=now)
        _speak_again(session, row.watch, now=now)
    return len(rows)


def silenced(session: Session, clinic: Clinic) -> list[SilenceRow]:
    """Everything that is quietened in a clinic now; the first to end comes first."""
    asked = (
        sa.select(SilenceRow)
        .join(Watch, Watch.id == SilenceRow.watch_id)
        .where(
            Watch.clinic_id == clinic.id,
            Watch.closed_at.is_(None),
            SilenceRow.ended_at.is_(None),
        )
        .options(
            joinedload(SilenceRow.by),
            joinedload(SilenceRow.absent),
            joinedload(SilenceRow.watch).joinedload(Watch.pump).joinedload(Pump.patient),
        )
        .order_by(SilenceRow.until, SilenceRow.id)
    )
    return list(session.scalars(asked))


def told_of_pump(session: Session, pump: Pump, *, now: datetime) -> dict[int, str]:
    """Who has which of the pump's watches, by the watch's number."""
    asked = (
        sa.select(SilenceRow)
        .join(Watch, Watch.id == SilenceRow.watch_id)
        .where(Watch.pump_id == pump.id, SilenceRow.ended_at.is_(None), SilenceRow.until > now)
        .options(joinedload(SilenceRow.by), joinedload(SilenceRow.absent))
    )
    return {row.watch_id: told(row, pump.clinic) for row in session.scalars(asked)}


def history_of(session: Session, watch: Watch) -> list[SilenceRow]:
    """Every silence the watch has had, newest first."""
    asked = (
        sa.select(SilenceRow)
        .where(SilenceRow.watch_id == watch.id)
        .options(joinedload(SilenceRow.by), joinedload(SilenceRow.absent))
        .order_by(SilenceRow.id.desc())
    )
    return list(session.scalars(asked))


def told(row: SilenceRow, clinic: Clinic) -> str:
    """Who has the watch and until when, with both names where a deputy took it."""
    absent = row.absent.name if row.absent else ""
    return words_of(row.kind, row.by.name, row.until, clinic.zone, absent=absent)


def _quieten(
    session: Session,
    watch: Watch,
    kind: SilenceKind,
    *,
    reason: str,
    until: datetime,
    by: Staff,
    now: datetime,
) -> SilenceRow:
    _lock(session, watch)
    _refuse_second(session, watch, now=now)
    if is_blank(reason):
        raise CannotSilence("Say what you will do, or why it can wait.", field="reason")
    latest = latest_end(watch, kind, now=now)
    if until > latest:
        clinic = session.get_one(Clinic, watch.clinic_id)
        shown = f"{latest.astimezone(clinic.zone):%d %b %Y %H:%M}"
        raise CannotSilence(f"The latest end allowed is {shown}.", field="until_on")
    if until < now + SHORTEST:
        raise CannotSilence(
            "Give an end at least a quarter of an hour from now.", field="until_on"
        )
    row = SilenceRow(
        watch_id=watch.id,
        kind=kind,
        reason=reason.strip(),
        began_at=now,
        until=until,
        by_id=by.id,
        for_id=_stood_in_for(session, watch, by, now=now),
        level=loudest_due(watch, now=now),
        danger_at=watch.danger_at,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # somebody was quicker, and the index says so
        _refuse_second(session, watch, now=now)
        raise
    settle(session, watch, now=now)
    session.flush()
    return row


def _lock(session: Session, watch: Watch) -> None:
    """Hold the watch, as it is now: who comes second waits, and then sees the first."""
    policy = watch.policy
    session.refresh(watch, with_for_update={"of": Watch})
    if watch.policy_id == policy.id:  # a version is never changed, so not read again either
        set_committed_value(watch, "policy", policy)


def _refuse_second(session: Session, watch: Watch, *, now: datetime) -> None:
    row = silence_of(session, watch)
    if row is None:
        return
    if row.until <= now:  # the tick that would have written it off has not come yet
        _end(row, "its time is over", now=now)
        session.flush()
        return
    clinic = session.get_one(Clinic, watch.clinic_id)
    since = f"{row.began_at.astimezone(clinic.zone):%d %b %Y %H:%M}"
    raise TakenAlready(f"{told(row, clinic)}, since {since}. End that first.")


def _stood_in_for(session: Session, watch: Watch, by: Staff, *, now: datetime) -> int | None:
    """The owner, if they are away now and `by` is their deputy."""
    of_owner = sa.and_(
        Membership.staff_id == Absence.staff_id, Membership.clinic_id == Absence.clinic_id
    )
    asked = (
        sa.select(Absence.staff_id)
        .join(Membership, of_owner)
        .where(
            Absence.clinic_id == watch.clinic_id,
            Absence.staff_id == watch.owner_id,
            Absence.starts_at <= now,
            Absence.ends_at > now,
            Absence.withdrawn_at.is_(None),
            sa.func.coalesce(Absence.deputy_id, Membership.deputy_id) == by.id,
        )
    )
    return session.scalar(asked.limit(1))


def _end(row: SilenceRow, why: str, *, now: datetime) -> None:
    row.ended_at, row.ended_because = now, why[:300]


def _speak_again(session: Session, watch: Watch, *, now: datetime) -> None:
    """Due at once: the next tick says whatever was kept quiet."""
    session.flush()
    settle(session, watch, now=now)
    if watch.next_action_at is None or watch.next_action_at > now:
        watch.next_action_at, watch.next_action = now, HUSH_ENDS_NAME
    session.flush()
