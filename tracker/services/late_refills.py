"""A refill that is entered late: its own printed date, and what it changes about the next."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from tracker.domain.plausibility import about_mismatch
from tracker.domain.residual import Grade, Residual
from tracker.models import Pump
from tracker.services.charts import Chart
from tracker.services.outlooks import look_ahead
from tracker.services.refill_facts import RefillFacts
from tracker.services.residuals import residual_at

OFF = {
    Grade.WITHIN: "within the usual limits",
    Grade.AMBER: "outside the usual limits",
    Grade.RED: "far outside the usual limits",
}


def late_concerns(
    pump: Pump, earlier: Chart, proposed: Chart, facts: RefillFacts
) -> Iterator[str]:
    """What is unusual about a refill that is older than the newest one on record."""
    yield from about_mismatch(look_ahead(pump, _then(proposed, facts.filled_at)).refill)
    newer = next((one for one in earlier.fills if one.fill.at > facts.filled_at), None)
    if newer is None:
        return
    was, then = residual_at(earlier, newer), residual_at(proposed, newer)
    if then is None or (was and was.grade is then.grade):
        return
    on = newer.fill.at.astimezone(pump.clinic.zone).date()
    before = f"was {OFF[was.grade]} and " if was else ""
    yield (
        f"With this refill the discrepancy of the refill of {on.day} {on:%b %Y} {before}is"
        f" {OFF[then.grade]}: {_rough(then)}."
    )


def _rough(residual: Residual) -> str:
    expected = residual.expected_ml.quantize(Decimal("0.1"))
    return f"expected about {expected:f} mL, measured {residual.measured_ml.normalize():f} mL"


def _then(chart: Chart, at: datetime) -> Chart:
    """The chart as the programmer had it when it printed at `at`: nothing that came later."""
    return replace(
        chart,
        fills=tuple(one for one in chart.fills if one.fill.at <= at),
        programmes=tuple(one for one in chart.programmes if one.at <= at),
        boluses=tuple(one for one in chart.boluses if one.at <= at),
        readings=(),
        printed_by_programme=tuple(one for one in chart.printed_by_programme if one[0] <= at),
    )
