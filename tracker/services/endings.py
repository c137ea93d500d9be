"""The end of a pump, which a second person confirms by their own sign-in.

The end counts from the moment at which it is recorded: nobody writes to the dead. But a pump
whose watches are closed by mistake would run dry unseen, so until somebody else has agreed one
watch is left, to staff alone (docs/decisions/0036).
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Ending, EndSign, Pump, PumpEnd, Staff, Watch
from tracker.services.ending_watches import ask_second, keep_asked, key_of
from tracker.services.lifespans import close_keys
from tracker.services.pump_ends import check_day
from tracker.services.second_people import check_person, possible_checkers
from tracker.services.versions import stay_here, take_version

Column = int | InstrumentedAttribute[int]


class NotConfirmed(TrackerError):
    code = "not_confirmed"


def record_end(
    session: Session,
    pump: Pump,
    *,
    kind: PumpEnd,
    ended_on: date,
    note: str,
    second: Staff | None,
    by: Staff,
    now: datetime,
) -> Ending:
    """Write the end down; the pump's own columns say it from now on."""
    if second is not None:
        check_person(session, pump.clinic_id, second.id, unless="", besides=by.id)
    row = Ending(
        pump=pump,
        kind=kind,
        ended_on=ended_on,
        note=note,
        second_id=second.id if second else None,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(row)
    pump.ended_at, pump.end_kind, pump.end_note = now, kind, note
    pump.ended_on, pump.ended_by_id = ended_on, by.id
    session.flush()
    return row


def correct_end(
    session: Session,
    row: Ending,
    *,
    ended_on: date,
    note: str,
    second: Staff | None,
    reason: str,
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> Ending:
    """Put the day or the evidence of an end right: a new row, which is confirmed anew."""
    pump = row.pump
    check_in_force(session, row)
    if is_blank(reason):
        raise NotConfirmed("Say why it is changed.", field="reason")
    if is_blank(note):
        raise NotConfirmed("Say what shows that the pump has ended.", field="note")
    if (ended_on, note.strip()) == (row.ended_on, row.note):
        raise NotConfirmed("Nothing differs from what is on record.", field="ended_on")
    check_day(session, pump, ended_on, now=now)
    if second is not None:
        check_person(session, pump.clinic_id, second.id, unless="", besides=by.id)
    take_version(session, pump, seen_version)
    newer = Ending(
        pump=pump,
        kind=row.kind,
        ended_on=ended_on,
        note=note.strip(),
        second_id=second.id if second else None,
        replaces_id=row.id,
        reason=reason.strip(),
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(newer)
    pump.ended_on, pump.end_note = newer.ended_on, newer.note
    session.flush()
    close_keys(session, [key_of(pump)], Evidence(EvidenceKind.PUMP_ENDING, newer.id), now=now)
    ask_second(session, newer, now=now)
    return newer


def sign_end(
    session: Session,
    row: Ending,
    *,
    is_agreed: bool,
    reason: str = "",
    by: Staff,
    now: datetime,
) -> EndSign:
    """Write down what a second person says; a disagreement is pressed until it is settled."""
    stay_here(session, row.pump)
    check_in_force(session, row)
    if why := why_not_mine(session, row, by, now=now):
        raise NotConfirmed(why)
    if not is_agreed and is_blank(reason):
        raise NotConfirmed("Say what was otherwise.", field="reason")
    before = newest_sign(session, row)
    said_so = before is not None and before.recorded_by_id == by.id
    if before is not None and said_so and before.is_agreed is is_agreed:
        if is_agreed:
            raise NotConfirmed("You have confirmed it already.")
        if before.reason == reason.strip():
            raise NotConfirmed("You have said so already: it is written down.", field="reason")
    said = EndSign(
        pump_id=row.pump_id,
        ending=row,
        is_agreed=is_agreed,
        reason=reason.strip(),
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(said)
    session.flush()
    if is_agreed:
        close_keys(
            session, [key_of(row.pump)], Evidence(EvidenceKind.END_SIGN, said.id), now=now
        )
    else:
        sentence = f"{by.name} says that it was not so: {said.reason}"
        keep_asked(session, row, now, sentence, now=now)
    return said


def check_in_force(session: Session, row: Ending) -> None:
    """Refuse an end that has been put right or undone meanwhile."""
    newer = session.scalar(sa.select(Ending.id).where(Ending.replaces_id == row.id))
    if newer is not None or row.is_void:
        raise NotConfirmed("This end has been put right or undone meanwhile: look again.")


def why_not_mine(session: Session, row: Ending, by: Staff, *, now: datetime) -> str:
    """Why somebody can't be the second person; empty where they can.

    Whoever is named may be away or gone: anybody who may record agrees in their place, under
    their own name. Who works alone looks again on another day.
    """
    others = possible_checkers(session, row.pump.clinic_id, besides=row.recorded_by_id)
    zone = row.pump.clinic.zone
    if by.id == row.recorded_by_id and others:
        return "Somebody else confirms it, not the one who recorded it."
    is_today = now.astimezone(zone).date() <= row.recorded_at.astimezone(zone).date()
    if by.id == row.recorded_by_id and is_today:
        return "Nobody else here can confirm it: look at it again on another day."
    said = newest_sign(session, row)
    is_theirs = said is None or said.is_agreed or said.recorded_by_id == by.id
    if not is_theirs and said and said.recorded_by_id in {one.id for one in others}:
        return f"{said.recorded_by.name} disagrees: it is settled with them."
    return ""


def newest_sign(session: Session, row: Ending) -> EndSign | None:
    """The newest word of a second person on an end."""
    asked = sa.select(EndSign).where(EndSign.ending_id == row.id).order_by(EndSign.id.desc())
    return session.scalar(asked.limit(1).options(joinedload(EndSign.recorded_by)))


def is_asked(session: Session, pump: Pump) -> bool:
    """Whether a second person's word is waited for; not of ends from before it was."""
    asked = sa.select(Watch.id).where(Watch.open_key == key_of(pump))
    return session.scalar(asked) is not None


def endings_of(session: Session, pump_id: int) -> list[Ending]:
    """All that was recorded of a pump's end, oldest first."""
    people = (joinedload(Ending.second), joinedload(Ending.recorded_by))
    asked = sa.select(Ending).where(Ending.pump_id == pump_id).order_by(Ending.id)
    return list(session.scalars(asked.options(*people)))


def _waiting(clinic_id: Column, staff_id: Column) -> sa.ColumnElement[bool]:
    """Of ends joined with their pumps: those that wait for the word of whom they name."""
    newer = aliased(Ending)
    return sa.and_(
        Pump.clinic_id == clinic_id,
        Ending.second_id == staff_id,
        Ending.is_void.is_(False),
        ~sa.exists().where(newer.replaces_id == Ending.id),
        ~sa.exists().where(EndSign.ending_id == Ending.id),
    )


def to_confirm(session: Session, clinic_id: int, staff_id: int) -> list[Ending]:
    """The ends that wait for the word of this person, oldest first."""
    asked = (
        sa.select(Ending)
        .join(Pump, Pump.id == Ending.pump_id)
        .where(_waiting(clinic_id, staff_id))
        .order_by(Ending.id)
        .options(joinedload(Ending.pump).joinedload(Pump.patient))
    )
    return list(session.scalars(asked))


def count_to_confirm(clinic_id: Column, staff_id: Column) -> sa.ScalarSelect[int]:
    """How many ends of a clinic wait for somebody's word, as part of a larger question."""
    return (
        sa.select(sa.func.count(Ending.id))
        .join(Pump, Pump.id == Ending.pump_id)
        .where(_waiting(clinic_id, staff_id))
        .scalar_subquery()
    )
