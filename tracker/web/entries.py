"""A pump's records in words: a title and a few lines for each."""

from dataclasses import dataclass

from flask import g

from tracker.domain.events import EventKind
from tracker.domain.infusion import Mode
from tracker.models import (
    Countersign,
    Event,
    EventEnd,
    Programme,
    Pump,
    Reading,
    Refill,
    Review,
)
from tracker.services.countersigns import ASKED_FOR, signed_of_pump
from tracker.services.histories import Entry, Record, Revision
from tracker.services.in_force import newest_of_pump
from tracker.web.doses import dose_line, flow_line, step_lines
from tracker.web.filters import (
    both_units,
    concentration,
    ml,
    number,
    plain_day,
    plain_moment,
    rough_ml,
    span,
)
from tracker.web.words import words_for

ENDS = {
    EventKind.ADMISSION: "Discharged",
    EventKind.POCKET_FILL: "Assessed",
    EventKind.FEVER: "Decided",
    EventKind.FLIGHT: "Decided",
}
TITLES = {"bridge": "Bridge bolus", "priming": "Priming bolus", "single": "Single bolus"}


@dataclass(frozen=True, slots=True)
class Words:
    """A record in words."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One record as the history tells it."""

    entry: Entry
    title: str
    lines: tuple[str, ...]

    @property
    def summary(self) -> str:
        return "; ".join(self.lines)


def tell(entry: Entry) -> Told:
    """An entry of the history with its record in words."""
    words = tell_record(entry.record)
    return Told(entry, words.title, words.lines)


def tell_record(record: Record) -> Words:
    """A record in words."""
    return Words(title_of(record), tuple(line for line in _lines(record) if line))


def title_of(record: Record) -> str:
    """What kind of record it is, in words."""
    if isinstance(record, Refill):
        return "First fill" if record.is_first_fill else "Refill"
    if isinstance(record, Programme):
        return "Pump stopped" if record.mode is Mode.STOPPED else "Programme"
    if isinstance(record, Reading):
        return "Interrogation"
    if isinstance(record, Event):
        return words_for(record.kind)
    if isinstance(record, EventEnd):
        return f"{ENDS.get(record.event.kind, 'Ended')}: {words_for(record.event.kind).lower()}"
    if isinstance(record, Review):
        return "Regular review"
    return TITLES.get(record.kind, "Bolus")


def _lines(record: Record) -> list[str]:
    if isinstance(record, Refill):
        return _refill(record)
    if isinstance(record, Programme):
        return programme_lines(record)
    if isinstance(record, Reading):
        return _reading(record)
    if isinstance(record, Event | EventEnd | Review):
        return event_lines(record)
    amount = both_units(record.dose_mcg, "")
    if record.dose_mcg is None:  # a bridge bolus is reckoned: finer than 0.1 mL is not known
        amount = rough_ml(record.volume_ml) if record.kind == "bridge" else ml(record.volume_ml)
    lines = [f"{amount} {span(record.duration_minutes)}"]
    ours, minutes = record.reckoned_volume_ml, record.reckoned_minutes
    if record.kind == "bridge" and not record.is_stated:
        return [*lines, "by our records; what the programmer showed is not on record"]
    if ours is None or minutes is None:
        return lines
    return [*lines, f"by our records {rough_ml(ours)} {span(minutes)}"]


def drug_lines(refill: Refill) -> list[str]:
    """Each drug of the fill with its concentration in both units."""
    return [
        f"{one.drug.name} {concentration(one.concentration_mcg_per_ml)}" for one in refill.drugs
    ]


def _refill(refill: Refill) -> list[str]:
    expected, found = refill.expected_residual_volume_ml, refill.actual_residual_volume_ml
    printed, until = refill.printed_alarm_on, refill.beyond_use_on
    return [
        f"{ml(refill.instilled_volume_ml)} put in: {' + '.join(drug_lines(refill))}",
        f"residual measured: {ml(found)}; expected by the programmer: {ml(expected)}",
        f"programmer's low-reservoir alarm date: {plain_day(printed)}",
        f"beyond-use date {plain_day(until)}" if until else "",
        f"lot {refill.lot}" if refill.lot else "",
        *_second(refill),
        *_needle(refill),
    ]


def _second(refill: Refill) -> list[str]:
    name = refill.checker.name if refill.checker else refill.checked_by
    if name:
        return [f"checked by {name}{_countersigned(refill)}"]
    why = refill.unchecked_because
    return [f"checked by nobody: {why}"] if why else []


