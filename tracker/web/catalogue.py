"""What the forms offer from the catalogue."""

import sqlalchemy as sa
from flask import g

from tracker.domain.catalogue import pump_entry
from tracker.models import Drug, Pump, PumpModel


def drug_options() -> list[tuple[str, str]]:
    """Code and name of every drug, by name."""
    rows = g.session.execute(sa.select(Drug.code, Drug.name).order_by(Drug.name))
    return [(row.code, row.name) for row in rows]


def pump_models() -> list[PumpModel]:
    """Every pump model, by name."""
    return list(g.session.scalars(sa.select(PumpModel).order_by(PumpModel.name)))


def has_alarm(pump: Pump) -> bool:
    """Whether this model has a low-reservoir alarm, and so prints a date for it."""
    return bool(pump_entry(pump.model.facts).has_alarm)
