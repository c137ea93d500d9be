"""Cases worked out beside the product: what `flask project FILE --json` reads and answers.

A case is a pump, a clinic and what was recorded, with the questions "what was known then?".
Wall times become instants for each question alone, so that a record which was not known yet
can't spoil the answer. The dates come from the same functions as those of the product.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tracker.domain.errors import NoFill, NoProgramme, TrackerError
from tracker.domain.infusion import (
    Bolus,
    Fill,
    History,
    Mode,
    Programme,
    check_rates,
    check_volumes,
)
from tracker.domain.reservoir import later, project
from tracker.interop.scenario_files import (
    BrokenScenario,
    Case,
    Event,
    Moment,
    PlannedBolus,
    PlannedProgramme,
    PlannedRefill,
    read,
    read_cases,
)

__all__ = ["BrokenScenario", "answer", "read"]


def answer(document: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to every case of a document, in order. Raises BrokenScenario."""
    cases = read_cases(document)
    return {
        "results": [
            {"id": case.id, "answers": [_reply(case, asked) for asked in case.questions]}
            for case in cases
        ]
    }


def _reply(case: Case, asked: Moment | None) -> dict[str, str | None]:
    try:
        as_of = None if asked is None else asked.instant()
        return _dates(case, _known(case, as_of))
    except TrackerError as refused:
        return {"rejected": refused.code, "reason": refused.message}


@dataclass(frozen=True, slots=True)
class _Record:
    """An event that is known, with its instants."""

    event: Event
    at: datetime
    recorded_at: datetime | None


def _known(case: Case, as_of: datetime | None) -> History:
    """What is known at a moment: recorded, not struck out by then, and no refill to come."""
    records = [one for one in (_record(event, as_of) for event in case.events) if one]
    kept = _without_overwritten(records)
    return History(
        tuple(_fill(one) for one in kept if isinstance(one.event.what, PlannedRefill)),
        tuple(_programme(one) for one in kept if isinstance(one.event.what, PlannedProgramme)),
        tuple(_bolus(one) for one in kept if isinstance(one.event.what, PlannedBolus)),
    )


def _record(event: Event, as_of: datetime | None) -> _Record | None:
    if as_of is None and event.voided_at is not None:
        return None
    recorded_at = event.recorded_at.instant() if event.recorded_at else None
    if as_of is not None:
        if recorded_at is not None and recorded_at > as_of:
            return None
        if event.voided_at is not None and event.voided_at.instant() <= as_of:
            return None
    at = event.at.instant()
    if as_of is not None and isinstance(event.what, PlannedRefill) and at > as_of:
        return None
    return _Record(event, at, recorded_at)


def _without_overwritten(records: list[_Record]) -> list[_Record]:
    """One refill and one programme for an instant: the one that was recorded last."""
    kept: list[_Record] = []
    newest: dict[tuple[type, datetime], datetime] = {}
    never = datetime.min.replace(tzinfo=UTC)
    for one in records:
        key = (type(one.event.what), one.at)
        newest[key] = max(newest.get(key, never), one.recorded_at or never)
    for one in records:
        is_bolus = isinstance(one.event.what, PlannedBolus)
        if is_bolus or newest[type(one.event.what), one.at] == (one.recorded_at or never):
            kept.append(one)
    return kept


def _fill(record: _Record) -> Fill:
    what = record.event.what
    assert isinstance(what, PlannedRefill)
    return Fill(record.at, what.volume_ml, what.concentration_mcg_ml)


def _programme(record: _Record) -> Programme:
    what = record.event.what
    assert isinstance(what, PlannedProgramme)
    offset = record.at.astimezone(record.event.at.zone).utcoffset() or timedelta(0)
    return Programme(record.at, what.mode, what.dose_mcg_day, None, what.steps, offset)


def _bolus(record: _Record) -> Bolus:
    what = record.event.what
    assert isinstance(what, PlannedBolus)
    return Bolus(record.at, what.duration, what.volume_ml, what.dose_mcg, what.suspends_basal)


def _from_its_start(history: History) -> History:
    """The history with the pump stopped until its first programme.

    A programme planned for later counts from its start (rule 7 of the cases). The product
    takes the first flow back to the fill, for there a missing programme is a gap in the record.
    """
    if not history.programmes:
        raise NoProgramme("No programme is known, so nothing can be projected.")
    oldest = min(one.at for one in history.fills)
    if min(one.at for one in history.programmes) <= oldest:
        return history
    idle = Programme(oldest, Mode.STOPPED)
    return replace(history, programmes=(idle, *history.programmes))


def _dates(case: Case, history: History) -> dict[str, str | None]:
    if not history.fills:
        raise NoFill("No refill is known, so nothing can be projected.")
    history = _from_its_start(history)
    check_volumes(history, case.capacity_ml)
    check_rates(history, case.limits)
    plain = project(history, alarm_volume_ml=case.alarm_volume_ml)
    raised = project(
        history,
        alarm_volume_ml=case.alarm_volume_ml,
        flow_factor=1 + Fraction(case.flow_margin_percent) / 100,
    )
    expires = _after(plain.counts_from, case.stability_days)
    buffered = _after(plain.low_at, -case.buffer_days)
    terms = [one for one in (buffered, raised.low_at, expires) if one]
    refill_by = min(terms) if terms else None
    if refill_by and case.open_days:
        refill_by = case.open_days.moved_back(refill_by)
    return {
        "counts_from": _shown(plain.counts_from),
        "low_reservoir": _shown(plain.low_at),
        "empty": _shown(plain.empty_at),
        "drug_expires": _shown(expires),
        "refill_by": _shown(refill_by),
    }


def _after(at: datetime | None, days: Decimal | None) -> datetime | None:
    return None if at is None or days is None else later(at, days)


def _shown(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
