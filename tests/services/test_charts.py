"""A pump's records as one value, and how often it is read."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.riverside import (
    FILLED_AT,
    Riverside,
    new_pump,
    programme_facts,
    refill_facts,
    refilled,
)
from tests.scenes import Scene
from tracker.db import reading
from tracker.models import Bolus, Programme, Pump, Reading, Refill
from tracker.services.charts import Chart, RecordRow, chart_of, chart_with, charts_of
from tracker.services.programmes import change_dose

LATER = FILLED_AT + timedelta(days=30)
BETWEEN = FILLED_AT + timedelta(days=10)


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


def rows_of(session: Session, pump: Pump) -> list[RecordRow]:
    """Every row of the pump's record."""
    found: list[RecordRow] = []
    for table in (Refill, Programme, Bolus, Reading):
        found += session.scalars(sa.select(table).where(table.pump_id == pump.id))
    return found


def dose_changed(session: Session, pump: Pump, here: Riverside, **facts: object) -> None:
    changed = programme_facts("450", effective_at=LATER, **facts)
    change_dose(session, pump, changed, reason="ordered", by=here.nadia, now=LATER)


Written = Callable[[Session, Pump, Riverside], object]


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(
            lambda *given: refilled(*given, refill_facts("500", filled_at=LATER)),
            id="a refill with its programme",
        ),
        pytest.param(
            lambda *given: refilled(*given, refill_facts(None, filled_at=BETWEEN)),
            id="a refill that is written down late",
        ),
        pytest.param(dose_changed, id="a change of dose"),
        pytest.param(
            lambda *given: dose_changed(*given, printed_alarm_on=date(2026, 4, 1)),
            id="a change at the instant of another, with an earlier printed date",
        ),
    ],
)
def test_what_was_written_makes_the_chart_that_is_read_then(
    sessions: sessionmaker[Session],
    session: Session,
    here: Riverside,
    pump: Pump,
    write: Written,
) -> None:
    refilled(session, pump, here)
    refilled(session, pump, here, refill_facts("420", filled_at=LATER - timedelta(days=5)))
    dose_changed(session, pump, here, printed_alarm_on=date(2026, 5, 1))
    before, known = chart_of(session, pump), rows_of(session, pump)

    write(session, pump, here)

    written = [one for one in rows_of(session, pump) if one not in known]
    session.commit()
    with reading(sessions) as fresh:
        assert chart_with(before, written) == chart_of(fresh, pump)
