"""The bridge bolus of a refill: what it is by the records, and what was set at the pump."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from tracker.domain.bridge import Bridge, about_bridge, reckon_bridge
from tracker.domain.errors import TrackerError
from tracker.domain.infusion import daily_dose_mcg
from tracker.models import Bolus, Pump
from tracker.services.charts import Chart
from tracker.services.outlooks import look_ahead
from tracker.services.refill_facts import RefillFacts

MICRO = Decimal("0.000001")  # a duration is kept to a millionth of a minute


class NoDeadVolume(TrackerError):
    code = "no_dead_volume"


@dataclass(frozen=True, slots=True)
class BridgePreview:
    """A bridge bolus before it is saved; `cannot` says why ours can't be reckoned.

    The low-reservoir dates are with it and without it.
    """

    ours: Bridge | None
    cannot: str | None
    is_set: bool
    low_with_at: datetime | None
    low_without_at: datetime | None


def bridge_of(pump: Pump, earlier: Chart, at: datetime) -> Bridge:
    """The bridge bolus by the records: the old drug in tubing and catheter, at its dose."""
    last = earlier.before(at)
    if pump.dead_volume_ml is None:
        raise NoDeadVolume(
            "The volume of this pump's tubing and catheter is not on record: enter it under"
            " “Correct this pump's details”, or give the volume and the duration that the"
            " programmer shows.",
            field="is_bridged",
        )
    dose = daily_dose_mcg(last.programme) if last.programme else None
    if last.latest_fill is None or not dose:
        raise NoDeadVolume(
            "There is no earlier drug and dose on record to bridge from: give the volume and"
            " the duration that the programmer shows.",
            field="is_bridged",
        )
    strength = last.latest_fill.fill.concentration_mcg_per_ml
    return reckon_bridge(pump.dead_volume_ml, strength, dose)


def bridge_rows(pump: Pump, earlier: Chart, facts: RefillFacts) -> Iterator[Bolus]:
    """The bolus as the programmer shows it, with ours beside it; ours alone if nothing is said.

    Refused where neither is known.
    """
    if not facts.is_bridged:
        return
    volume, minutes = facts.bridge_volume_ml, facts.bridge_minutes
    is_told = volume is not None and minutes is not None
    ours = _ours(pump, earlier, facts.filled_at) if is_told else None
    if not is_told:
        ours = bridge_of(pump, earlier, facts.filled_at)
    reckoned = None if ours is None else _minutes(ours, facts.filled_at)
    yield Bolus(
        started_at=facts.filled_at,
        kind="bridge",
        volume_ml=volume if is_told else ours and ours.volume_ml,
        duration_minutes=minutes if is_told else reckoned,
        reckoned_volume_ml=ours and ours.volume_ml,
        reckoned_minutes=reckoned,
        is_stated=is_told,
        suspends_basal=True,
    )


def _ours(pump: Pump, earlier: Chart, at: datetime) -> Bridge | None:
    try:
        return bridge_of(pump, earlier, at)
    except TrackerError:
        return None


def _minutes(bridge: Bridge, at: datetime) -> Decimal:
    duration = bridge.as_bolus(at).duration
    return (Decimal(duration // timedelta(microseconds=1)) / 60_000_000).quantize(MICRO)


def is_bridge_due(earlier: Chart, facts: RefillFacts) -> bool:
    """Whether drug or concentration differ from what is in tubing and catheter."""
    last = earlier.before(facts.filled_at).latest_fill
    if last is None:
        return False
    old = {drug.code: drug.concentration_mcg_per_ml for drug in last.drugs}
    return old != {drug.drug_code: drug.concentration_mcg_per_ml for drug in facts.drugs}


def bridge_concerns(pump: Pump, earlier: Chart, facts: RefillFacts) -> Iterator[str]:
    """A bridge bolus that is missing, that nobody compared, or that isn't ours (H05)."""
    ours = _ours(pump, earlier, facts.filled_at)
    if facts.is_bridged:
        yield from about_bridge(ours, facts.bridge_volume_ml, facts.bridge_minutes)
    elif is_bridge_due(earlier, facts):
        yield (
            "Drug or concentration differs from the last fill and no bridge bolus is recorded:"
            " the tubing still holds the old drug."
        )


def preview_bridge(
    pump: Pump, earlier: Chart, proposed: Chart, facts: RefillFacts
) -> BridgePreview | None:
    """The bridge with its effect on the alarm date; None where none is due and none is set."""
    if not facts.is_bridged and not is_bridge_due(earlier, facts):
        return None
    try:
        ours, cannot = bridge_of(pump, earlier, facts.filled_at), None
    except TrackerError as refused:
        ours, cannot = None, refused.message
    at = facts.filled_at
    without = replace(
        proposed,
        boluses=tuple(
            one for one in proposed.boluses if not (one.at == at and one.suspends_basal)
        ),
    )
    bridged = proposed
    if not facts.is_bridged and ours is not None:
        bridged = without.with_boluses((ours.as_bolus(at),))
    return BridgePreview(
        ours, cannot, facts.is_bridged, _low_at(pump, bridged), _low_at(pump, without)
    )


def _low_at(pump: Pump, chart: Chart) -> datetime | None:
    danger = look_ahead(pump, chart).refill
    return None if danger is None else danger.low_at
