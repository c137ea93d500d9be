"""The catalogue's rows in the database: what the program was shipped with, by code."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.catalogue import PumpEntry, load, pump_entry
from tracker.models import Drug, PumpModel


def entry_of(model: PumpModel) -> PumpEntry:
    """The catalogue's facts of a pump model, as stored."""
    return pump_entry(model.facts)


def seed(session: Session) -> int:
    """Bring pump models and drugs to what the catalogue says; the number of rows that changed.

    A row that the catalogue no longer has stays: implanted pumps may point at it.
    """
    catalogue = load()
    changed = _keep(
        session,
        PumpModel,
        {
            pump.code: {"name": pump.name, "facts": pump.as_json()}
            for pump in catalogue.pumps.values()
        },
    )
    changed += _keep(
        session,
        Drug,
        {
            drug.code: {
                "name": drug.name,
                "risk_class": drug.risk_class,
                "facts": drug.as_json(),
            }
            for drug in catalogue.drugs.values()
        },
    )
    session.flush()
    return changed


def _keep(
    session: Session,
    table: type[PumpModel | Drug],
    wanted: dict[str, dict[str, Any]],
) -> int:
    """How many rows had to be made or changed, so that each code has its values."""
    rows: Iterable[PumpModel | Drug] = session.scalars(sa.select(table))
    known = {row.code: row for row in rows}
    changed = 0
    for code, values in wanted.items():
        row = known.get(code)
        if row is None:
            session.add(table(code=code, **values))
            changed += 1
            continue
        differs = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in differs.items():
            setattr(row, name, value)
        changed += bool(differs)
    return changed
