"""The lines of the emergency list: a pump each, with all that is needed to phone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.danger import WatchKind
from tracker.domain.doses import doses
from tracker.domain.emergency import AHEAD, Entry, Number
from tracker.domain.message import Channel
from tracker.domain.units import format_number
from tracker.domain.visit import VisitState
from tracker.domain.wording import write_day
from tracker.models import Appointment, Clinic, Contact, Pump, SilenceRow, Watch
from tracker.services.charts import Chart, charts_of, components
from tracker.services.emergency_beside import admitted, in_doubt, taken
from tracker.services.numbers import readable
from tracker.services.rosters import UNREACHABLE
from tracker.services.silences import told

ALARMS = (WatchKind.ALARM, WatchKind.MINOR_ALARM)
AT_ANY_DATE = (
    *(WatchKind.NO_DATA, WatchKind.STOPPED, WatchKind.DISCREPANCY, *ALARMS),
    *(WatchKind.ASSESSMENT, WatchKind.RAISED_FLOW, WatchKind.DISPUTE),
    WatchKind.ENDING,
)
REASONS = {
    WatchKind.REFILL: "refill",
    WatchKind.BATTERY: "battery ends",
    WatchKind.NO_DATA: "a record is missing",
    WatchKind.STOPPED: "the pump is stopped",
    WatchKind.DISCREPANCY: "a residual was far off, and nobody has assessed it",
    WatchKind.DISPUTE: "what was put in is disputed by the second person",
    WatchKind.ENDING: "recorded as ended, and not confirmed by a second person",
    WatchKind.INTERROGATION: "interrogate after MRI",
    WatchKind.ASSESSMENT: "suspected pocket fill",
    WatchKind.RAISED_FLOW: "flow may be raised",
    WatchKind.ALARM: "an alarm of the pump is open",
    WatchKind.MINOR_ALARM: "an alarm of the pump is open",
}
SCRIPT = {True: "on file", False: "none on file", None: "not recorded"}
MCG_PER_MG = 1000
AT_ONCE = 500


def entries_of(session: Session, clinic: Clinic, *, now: datetime) -> tuple[Entry, ...]:
    """Who reaches refill-by or the end of the battery in 30 days, is late, or has no date."""
    by_pump: dict[int, list[Watch]] = {}
    for watch in session.scalars(_dangers(clinic, now)):
        assert watch.pump_id is not None  # the query asks for it
        by_pump.setdefault(watch.pump_id, []).append(watch)
    pumps = _pumps(session, list(by_pump))
    known = _known(session, clinic, pumps, by_pump, now=now)
    entries = [_entry(clinic, pumps[one], by_pump[one], known, now=now) for one in by_pump]
    return tuple(sorted(entries, key=_worst_first))


def entry_of_pump(session: Session, pump: Pump, *, now: datetime) -> Entry:
    """The line of one pump, whether or not it stands on the list."""
    asked = (
        sa.select(Watch)
        .where(Watch.pump_id == pump.id, Watch.closed_at.is_(None), Watch.kind.in_(REASONS))
        .options(joinedload(Watch.owner))
        .order_by(Watch.danger_at, Watch.id)
    )
    by_pump = {pump.id: list(session.scalars(asked))}
    known = _known(session, pump.clinic, {pump.id: pump}, by_pump, now=now)
    return _entry(pump.clinic, pump, by_pump[pump.id], known, now=now)


def _dangers(clinic: Clinic, now: datetime) -> sa.Select[Watch]:
    """Worst first: by refill-by or the day to book surgery, what has no date at the top."""
    soon = sa.or_(Watch.danger_at <= now + AHEAD, Watch.dry_at <= now + AHEAD)
    return (
        sa.select(Watch)
        .where(
            Watch.clinic_id == clinic.id,
            Watch.closed_at.is_(None),
            Watch.pump_id.is_not(None),
            Watch.kind.in_(REASONS),
            sa.or_(
                soon,
                Watch.kind.in_(AT_ANY_DATE),
                sa.and_(Watch.kind == WatchKind.REFILL, Watch.danger_at.is_(None)),
            ),
        )
        .options(joinedload(Watch.owner))
        .order_by(Watch.danger_at, Watch.id)
    )


def _batched(ids: Iterable[int]) -> Iterator[list[int]]:
    """Five hundred at a time: a database takes so many values in one statement."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def _pumps(session: Session, ids: list[int]) -> dict[int, Pump]:
    """The pumps with patient and model, in one query for five hundred."""
    found: dict[int, Pump] = {}
    for some in _batched(ids):
        asked = (
            sa.select(Pump)
            .where(Pump.id.in_(some))
            .options(joinedload(Pump.patient), joinedload(Pump.model))
        )
        found.update({one.id: one for one in session.scalars(asked)})
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What stands beside the pumps of a list, looked up for all of them at once."""

    visits: dict[int, str]  # by pump
    numbers: dict[int, tuple[Number, ...]]  # by patient
    in_hand: dict[int, str]  # by watch
    admitted: dict[int, str]  # by patient
    by_mouth: dict[int, str]  # by patient
    doubts: dict[int, str]  # by pump: why it may give no drug
    main: dict[int, Watch]  # by pump: the one that gives the dates
    charts: dict[int, Chart]  # by pump


def _known(
    session: Session,
    clinic: Clinic,
    pumps: dict[int, Pump],
    by_pump: dict[int, list[Watch]],
    *,
    now: datetime,
) -> Known:
    main = _main(session, by_pump)
    patients = {one.patient_id for one in pumps.values()}
    return Known(
        _visits(session, clinic),
        numbers_of(session, patients),
        _in_hand(session, clinic, {one.id for one in main.values()}),
        admitted(session, clinic, _batched(patients)),
        taken(session, clinic, _batched(patients), now=now),
        in_doubt(session, clinic, _batched(pumps)),
        main,
        {n: chart for some in _batched(pumps) for n, chart in charts_of(session, some).items()},
    )


def _main(session: Session, by_pump: dict[int, list[Watch]]) -> dict[int, Watch]:
    """Of each pump the watch that gives the dates: the refill's, also where it isn't near."""
    found = {
        pump_id: one
        for pump_id, watches in by_pump.items()
        for one in watches
        if one.kind is WatchKind.REFILL
    }
    for some in _batched(by_pump.keys() - found.keys()):
        asked = sa.select(Watch).where(Watch.open_key.in_([f"{one}:refill" for one in some]))
        for watch in session.scalars(asked.options(joinedload(Watch.owner))):
            assert watch.pump_id is not None
            found[watch.pump_id] = watch
    return {pump_id: found.get(pump_id, watches[0]) for pump_id, watches in by_pump.items()}


def _entry(
    clinic: Clinic,
    pump: Pump,
    watches: list[Watch],
    known: Known,
    *,
    now: datetime,
) -> Entry:
    """One line of the list."""
    chart, patient, main = known.charts[pump.id], pump.patient, known.main[pump.id]
    owner = main.owner
    fill = chart.latest_fill
    read_at = max((one.read_at for one in chart.readings), default=None)
    return Entry(
        patient=f"{patient.family_name}, {patient.given_name}",
        mrn=patient.mrn,
        born_on=patient.birth_on,
        pump=f"{pump.model.name}, serial {pump.serial}",
        reasons=tuple(dict.fromkeys(_reason(clinic, one) for one in watches)),
        refill_by_on=_day(clinic, main.danger_at) if main.kind is WatchKind.REFILL else None,
        empty_on=_day(clinic, main.dry_at),
        risk_class=main.risk_class,
        drugs=main.drugs,
        dose=_dose(chart, now),
        last_refill_on=_day(clinic, fill.fill.at if fill else None),
        last_reading_on=_day(clinic, read_at),
        visit=known.visits.get(pump.id, "none booked"),
        numbers=known.numbers.get(pump.patient_id, ()),
        owner=owner.name if owner else "",
        owner_phone=readable(owner.phone or "") if owner else "",
        in_hand=known.in_hand.get(main.id, ""),
        admitted=known.admitted.get(pump.patient_id, ""),
        by_mouth=known.by_mouth.get(pump.patient_id, "not asked"),
        doubt=known.doubts.get(pump.id, ""),
        alarms=tuple(_alarm(one) for one in watches if one.kind in ALARMS),
        rescue_script=SCRIPT[patient.has_rescue_script],
        programmer_hospital=patient.programmer_hospital,
    )


def _reason(clinic: Clinic, watch: Watch) -> str:
    """Why the pump is listed; the refill-by of a stopped one is no comfort, so since when."""
    since = _day(clinic, watch.stopped_since) if watch.kind is WatchKind.STOPPED else None
    said = REASONS[watch.kind]
    return f"{said} since {since.day} {since:%b %Y}: no drug is given" if since else said


def _alarm(watch: Watch) -> str:
    return str(watch.explanation.get("sentence", REASONS[watch.kind]))


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


def _visits(session: Session, clinic: Clinic) -> dict[int, str]:
    booked = session.scalars(
        sa.select(Appointment).where(
            Appointment.clinic_id == clinic.id, Appointment.state == VisitState.BOOKED
        )
    )
    return {one.pump_id: _visit(clinic, one) for one in booked}


def _visit(clinic: Clinic, booked: Appointment) -> str:
    at = booked.scheduled_at.astimezone(clinic.zone)
    confirmed = ", confirmed" if booked.confirmed_at else ", not confirmed"
    return f"{write_day(at.date())} {at:%H:%M}{confirmed}"


def numbers_of(session: Session, patient_ids: set[int]) -> dict[int, tuple[Number, ...]]:
    """Telephone numbers first; an e-mail address only where there is no number."""
    found: dict[int, list[Contact]] = {}
    for some in _batched(patient_ids):
        asked = sa.select(Contact).where(Contact.patient_id.in_(some)).order_by(Contact.id)
        for contact in session.scalars(asked):
            found.setdefault(contact.patient_id, []).append(contact)
    return {patient_id: _reached_by(contacts) for patient_id, contacts in found.items()}


def _reached_by(contacts: list[Contact]) -> tuple[Number, ...]:
    phones = [one for one in contacts if one.channel is Channel.SMS]
    return tuple(
        Number(
            f"{one.name} ({one.relation})",
            readable(one.address),
            "refused our messages" if one.state in UNREACHABLE else "",
        )
        for one in phones or contacts
    )


def _in_hand(session: Session, clinic: Clinic, watch_ids: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in _batched(watch_ids):
        asked = (
            sa.select(SilenceRow)
            .where(SilenceRow.watch_id.in_(some), SilenceRow.ended_at.is_(None))
            .options(joinedload(SilenceRow.by))
        )
        found.update({one.watch_id: told(one, clinic) for one in session.scalars(asked)})
    return found


def _worst_first(entry: Entry) -> tuple[bool, date, date, str]:
    """An open alarm first, then what has no date: that is later than nothing."""
    dates = (entry.empty_on or date.min, entry.refill_by_on or date.min)
    return (not entry.alarms, *dates, entry.patient)
