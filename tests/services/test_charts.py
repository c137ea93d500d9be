"""A pump's records as one value, and how often it is read."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.riverside import FILLED_AT, Riverside, new_pump, refill_facts, refilled
from tests.scenes import Scene
from tracker.db import reading
from tracker.models import Pump
from tracker.services.charts import Chart, chart_of, charts_of

LATER = FILLED_AT + timedelta(days=30)


@pytest.fixture
def begins_with() -> Scene:
    return new_pump


@pytest.fixture
def asked(engine: sa.Engine) -> list[str]:
    """Every question that is put to the database from now on."""
    said: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *sent: said.append(sent[2]))
    return said


def several(session: Session, pump: Pump) -> Chart:
    return charts_of(session, [pump.id])[pump.id]


@pytest.mark.parametrize("again", [chart_of, several], ids=["by itself", "in a list"])
def test_who_only_reads_reads_a_chart_once(
    sessions: sessionmaker[Session],
    pump: Pump,
    asked: list[str],
    again: Callable[[Session, Pump], Chart],
) -> None:
    with reading(sessions) as reader:
        first = chart_of(reader, pump)
        del asked[:]

        assert again(reader, pump) is first
        assert asked == []


def test_who_writes_sees_at_once_what_was_written(
    session: Session, here: Riverside, pump: Pump
) -> None:
    before = len(chart_of(session, pump).fills)

    refilled(session, pump, here, refill_facts(filled_at=LATER))

    assert len(chart_of(session, pump).fills) == before + 1


def test_the_next_reader_sees_what_was_recorded_meanwhile(
    session: Session, sessions: sessionmaker[Session], here: Riverside, pump: Pump
) -> None:
    with reading(sessions) as reader:
        before = len(chart_of(reader, pump).fills)
    refilled(session, pump, here, refill_facts(filled_at=LATER))
    session.commit()

    with reading(sessions) as reader:
        assert len(chart_of(reader, pump).fills) == before + 1
