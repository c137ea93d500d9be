"""What a pump's own refills say of how it runs; while it is new, what its model's say.

None of it moves a date: the band of the dates is `domain/residual: flow_band`. See
docs/decisions/0025-what-is-learned-from-refills.md.
"""

from dataclasses import dataclass
from fractions import Fraction

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.drift import Drift, drifts
from tracker.domain.residual import FEWEST_RATIOS, FlowBand, LearnedFrom, learned_band
from tracker.models import Pump, Refill
from tracker.services.charts import chart_of, charts_of
from tracker.services.in_force import in_force
from tracker.services.outlooks import model_facts
from tracker.services.residuals import Measured, measured_refills

SHOWN = 6  # DOMAIN 4.2: always show the signed trend of the last six
OTHERS = 20  # ours: as many other pumps of a model as a page can wait for


@dataclass(frozen=True, slots=True)
class Learned:
    """The measured refills, oldest first; what they show, and the band with its source."""

    measured: tuple[Measured, ...]
    drifts: tuple[Drift, ...]
    band: FlowBand | None
    learned_from: LearnedFrom | None
    ratios: int  # how many the band rests on

    @property
    def shown(self) -> tuple[Measured, ...]:
        """The last six, newest first."""
        return tuple(reversed(self.measured[-SHOWN:]))


def learned_of(session: Session, pump: Pump) -> Learned:
    """What this pump's refills say of it."""
    measured = measured_refills(chart_of(session, pump))
    own = _ratios(measured)
    others = _of_model(session, pump) if len(own) < FEWEST_RATIOS else ()
    found = learned_band(own, others, label=model_facts(pump).accuracy)
    band, source = found or (None, None)
    counted = {LearnedFrom.PUMP: len(own), LearnedFrom.MODEL: len(others)}
    return Learned(measured, drifts(own), band, source, counted.get(source, 0) if source else 0)


def _ratios(measured: tuple[Measured, ...]) -> tuple[Fraction, ...]:
    ratios = (one.residual.accuracy_ratio for one in measured)
    return tuple(one for one in ratios if one is not None)


def _of_model(session: Session, pump: Pump) -> tuple[Fraction, ...]:
    """The newest ratios of other pumps of this model in this clinic."""
    newest = sa.func.max(Refill.filled_at)
    asked = (
        in_force(Refill)
        .with_only_columns(Refill.pump_id)
        .join(Pump, Pump.id == Refill.pump_id)
        .where(
            Pump.clinic_id == pump.clinic_id,
            Pump.model_id == pump.model_id,
            Pump.id != pump.id,
            Refill.actual_residual_volume_ml.is_not(None),
        )
        .group_by(Refill.pump_id)
        .order_by(newest.desc(), Refill.pump_id)
        .limit(OTHERS)
    )
    charts = charts_of(session, list(session.scalars(asked)))
    return tuple(
        ratio
        for chart in charts.values()
        for ratio in _ratios(measured_refills(chart, newest=SHOWN))
    )
