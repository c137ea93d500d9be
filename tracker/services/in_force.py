"""Which rows of the clinical record count: those that are neither void nor replaced."""

from functools import cache
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from tracker.models import (
    Bolus,
    Event,
    EventEnd,
    OralMedicine,
    Programme,
    Reading,
    Refill,
    Review,
)

OfPump = TypeVar("OfPump", Refill, Programme, Bolus, Reading, Event, EventEnd, Review)
Row = TypeVar("Row", Refill, Programme, Bolus, Reading, Event, EventEnd, Review, OralMedicine)
AT = {
    Refill: "filled_at",
    Programme: "effective_at",
    Bolus: "started_at",
    Reading: "read_at",
    Event: "started_at",
    EventEnd: "ended_at",
    Review: "reviewed_at",
}


@cache  # the alias is dear to make, and the question is always the same
def in_force(table: type[Row]) -> sa.Select[Row]:
    """The rows of `table` that count; a refill comes with its drugs, in one query more."""
    found = _counting(table)
    return found.options(selectinload(Refill.drugs)) if table is Refill else found


def _counting(table: type[Row]) -> sa.Select[Row]:
    newer = aliased(table)
    return sa.select(table).where(
        table.is_void.is_(False), ~sa.exists().where(newer.replaces_id == table.id)
    )


@cache
def of_pump(table: type[OfPump]) -> sa.Select[OfPump]:
    """The rows that count for the pump with the parameter `pump_id`, oldest first.

    Few enough for a refill to come with its drugs in the same query: they want `unique()`.
    """
    found = _counting(table).where(table.pump_id == sa.bindparam("pump_id"))
    if table is Refill:
        found = found.options(joinedload(Refill.drugs))
    return found.order_by(getattr(table, AT[table]), table.id)


@cache
def newest_of_pump(table: type[OfPump]) -> sa.Select[OfPump]:
    """The newest row that counts for the pump with the parameter `pump_id`."""
    at = getattr(table, AT[table])
    return (
        in_force(table)
        .where(table.pump_id == sa.bindparam("pump_id"))
        .order_by(at.desc(), table.id.desc())
        .limit(1)
    )
