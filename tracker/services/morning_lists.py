"""The emergency list of a morning: when it is due, what stands on it, and that it was made."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.danger import WatchKind
from tracker.domain.doses import doses
from tracker.domain.emergency import AHEAD, EmergencyList, Entry, Number
from tracker.domain.message import Channel
from tracker.domain.units import format_number
from tracker.domain.wording import write_day
from tracker.models import (
    Appointment,
    Clinic,
    Contact,
    Heartbeat,
    MorningList,
    Pump,
    SilenceRow,
    Watch,
)
from tracker.services.charts import Chart, chart_of, components
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import Evidence, close_keys
from tracker.services.rosters import UNREACHABLE

MCG_PER_MG = 1000
KEPT = 30  # lists that the page shows


@dataclass(frozen=True, slots=True)
class Due:
    """A clinic whose list of today is to be made."""

    clinic_id: int
    for_on: date
    had_lists: bool


def due_lists(session: Session, *, now: datetime) -> list[Due]:
    """The clinics whose morning has come and whose list of the day isn't there."""
    newest = (
        sa.select(sa.func.max(MorningList.for_on))
        .where(MorningList.clinic_id == Clinic.id)
        .scalar_subquery()
    )
    found = []
    for one in session.execute(sa.select(Clinic.id, Clinic.timezone, Clinic.list_at, newest)):
        local = now.astimezone(ZoneInfo(one.timezone))
        is_made = one[3] is not None and one[3] >= local.date()
        if local.timetz().replace(tzinfo=None) >= one.list_at and not is_made:
            found.append(Due(one.id, local.date(), one[3] is not None))
    return found


def emergency_list(session: Session, clinic: Clinic, *, now: datetime) -> EmergencyList:
    """Who reaches refill-by or the end of the battery in 30 days, is late, or has no date."""
    by_pump: dict[int, list[Watch]] = {}
    for watch in session.scalars(_dangers(clinic, now)):
        assert watch.pump_id is not None  # the query asks for it
        by_pump.setdefault(watch.pump_id, []).append(watch)
    pumps = _pumps(session, list(by_pump))
    entries = [_entry(session, clinic, pumps[one], by_pump[one], now=now) for one in by_pump]
    passed = session.scalar(
        sa.select(Heartbeat.ticked_at)
        .where(Heartbeat.has_passed)
        .order_by(Heartbeat.id.desc())
        .limit(1)
    )
    return EmergencyList(
        clinic=clinic.name,
        phone=clinic.phone,
        zone=clinic.zone,
        for_on=now.astimezone(clinic.zone).date(),
        made_at=now,
        last_resort=clinic.last_resort.name,
        last_resort_phone=clinic.last_resort.phone or "",
        plan=clinic.emergency_plan,
        passed_at=passed,
        entries=tuple(sorted(entries, key=_worst_first)),
    )


def keep_list(
    session: Session,
    clinic: Clinic,
    made: EmergencyList,
    *,
    folder: str,
    files: tuple[str, ...],
    digest: str,
    now: datetime,
) -> MorningList:
    """Write down that the list is on disk, and open the watch by which it is mailed.

    The list of the day before has done its work: this one is the evidence.
    """
    day = made.for_on.isoformat()
    key = f"clinic:{clinic.id}:list:{day}"
    facts = (("files", list(files)), ("for_on", day))
    raise_fault(
        session, WatchKind.LIST, Cause(key, clinic.id, made.sentence, facts=facts), now=now
    )
    watch = session.scalars(sa.select(Watch).where(Watch.open_key == key)).one()
    row = MorningList(
        clinic_id=clinic.id,
        watch_id=watch.id,
        for_on=made.for_on,
        made_at=now,
        folder=folder,
        digest=digest,
        figures={"listed": len(made.entries), "late": made.late},
    )
    session.add(row)
    session.flush()
    earlier = sa.select(Watch.open_key).where(
        Watch.clinic_id == clinic.id,
        Watch.kind == WatchKind.LIST,
        Watch.closed_at.is_(None),
        Watch.id != watch.id,
    )
    keys = [key for key in session.scalars(earlier) if key is not None]
    close_keys(session, keys, Evidence("next_list", row.id), now=now)
    return row


def _dangers(clinic: Clinic, now: datetime) -> sa.Select[Watch]:
    """Worst first: by refill-by or the day to book surgery, what has no date at the top."""
    soon = sa.or_(Watch.danger_at <= now + AHEAD, Watch.dry_at <= now + AHEAD)
    kinds = (WatchKind.REFILL, WatchKind.BATTERY, WatchKind.NO_DATA, WatchKind.STOPPED)
    return (
        sa.select(Watch)
        .where(
            Watch.clinic_id == clinic.id,
            Watch.closed_at.is_(None),
            Watch.pump_id.is_not(None),
            Watch.kind.in_(kinds),
            sa.or_(
                soon,
                Watch.kind.in_((WatchKind.NO_DATA, WatchKind.STOPPED)),
                sa.and_(Watch.kind == WatchKind.REFILL, Watch.danger_at.is_(None)),
            ),
        )
        .options(joinedload(Watch.owner))
        .order_by(Watch.danger_at, Watch.id)
    )


