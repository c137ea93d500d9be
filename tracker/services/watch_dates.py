"""What a watch is to say of its danger, from the outlook and from what events ask for."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tracker.domain.calendar import start_of_day
from tracker.domain.danger import RefillDanger, Rule, WatchKind
from tracker.domain.events import Asked
from tracker.domain.plausibility import about_mismatch, about_residual
from tracker.domain.urgency import stopped_long_at
from tracker.models import Pump
from tracker.services.outlooks import Outlook, clinic_rules
from tracker.services.residuals import Measured


@dataclass(frozen=True, slots=True)
class Dates:
    """What a watch is to say of its danger; every date may be unknown."""

    danger_at: datetime | None = None
    earliest_at: datetime | None = None
    likely_at: datetime | None = None
    latest_at: datetime | None = None
    dry_at: datetime | None = None
    counts_from_at: datetime | None = None
    leaves_at: datetime | None = None
    leaving_known_at: datetime | None = None
    binding_rule: Rule | None = None
    explanation: dict[str, Any] = field(default_factory=dict)


def refill_dates(outlook: Outlook) -> Dates:
    """The dates of the refill watch; all unknown when they can't be computed."""
    danger = outlook.refill
    if danger is None:
        return Dates(explanation={"cannot": outlook.cannot})
    return Dates(
        danger_at=danger.refill_by_at,
        earliest_at=danger.earliest_low_at,
        likely_at=danger.likely_low_at,
        latest_at=danger.latest_low_at,
        dry_at=danger.earliest_empty_at,
        counts_from_at=danger.counts_from,
        binding_rule=danger.binding,
        explanation=_explained(danger),
    )


def _explained(danger: RefillDanger) -> dict[str, Any]:
    return {
        "terms": [{"rule": term.rule, "at": term.at.isoformat()} for term in danger.terms],
        "before_closures_at": danger.before_closures_at.isoformat(),
        "low_at": danger.low_at and danger.low_at.isoformat(),
        "empty_at": danger.empty_at and danger.empty_at.isoformat(),
        "stated_alarm_on": danger.printed_alarm_on and danger.printed_alarm_on.isoformat(),
        "stated_how": danger.stated and danger.stated.how,
        "mismatch_days": danger.mismatch_days,
    }


def battery_dates(pump: Pump, outlook: Outlook) -> Dates:
    """The dates of the battery watch: its danger is the day by which surgery must be booked."""
    danger = outlook.battery
    if danger is None:
        return Dates(explanation={"cannot": outlook.battery_cannot})
    zone = pump.clinic.zone
    ends_at = start_of_day(danger.end_of_service_on, zone)
    book_by = clinic_rules(pump.clinic).open_days.moved_back(
        start_of_day(danger.book_by_on, zone)
    )
    return Dates(
        danger_at=book_by,
        likely_at=ends_at,
        dry_at=ends_at,
        binding_rule=danger.binding,
        explanation={
            "terms": [{"rule": term.rule, "on": term.on.isoformat()} for term in danger.terms],
            "plan_from_on": danger.plan_from_on.isoformat(),
            "end_of_service_on": danger.end_of_service_on.isoformat(),
        },
    )


def missing(outlook: Outlook, elsewhere: Asked | None = None) -> Dates | None:
    """Why a date can't be computed or believed: an alarm, never a blank. None if neither."""
    reasons = [one for one in (outlook.cannot, outlook.battery_cannot) if one]
    if outlook.unrecorded_since is not None:
        reasons.append(
            "At an interrogation it was said that the programme had been changed, and the new"
            " one is not recorded: the dates still count with the old one. Record it."
        )
    reasons += elsewhere.reasons if elsewhere else ()
    return Dates(explanation={"reasons": reasons}) if reasons else None


def mismatch(outlook: Outlook) -> Dates | None:
    """The programmer's date and ours can't both be right: to be settled before refill-by."""
    danger = outlook.refill
    if danger is None or danger.mismatch_days is None:
        return None
    return Dates(
        danger_at=danger.refill_by_at,
        explanation={"reasons": list(about_mismatch(danger))},
    )


def stopped(outlook: Outlook) -> Dates | None:
    """A stopped pump uses nothing and gives nothing: never "no consumption, no hurry"."""
    since = outlook.stopped_since
    if since is None:
        return None
    return Dates(
        danger_at=stopped_long_at(since, outlook.risk),
        explanation={"reasons": ["The pump is stopped: the patient receives no drug."]},
    )


def asked_for(kind: WatchKind, asked: Asked | None) -> Dates | None:
    """What an event asks for. Only a scan may lie ahead, and alone has a date to be held to."""
    if asked is None:
        return None
    at = asked.at if kind is WatchKind.INTERROGATION else None
    return Dates(danger_at=at, explanation={"reasons": list(asked.reasons)})


def discrepancy(found: Measured | None) -> Dates | None:
    """A residual far off has no date: it is pressed from the hour in which it was found."""
    if found is None:
        return None
    return Dates(
        explanation={
            "reasons": list(about_residual(found.residual)),
            "refill_id": found.refill_id,
        },
    )
