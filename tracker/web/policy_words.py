"""How a step of a ladder is read: when it is due, how long, and whom it tells."""

from datetime import timedelta

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Anchor, Step, Target
from tracker.domain.policy import dates_of
from tracker.web.message_words import message_words
from tracker.web.words import words_for

UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
OPENED = {
    WatchKind.REPLY: "the arrival of the answer",
    WatchKind.LIST: "the hour of the morning list",
    WatchKind.DAY_REPORT: "the hour of the report",
    WatchKind.WEEK_REPORT: "the hour of the report",
    WatchKind.NO_DATA: "the hour at which the record was found missing",
    WatchKind.MISMATCH: "the hour at which the dates were found to differ",
    WatchKind.DISCREPANCY: "the record of the refill",
    WatchKind.DISPUTE: "the hour at which the second person disagreed",
    WatchKind.STOPPED: "the record that the pump is stopped",
    WatchKind.UNDELIVERABLE: "the news that a message did not arrive",
    WatchKind.ACCESS: "the hour at which the record was opened",
    WatchKind.TRANSFER: "the hour at which the handover was proposed",
    WatchKind.ASSESSMENT: "the record that a pocket fill is suspected",
    WatchKind.RAISED_FLOW: "the record of the fever or the flight",
    WatchKind.REVIEW: "the day on which the review was due",
    WatchKind.ALARM: "the record of the alarm",
    WatchKind.MINOR_ALARM: "the record of the alarm",
    WatchKind.SYSTEM: "the hour at which the fault was found",
}
# What a date is, depends on what is watched: `domain/ladders` and `services/closed_visits`.
ANCHORS = {
    WatchKind.REFILL: {
        Anchor.DANGER: "refill-by",
        Anchor.DRY: "the earliest empty date",
        Anchor.OPENED: "the beginning of the watch",
    },
    WatchKind.BATTERY: {
        Anchor.DANGER: "the day by which the surgery must be booked",
        Anchor.DRY: "the end of the battery",
        Anchor.OPENED: "the beginning of the watch",
    },
    WatchKind.INTERROGATION: {
        Anchor.DANGER: "the hour of the MRI scan",
        Anchor.OPENED: "the record of the scan",
    },
    WatchKind.ENDING: {
        Anchor.DANGER: "the day by which the end of a pump is to be confirmed",
        Anchor.OPENED: "the record of the end",
    },
    WatchKind.CALL: {
        Anchor.DANGER: "the end of the day for which it was promised",
        Anchor.OPENED: "the record of the call before",
    },
    WatchKind.RECALL: {
        Anchor.DANGER: "the day by which the notice is to be answered",
        Anchor.OPENED: "the hour at which the pump was found",
    },
    WatchKind.ORDER: {
        Anchor.DANGER: "the day by which the drug is to be ordered, or to be there",
        Anchor.OPENED: "the record from which an order is needed",
    },
    WatchKind.AUTHORISATION: {
        Anchor.DANGER: "the day by which the payer is to be asked, or to have answered",
        Anchor.OPENED: "the record from which an authorisation is needed",
    },
    WatchKind.VISIT: {
        Anchor.DANGER: "the time of the visit",
        Anchor.DRY: "the hour at which its day was found closed",
        Anchor.OPENED: "the booking",
    },
}
TARGETS = {
    Target.OWNER: "owner",
    Target.DEPUTY: "deputy of the owner",
    Target.ON_DUTY: "on duty",
    Target.NURSE: "nurses",
    Target.COORDINATOR: "coordinators",
    Target.CLINICIAN: "clinicians",
    Target.ADMINISTRATOR: "administrators",
    Target.PATIENT: "patient",
    Target.CARER: "carer",
    Target.LAST_RESORT: "last resort",
    Target.DAY_READERS: "whoever wants the report of the day",
    Target.WEEK_READERS: "whoever wants the report of the week",
}


def anchor_words(kind: WatchKind, anchor: Anchor) -> str:
    """What a step of such a watch is counted from."""
    if kind in ANCHORS:
        return ANCHORS[kind][anchor]
    return OPENED[kind] if anchor is Anchor.OPENED else "a date that such a watch doesn't have"


def anchor_options(kind: WatchKind) -> list[tuple[str, str]]:
    """What a step of such a watch can be counted from, to choose from."""
    dates = dates_of(kind)
    return [(one.value, anchor_words(kind, one)) for one in Anchor if one in dates]


def span_words(span: timedelta) -> str:
    """A time of a step in words: "14 days", "8 hours", "20 days and 23 hours"."""
    parts = []
    for unit in ("days", "hours", "minutes"):
        count, span = divmod(span, UNITS[unit])
        if count:
            parts.append(f"{count} {unit if count != 1 else unit[:-1]}")
    return " and ".join(parts)


def when_words(kind: WatchKind, anchor: Anchor, offset: timedelta) -> str:
    """When a step is due: "14 days before the end of the battery"."""
    base = anchor_words(kind, anchor)
    if not offset:
        return f"at {base}"
    place = "before" if offset < timedelta() else "after"
    return f"{span_words(abs(offset))} {place} {base}"


def target_words(target: Target) -> str:
    """Whom a step tells, in words."""
    return TARGETS[target]


def step_words(kind: WatchKind, step: Step, names: dict[int, str]) -> str:
    """All of a step in one sentence, so that two versions of it can be compared."""
    when = " or ".join(when_words(kind, *one) for one in step.offsets)
    repeat = f", then every {span_words(step.repeat)}" if step.repeat else ""
    people = (names.get(one, "somebody who has left") for one in step.people)
    to = ", ".join((*map(target_words, step.targets), *people))
    ways = " and ".join(words_for(one) for one in step.channels)
    night = "keeps quiet hours" if step.keeps_quiet_hours else "also at night"
    return (
        f"{step.name}: {when}{repeat}; to {to} by {ways}: {message_words(step.template)};"
        f" {words_for(step.level).lower()}; {night}"
    )
