"""The catalogue's rows in the database: what the program was shipped with, by code."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.catalogue import Catalogue, PumpEntry, load, pump_entry
from tracker.domain.own_values import overlaid
from tracker.domain.sourced import Fact
from tracker.models import Clinic, Drug, OwnValue, PumpModel

# Read once for each row: a refill asks for it some twenty times.
_READ: WeakKeyDictionary[PumpModel, tuple[dict[str, Any], PumpEntry]] = WeakKeyDictionary()


def entry_of(model: PumpModel) -> PumpEntry:
    """The catalogue's facts of a pump model, as stored."""
    read = _READ.get(model)
    if read is None or read[0] is not model.facts:
        read = _READ[model] = (model.facts, pump_entry(model.facts))
    return read[1]


def entry_for(model: PumpModel, clinic: Clinic) -> PumpEntry:
    """The facts of a pump model as this clinic reckons with them."""
    own = _facts(clinic, f"pump:{model.code}")
    return overlaid(entry_of(model), own) if own else entry_of(model)


def catalogue_for(clinic: Clinic) -> Catalogue:
    """The catalogue with this clinic's own limits of drugs in it."""
    shipped = load()
    changed = {
        code: overlaid(entry, own)
        for code, entry in shipped.drugs.items()
        if (own := _facts(clinic, f"drug:{code}"))
    }
    return replace(shipped, drugs={**shipped.drugs, **changed}) if changed else shipped


def newest_values(clinic: Clinic, subject: str) -> dict[str, OwnValue]:
    """The clinic's own values of a pump or a drug, by name."""
    newest = {one.name: one for one in clinic.own_values if one.subject == subject}
    return {name: one for name, one in newest.items() if one.value is not None}


def _facts(clinic: Clinic, subject: str) -> list[tuple[str, Fact]]:
    return [
        (name, Fact(own.value or "", own.source, "P", "the clinic's own value"))
        for name, own in newest_values(clinic, subject).items()
    ]


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