def _countersigned(refill: Refill) -> str:
    """What the second person has said by their own sign-in; asked once a page for a pump."""
    if refill.checked_by_id is None:
        return ""
    known: dict[int, dict[int, Countersign]] = g.setdefault("countersigned", {})
    if refill.pump_id not in known:
        known[refill.pump_id] = signed_of_pump(g.session, refill.pump_id)
    said = known[refill.pump_id].get(refill.id)
    if said is None:
        is_waiting = refill.recorded_at >= g.now - ASKED_FOR
        return ", not countersigned yet" if is_waiting else ", not countersigned"
    at = plain_moment(said.recorded_at)
    return (
        f", countersigned {at}" if said.is_agreed else f", who disagrees, {at}: {said.reason}"
    )


def _needle(refill: Refill) -> list[str]:
    times, guide = refill.septum_attempts, refill.guided_by
    return [
        f"lot expires {plain_day(refill.lot_expires_on)}" if refill.lot_expires_on else "",
        f"needle or kit {refill.needle_kit}" if refill.needle_kit else "",
        f"attempts at the septum: {times}" if times else "",
        f"needle led by {words_for(guide).lower()}" if guide else "",
        f"test aspiration: {refill.test_aspiration}" if refill.test_aspiration else "",
    ]


def programme_lines(programme: Programme) -> list[str]:
    """Mode, dose, boluses and steps."""
    bolus = programme.patient_bolus_mcg
    average = programme.patient_bolus_average_per_day
    lines = [
        words_for(programme.mode),
        dose_line(programme),
        flow_line(programme),
        *step_lines(programme.steps),
        f"bolus of {both_units(programme.periodic_bolus_mcg, '')} every"
        f" {programme.periodic_interval_minutes} minutes"
        if programme.periodic_bolus_mcg is not None
        else "",
        f"patient bolus {both_units(bolus, '')}, at most"
        f" {programme.patient_bolus_max_per_day} a day"
        f"{f', {number(average)} on average' if average is not None else ''}"
        if bolus is not None
        else "",
        programme.note,
    ]
    return [line for line in lines if line]


DETAILS = {
    "serial": "serial number",
    "implanted_on": "implanted on",
    "reservoir_capacity_ml": "reservoir, mL",
    "low_reservoir_alarm_ml": "low-reservoir alarm volume, mL",
    "dead_volume_ml": "tubing and catheter, mL",
    "fixed_flow_ml_per_day": "fixed flow, mL/day",
}


def revision_lines(revision: Revision) -> list[str]:
    """Each detail that was corrected: what it is now, and what stood there before."""
    return [
        f"{DETAILS.get(name, name)}: {new or 'not recorded'} (was {old or 'not recorded'})"
        for name, old, new in revision.changes
    ]


def _reading(reading: Reading) -> list[str]:
    clock, months = reading.clock_difference_minutes, reading.battery_months
    return [
        f"reservoir volume stated: {ml(reading.reservoir_volume_ml)}",
        f"low-reservoir alarm date stated: {plain_day(reading.printed_alarm_on)}",
        f"battery: {number(months)} months" if months is not None else "battery: not recorded",
        f"replacement indicator since {plain_day(reading.eri_on)}" if reading.eri_on else "",
        f"pump clock differs by {clock} minutes" if clock else "",
        f"motor running after the scan: {words_for(reading.motor).lower()}"
        if reading.motor
        else "",
        "said then: the programme had been changed" if reading.is_programme_changed else "",
        reading.note,
    ]


def event_lines(record: Event | EventEnd | Review) -> list[str]:
    """What happened, how it ended, or what was looked at."""
    if isinstance(record, Event):
        lines = [record.place, record.phone, record.note]
    elif isinstance(record, EventEnd):
        lines = [f"by {record.decided_by}" if record.decided_by else "", record.note]
    else:
        looked = (
            (record.has_dose, "dose"),
            (record.has_side_effects, "side effects"),
            (record.has_kidney_function, "kidney function"),
        )
        at = ", ".join(name for has, name in looked if has)
        lines = [f"looked at: {at}", f"by {record.reviewed_by}", record.note]
    return [one for one in lines if one]


def last_refill(pump: Pump) -> Refill | None:
    found: Refill | None = g.session.scalar(newest_of_pump(Refill), {"pump_id": pump.id})
    return found


def last_programme(pump: Pump) -> Programme | None:
    found: Programme | None = g.session.scalar(newest_of_pump(Programme), {"pump_id": pump.id})
    return found