def _pumps(session: Session, ids: list[int]) -> dict[int, Pump]:
    """The pumps with patient and model, in as many queries as there are thousands of them."""
    found: dict[int, Pump] = {}
    for start in range(0, len(ids), 500):
        asked = (
            sa.select(Pump)
            .where(Pump.id.in_(ids[start : start + 500]))
            .options(joinedload(Pump.patient), joinedload(Pump.model))
        )
        found.update({one.id: one for one in session.scalars(asked)})
    return found


def _entry(
    session: Session, clinic: Clinic, pump: Pump, watches: list[Watch], *, now: datetime
) -> Entry:
    """One line; of several watches on a pump the refill's gives the dates."""
    chart, patient = chart_of(session, pump), pump.patient
    main = next((one for one in watches if one.kind is WatchKind.REFILL), watches[0])
    owner = main.owner
    fill = chart.latest_fill
    read_at = max((one.read_at for one in chart.readings), default=None)
    return Entry(
        patient=f"{patient.family_name}, {patient.given_name}",
        mrn=patient.mrn,
        born_on=patient.birth_on,
        pump=f"{pump.model.name}, serial {pump.serial}",
        reasons=tuple(_reason(one) for one in watches),
        refill_by_on=_day(clinic, main.danger_at) if main.kind is WatchKind.REFILL else None,
        low_on=_day(clinic, main.earliest_at),
        empty_on=_day(clinic, main.dry_at),
        risk_class=main.risk_class,
        drugs=main.drugs,
        dose=_dose(chart, now),
        last_refill_on=_day(clinic, fill.fill.at if fill else None),
        last_reading_on=_day(clinic, read_at),
        visit=_visit(session, clinic, pump),
        numbers=_numbers(session, pump),
        owner=owner.name if owner else "",
        owner_phone=(owner.phone or "") if owner else "",
        in_hand=_in_hand(session, clinic, main),
    )


REASONS = {
    WatchKind.REFILL: "refill",
    WatchKind.BATTERY: "battery ends",
    WatchKind.NO_DATA: "a record is missing",
    WatchKind.STOPPED: "the pump is stopped",
}


def _reason(watch: Watch) -> str:
    return REASONS[watch.kind]


def _day(clinic: Clinic, at: datetime | None) -> date | None:
    return None if at is None else at.astimezone(clinic.zone).date()


def _dose(chart: Chart, now: datetime) -> str:
    """What is given of each drug a day, in mcg and in mg, so that a slip is seen."""
    fill, programme = chart.latest_fill, chart.running(now)
    if fill is None or programme is None:
        return "not recorded"
    given = doses(programme, components(fill))
    return ", ".join(_amount(one.name, one.mcg_per_day) for one in given) or "none"


def _amount(name: str, mcg_per_day: Any) -> str:
    mcg = round(mcg_per_day, 1)
    return f"{name} {format_number(mcg)} mcg/day ({format_number(mcg / MCG_PER_MG)} mg/day)"


def _visit(session: Session, clinic: Clinic, pump: Pump) -> str:
    booked = session.scalar(
        sa.select(Appointment).where(
            Appointment.pump_id == pump.id, Appointment.state == "booked"
        )
    )
    if booked is None:
        return "none booked"
    at = booked.scheduled_at.astimezone(clinic.zone)
    confirmed = ", confirmed" if booked.confirmed_at else ", not confirmed"
    return f"{write_day(at.date())} {at:%H:%M}{confirmed}"


def _numbers(session: Session, pump: Pump) -> tuple[Number, ...]:
    """Telephone numbers first; an e-mail address only where there is no number."""
    contacts = session.scalars(
        sa.select(Contact).where(Contact.patient_id == pump.patient_id).order_by(Contact.id)
    ).all()
    phones = [one for one in contacts if one.channel is Channel.SMS]
    return tuple(
        Number(
            f"{one.name} ({one.relation})",
            one.address,
            "refused our messages" if one.state in UNREACHABLE else "",
        )
        for one in phones or contacts
    )


def _in_hand(session: Session, clinic: Clinic, watch: Watch) -> str:
    row = session.scalar(
        sa.select(SilenceRow)
        .where(SilenceRow.watch_id == watch.id, SilenceRow.ended_at.is_(None))
        .options(joinedload(SilenceRow.by))
    )
    if row is None:
        return ""
    until = row.until.astimezone(clinic.zone)
    return f"{row.by.name} has it until {write_day(until.date())} {until:%H:%M}"


def _worst_first(entry: Entry) -> tuple[date, date, str]:
    """What has no date comes first: it can't be said to be later than anything."""
    return (entry.empty_on or date.min, entry.refill_by_on or date.min, entry.patient)


def newest_lists(session: Session, clinic: Clinic) -> list[MorningList]:
    """The lists of the last days, newest first."""
    asked = sa.select(MorningList).where(MorningList.clinic_id == clinic.id)
    return list(session.scalars(asked.order_by(MorningList.for_on.desc()).limit(KEPT)))


OVERDUE = timedelta(hours=1)  # a list that is this late is a breach of the fifth promise
