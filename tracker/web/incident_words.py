"""An incident in words: each row that bears on a watch as a moment of its report."""

from collections.abc import Iterator
from datetime import date, datetime

from flask import g

from tracker.domain.incident import IncidentReport, Moment, first_after, say_span
from tracker.domain.message import HANDED_OVER, is_unsent
from tracker.models import Appointment, Message, SilenceRow, Watch
from tracker.services.incidents import Incident
from tracker.web.dates import moves
from tracker.web.entries import revision_lines, tell
from tracker.web.evidence_words import evidence_words
from tracker.web.filters import plain_day, plain_moment
from tracker.web.message_words import message_words, sending_words
from tracker.web.watches import causes
from tracker.web.words import words_for

MOST_MOVES = 100  # ours: of one pump; more have not been seen


def report_of(incident: Incident) -> IncidentReport:
    """The report as a page and a printout show it, in the clinic's own time."""
    watch = incident.watch
    patient = watch.pump.patient if watch.pump else None
    title = words_for(watch.kind)
    if patient is not None:
        title += f": {patient.family_name}, {patient.given_name}"
    return IncidentReport(
        title=title,
        clinic=g.clinic.name,
        zone=g.clinic.zone,
        made_at=g.now,
        made_by=g.staff.name,
        facts=tuple(_facts(incident)),
        moments=tuple(sorted(_moments(incident), key=lambda one: one.at)),
    )


def _facts(incident: Incident) -> Iterator[tuple[str, str]]:
    watch = incident.watch
    if watch.pump is not None:
        patient = watch.pump.patient
        yield "Patient", f"MRN {patient.mrn}, born {plain_day(patient.birth_on)}"
        yield "Pump", f"{watch.pump.model.name}, serial {watch.pump.serial}"
    if said := causes(watch):
        yield "Cause", " ".join(said)
    yield "Opened", plain_moment(watch.opened_at)
    if watch.danger_at is not None:
        moved = "; it had moved, as is told below" if watch.date_moves else ""
        yield "To be settled by", f"{plain_moment(watch.danger_at)}{moved}"
        if watch.binding_rule is not None:
            yield "Set by", f"the {words_for(watch.binding_rule)}"
    if watch.closed_at is None:
        yield "Ended", "not yet"
    else:
        yield "Ended", f"{plain_moment(watch.closed_at)}, because {evidence_words(watch)}"
        if (on := _ended_on(watch)) is not None:
            yield "That was on", plain_day(on)
        if watch.danger_at is not None:
            yield "Days left when it ended", _days(watch.danger_at, watch.closed_at)
    yield from _speeds(incident)


def _speeds(incident: Incident) -> Iterator[tuple[str, str]]:
    """From when somebody was to be told; what reached nobody, only printed, is no message."""
    sent = [
        one.sent_at
        for one in incident.messages
        if one.sent_at is not None and not is_unsent(one.state, one.provider_id)
    ]
    began = min([incident.due_at, *sent])
    yield "First message due", plain_moment(began)
    first = first_after(sent, began)
    yield "First message after that", say_span(first, never="none was sent")
    if sent:
        human = [one.began_at for one in incident.silences]
        human += [one.called_at for one in incident.calls]
        human += [one.booked_at for one in incident.visits]
        reached = first_after(human, min(sent))
        never = "nobody took it in hand, called or booked after it"
        yield "From that message to somebody's act", say_span(reached, never=never)


def _ended_on(watch: Watch) -> date | None:
    """The day of the end that ended this watch; when it was recorded is another."""
    pump = watch.pump
    is_by_it = pump is not None and pump.end_kind == watch.evidence_kind
    return pump.ended_on if pump is not None and is_by_it else None


def _days(danger_at: datetime, closed_at: datetime) -> str:
    zone = g.clinic.zone
    left = (danger_at.astimezone(zone).date() - closed_at.astimezone(zone).date()).days
    return f"{left}" if left >= 0 else f"none: {-left} days too late"


def _moments(incident: Incident) -> Iterator[Moment]:
    watch = incident.watch
    yield Moment(watch.opened_at, "The watch opened")
    yield from _records(incident)
    yield from _moves(incident)
    yield from _sendings(incident)
    for silence in incident.silences:
        yield from _silence(silence)
    for call in incident.calls:
        lines = [call.note] if call.note else []
        if call.next_call_on:
            lines.append(f"to be called again on {plain_day(call.next_call_on)}")
        what = f"Call to {call.called}: {words_for(call.result).lower()}"
        yield Moment(call.called_at, what, call.by.name, tuple(lines))
    for visit in incident.visits:
        yield from _visit(visit)
    yield from _answers(incident)
    yield from _people(incident)
    if watch.closed_at is not None:
        on = _ended_on(watch)
        said = (f"on {plain_day(on)}",) if on else ()
        yield Moment(watch.closed_at, f"The watch ended: {evidence_words(watch)}", lines=said)


