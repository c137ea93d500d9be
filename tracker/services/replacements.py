"""The way to a new pump: referred, authorised, surgery dated, replaced.

A date of surgery quietens the battery watch as a visit quietens the refill watch; only the new
pump, or another end of the old one, ends it.
"""

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.danger import WatchKind
from tracker.domain.replacement import NotPlanned, StepKind, theatre_in_force
from tracker.domain.visit import morning_after
from tracker.domain.wording import write_day
from tracker.models import Pump, PumpEnd, PumpModel, ReplacementStep, Staff, Watch
from tracker.services.bookings import drop_answered
from tracker.services.lifespans import settle
from tracker.services.pump_checks import PumpDetails
from tracker.services.pumps import end_pump, implant_with
from tracker.services.versions import stay_here
from tracker.services.visit_checks import is_clinician
from tracker.services.watches import open_key

FARTHEST = timedelta(days=400)  # ours, as for a visit: a slip in the year is seen


def record_step(
    session: Session,
    pump: Pump,
    kind: StepKind,
    *,
    happened_on: date,
    note: str = "",
    by: Staff,
    now: datetime,
) -> ReplacementStep:
    """Write down that it was referred or authorised. That quietens nothing."""
    if kind not in (StepKind.REFERRED, StepKind.AUTHORISED):
        raise NotPlanned("Choose one of the list.", field="kind")
    _check_begun(session, pump)
    _check_day(pump, happened_on, now)
    return _add(session, pump, kind, happened_on=happened_on, note=note, by=by, now=now)


def set_theatre(
    session: Session,
    pump: Pump,
    *,
    theatre_at: datetime,
    signed_by: Staff | None = None,
    signed_reason: str = "",
    note: str = "",
    by: Staff,
    now: datetime,
) -> ReplacementStep:
    """Set or move the date of the surgery; one after end of service needs a clinician."""
    _check_begun(session, pump)
    if theatre_at <= now:
        raise NotPlanned("That time has passed.", field="theatre_at")
    if theatre_at > now + FARTHEST:
        raise NotPlanned(
            "That is more than a year ahead: look at the year.", field="theatre_at"
        )
    watch = _battery_watch(session, pump)
    is_late = _is_late(session, pump, watch, theatre_at, signed_by, signed_reason)
    last = theatre_of(session, pump.id)
    row = _add(
        session,
        pump,
        StepKind.THEATRE,
        happened_on=now.astimezone(pump.clinic.zone).date(),
        theatre_at=theatre_at,
        signed_by_id=signed_by.id if signed_by and is_late else None,
        signed_reason=signed_reason.strip() if is_late else "",
        replaces_id=last.id if last else None,
        note=note,
        by=by,
        now=now,
    )
    if watch is not None:
        watch.visit_at = theatre_at
        watch.reopens_at = morning_after(theatre_at, pump.clinic.zone)
        if not is_late:
            drop_answered(session, watch, now=now)
        settle(session, watch, now=now)
        session.flush()
    return row


def _is_late(
    session: Session,
    pump: Pump,
    watch: Watch | None,
    theatre_at: datetime,
    signed_by: Staff | None,
    reason: str,
) -> bool:
    """Whether the surgery comes after the end of service and is signed; unsigned is refused."""
    ends_at = watch.dry_at if watch else None
    if ends_at is None or theatre_at < ends_at:
        return False
    ends_on = write_day(ends_at.astimezone(pump.clinic.zone).date())
    if signed_by is None or not is_clinician(session, pump, signed_by):
        raise NotPlanned(
            f"The pump's service ends on {ends_on}: that is too late. Choose an earlier time;"
            " only a clinician can allow a later one, with a reason.",
            field="theatre_at",
        )
    if is_blank(reason):
        raise NotPlanned(
            f"The pump's service ends on {ends_on}. Say why it may be so late."
            " It quietens no reminder.",
            field="signed_reason",
        )
    return True


def call_off(
    session: Session, pump: Pump, *, reason: str, by: Staff, now: datetime
) -> ReplacementStep:
    """The surgery won't be on that day: the battery watch speaks at once."""
    stay_here(session, pump)
    last = theatre_of(session, pump.id)
    if last is None:
        raise NotPlanned("No date of surgery is set.")
    if is_blank(reason):
        raise NotPlanned("Say why it won't be.", field="reason")
    row = _add(
        session,
        pump,
        StepKind.CALLED_OFF,
        happened_on=now.astimezone(pump.clinic.zone).date(),
        replaces_id=last.id,
        note=reason.strip(),
        by=by,
        now=now,
    )
    watch = _battery_watch(session, pump)
    if watch is not None:
        _speak_again(watch, now=now)
        settle(session, watch, now=now)
        session.flush()
    return row


