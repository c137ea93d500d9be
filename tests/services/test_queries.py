"""What a page or a save asks of the database doesn't grow with the pump's history."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from tests.riverside import (
    DAY,
    FILLED_AT,
    Riverside,
    pump_of,
    refill_facts,
    refilled,
    riverside,
)
from tracker.models import Pump
from tracker.services.histories import pump_history
from tracker.services.pictures import level_picture

Asked = Callable[[Session, Riverside, Pump, int], object]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Every statement that reaches the database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


def save(session: Session, here: Riverside, pump: Pump, number: int) -> None:
    facts = refill_facts(None, filled_at=FILLED_AT + number * 30 * DAY)
    refilled(session, pump, here, facts)


def look(session: Session, here: Riverside, pump: Pump, number: int) -> None:
    for entry in pump_history(session, pump):
        assert all(drug.drug.name for drug in getattr(entry.record, "drugs", []))
    assert level_picture(session, pump, now=FILLED_AT + number * 30 * DAY)


@pytest.mark.both_databases
@pytest.mark.parametrize(("asked", "most"), [(save, 34), (look, 25)])
def test_many_refills_cost_no_more_queries_than_two(
    engine: Engine,
    sessions: sessionmaker[Session],
    session: Session,
    asked: Asked,
    most: int,
) -> None:
    here = riverside(session)
    pump = pump_of(session, here)
    refilled(session, pump, here)
    save(session, here, pump, 1)
    session.commit()
    costs = []
    for number in (2, 12):
        with sessions() as fresh, counted(engine) as statements:
            there = Riverside(
                fresh.merge(here.clinic),
                *(fresh.merge(one) for one in (here.nadia,) * 3),
                fresh.merge(here.neighbour),
            )
            asked(fresh, there, fresh.get_one(Pump, pump.id), number)
            fresh.rollback()
        costs.append(len(statements))
        for more in range(2, 12) if number == 2 else ():
            save(session, here, pump, more)
        session.commit()

    assert costs[1] <= costs[0] + 1, costs
    assert costs[1] <= most, costs