def _records(incident: Incident) -> Iterator[Moment]:
    for entry in incident.records:
        told, record = tell(entry), entry.record
        reason = (f"reason: {record.reason}",) if record.reason else ()
        what = f"{told.title} recorded" + (", as a correction" if record.replaces_id else "")
        yield Moment(
            record.recorded_at, what, entry.recorded_by, told.lines + reason, was_at=entry.at
        )
        newer = entry.replaced_by
        if newer is not None and newer.is_void:
            why = (f"reason: {newer.reason or 'none given'}",)
            struck = f"{told.title} of {plain_moment(entry.at)} struck out"
            yield Moment(newer.recorded_at, struck, entry.replaced_by_name or "", why)
    for one in incident.revisions:
        lines = (*revision_lines(one), f"reason: {one.reason}")
        yield Moment(one.recorded_at, "Pump's details corrected", one.recorded_by, lines)


def _moves(incident: Incident) -> Iterator[Moment]:
    """Each move of the pump's dates meanwhile, whatever it came from."""
    watch = incident.watch
    if watch.pump is None:
        return
    for one, words in moves(watch.pump, limit=MOST_MOVES):
        if watch.opened_at < one.recorded_at <= incident.until:
            yield Moment(one.recorded_at, words)


def _sendings(incident: Incident) -> Iterator[Moment]:
    """The messages, told together where they differ by the reader alone; what failed, each."""
    told: dict[tuple[datetime, str, str, str, str], list[str]] = {}
    for message in incident.messages:
        is_out = message.state in HANDED_OVER and message.sent_at is not None
        at = message.sent_at if is_out and message.sent_at else message.planned_at
        became = sending_words(message.state, message.provider_id)
        about, by = message_words(message.template), words_for(message.channel)
        minute = at.replace(second=0, microsecond=0)
        key = (minute, about, by, became, message.state_reason)
        told.setdefault(key, []).append(_reader(message))
    for (at, about, channel, became, reason), readers in told.items():
        what = f"{about}, by {channel}: {became}"
        lines = (f"to {', '.join(dict.fromkeys(readers))}", *([reason] if reason else []))
        yield Moment(at, what, "the program", lines)
    for message, attempt in incident.attempts:
        if attempt.outcome != "sent":
            said = " ".join(filter(None, (attempt.provider_code, attempt.provider_text)))
            what = f"{_name(message)}: an attempt, {attempt.outcome.replace('_', ' ')}"
            yield Moment(attempt.started_at, what, "the program", (said,) if said else ())
    for message, report in incident.reports:
        what = f"{_name(message)}: the provider reports {report.status}"
        yield Moment(report.received_at, what, report.provider)


def _reader(message: Message) -> str:
    whom = message.staff or message.contact
    return whom.name if whom else "nobody"


def _name(message: Message) -> str:
    about, by = message_words(message.template), words_for(message.channel)
    return f"{about}, by {by}, to {_reader(message)}"


def _silence(one: SilenceRow) -> Iterator[Moment]:
    until = f"until {plain_moment(one.until)}"
    yield Moment(one.began_at, f"{words_for(one.kind)}, {until}", one.by.name, (one.reason,))
    if one.ended_at is not None:
        yield Moment(one.ended_at, f"{words_for(one.kind)}: ended", "", (one.ended_because,))


def _visit(one: Appointment) -> Iterator[Moment]:
    when = plain_moment(one.scheduled_at)
    signed = (f"after refill-by, signed: {one.signed_reason}",) if one.signed_reason else ()
    yield Moment(one.booked_at, f"Visit booked for {when}", one.booked_by.name, signed)
    if one.confirmed_at is not None:
        how = (one.confirmed_how,) if one.confirmed_how else ()
        yield Moment(one.confirmed_at, f"Visit of {when} confirmed", "", how)
    if one.ended_at is not None:
        by, why = one.ended_by.name if one.ended_by else "", one.ended_reason
        what = f"Visit of {when}: {words_for(one.state).lower()}"
        yield Moment(one.ended_at, what, by, (why,) if why else ())


def _answers(incident: Incident) -> Iterator[Moment]:
    for one in incident.replies:
        who = one.contact.name if one.contact else "nobody known"
        what = f"Answer by {words_for(one.channel)}: {words_for(one.kind)}"
        yield Moment(one.received_at, what, who, (one.body,))
        if one.handled_at is not None:
            by = one.handled_by.name if one.handled_by else "the program"
            yield Moment(one.handled_at, "Answer dealt with", by, (one.handled_how,))


def _people(incident: Incident) -> Iterator[Moment]:
    """Who was made to answer for it, and who opened its page: once a day each is enough."""
    for one, owner in incident.handings:
        why = incident.reasons.get(one.at)
        yield Moment(one.at, f"Given to {owner}{f': {why}' if why else ''}", one.actor)
    seen: set[tuple[str, date]] = set()
    for one in incident.looks:
        day = one.at.astimezone(g.clinic.zone).date()
        if (one.actor, day) not in seen:
            seen.add((one.actor, day))
            yield Moment(one.at, "Read how it stands, first on this day", one.actor)