def _speak_again(watch: Watch, *, now: datetime) -> None:
    """Let the watch know that its surgery won't be; after the morning after it has spoken."""
    if watch.visit_at is None or watch.reopens_at is None or watch.reopens_at <= now:
        return
    was_quiet = watch.dry_at is None or watch.visit_at < watch.dry_at
    watch.visit_at, watch.reopens_at = None, now if was_quiet else None


def end_with_clinic(
    session: Session, pump: Pump, *, why: str, by: Staff, now: datetime
) -> None:
    """A date that was set by another clinic is none: the new one sets its own."""
    last = theatre_of(session, pump.id)
    if last is not None:
        day = now.astimezone(pump.clinic.zone).date()
        _add(
            session, pump, StepKind.CALLED_OFF,
            happened_on=day, replaces_id=last.id, note=why, by=by, now=now,
        )  # fmt: skip


def replace_pump(
    session: Session,
    old: Pump,
    model: PumpModel,
    details: PumpDetails,
    *,
    note: str,
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> Pump:
    """End the old pump with the new one as evidence; each names the other, in one transaction.

    The new pump begins without a record of drug: the nurse records what is in it.
    """
    if details.implanted_on < old.implanted_on:
        raise NotPlanned(
            "The new pump can't have been implanted before the old one.", field="implanted_on"
        )
    end_pump(
        session,
        old,
        kind=PumpEnd.REPLACED,
        ended_on=details.implanted_on,
        note=note,
        is_followed=True,
        seen_version=seen_version,
        by=by,
        now=now,
    )
    new = implant_with(session, old.patient, model, details, by=by, now=now)
    _add(
        session,
        old,
        StepKind.REPLACED,
        happened_on=details.implanted_on,
        new_pump_id=new.id,
        note=note.strip(),
        by=by,
        now=now,
    )
    return new


def steps_of(session: Session, pump_id: int) -> list[ReplacementStep]:
    """The steps of a pump, in the order of their recording."""
    people = (ReplacementStep.recorded_by, ReplacementStep.signed_by, ReplacementStep.new_pump)
    asked = sa.select(ReplacementStep).where(ReplacementStep.pump_id == pump_id)
    return list(
        session.scalars(asked.order_by(ReplacementStep.id).options(*map(joinedload, people)))
    )


def theatre_of(session: Session, pump_id: int) -> ReplacementStep | None:
    """The date of the surgery that is set for a pump."""
    steps = steps_of(session, pump_id)
    found = theatre_in_force([one.as_step() for one in steps])
    return next((one for one in reversed(steps) if found and one.as_step() == found), None)


def before(session: Session, pump_id: int) -> Pump | None:
    """The pump that this one replaces."""
    asked = (
        sa.select(Pump)
        .join(ReplacementStep, ReplacementStep.pump_id == Pump.id)
        .where(ReplacementStep.new_pump_id == pump_id)
    )
    return session.scalar(asked)


def _check_begun(session: Session, pump: Pump) -> None:
    stay_here(session, pump)
    if pump.ended_at is not None:
        raise NotPlanned("This pump has ended: nothing is planned for it any more.")
    if not pump.has_battery:
        raise NotPlanned("This model has no battery that ends.")


def _check_day(pump: Pump, day: date, now: datetime) -> None:
    if day > now.astimezone(pump.clinic.zone).date():
        raise NotPlanned("That day lies in the future.", field="happened_on")


def _battery_watch(session: Session, pump: Pump) -> Watch | None:
    key = open_key(pump, WatchKind.BATTERY)
    return session.scalar(sa.select(Watch).where(Watch.open_key == key))


def _add(
    session: Session,
    pump: Pump,
    kind: StepKind,
    *,
    happened_on: date,
    theatre_at: datetime | None = None,
    signed_by_id: int | None = None,
    signed_reason: str = "",
    new_pump_id: int | None = None,
    replaces_id: int | None = None,
    note: str,
    by: Staff,
    now: datetime,
) -> ReplacementStep:
    row = ReplacementStep(
        pump=pump,
        kind=kind,
        happened_on=happened_on,
        theatre_at=theatre_at,
        signed_by_id=signed_by_id,
        signed_reason=signed_reason,
        new_pump_id=new_pump_id,
        replaces_id=replaces_id,
        note=note.strip(),
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(row)
    session.flush()
    return row
