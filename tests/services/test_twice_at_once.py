"""The same said twice at the same moment: the second hears of the first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Barrier, BrokenBarrierError

import pytest
import sqlalchemy as sa

from tests.interop.sheets.sheets import LONDON, NOW, row, sheet
from tests.riverside import (
    DAY,
    FILLED_AT,
    Bedside,
    open_watch,
    programme_facts,
)
from tests.services.test_orders import arrived, ordered, tracked
from tracker.domain.catalogue import load
from tracker.domain.errors import NeedsReason
from tracker.interop.sheets.mapping import mapping_from
from tracker.interop.sheets.opening import open_sheet
from tracker.interop.sheets.reading import read_rows
from tracker.models import Clinic, DrugOrder, DrugOrderStep, Pump, Refill, Staff
from tracker.services import arrivals, imports, programmes
from tracker.services.charts import chart_of
from tracker.services.imports import source_of, take_in
from tracker.services.outlooks import look_ahead
from tracker.services.programmes import change_dose
from tracker.services.watch_dates import refill_dates


@pytest.fixture
def begins_with():
    return tracked


def at_once(sessions, act: Callable) -> list[object]:
    """What two got who did the same at the same moment: its answer, or how it was refused."""

    def do(_number: int) -> object:
        with sessions() as other:
            try:
                found = act(other)
                other.commit()
            except NeedsReason as refused:
                return refused
            return found

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(do, range(2)))


def meeting(monkeypatch, where, name: str) -> None:
    """Both come as far as this, where nothing keeps the second from it."""
    barrier, really = Barrier(2, timeout=0.3), getattr(where, name)

    def together(*args, **facts):
        found = really(*args, **facts)
        with suppress(BrokenBarrierError):  # the other waits for us
            barrier.wait()
        return found

    monkeypatch.setattr(where, name, together)


def test_a_drug_that_came_is_written_down_once(session, sessions, standing, monkeypatch):
    order = ordered(session, standing)
    numbers = (order.id, standing.pump.id, standing.here.nadia.id, standing.here.ito.id)
    session.commit()
    meeting(monkeypatch, arrivals, "_seen")

    @dataclass
    class People:
        nadia: Staff
        ito: Staff

    def act(other):
        order = other.get_one(DrugOrder, numbers[0])
        people = People(other.get_one(Staff, numbers[2]), other.get_one(Staff, numbers[3]))
        arrived(other, Bedside(people, other.get_one(Pump, numbers[1])), order)

    found = at_once(sessions, act)

    assert sorted(type(one).__name__ for one in found) == ["NeedsReason", "NoneType"]
    assert session.scalar(sa.select(sa.func.count()).select_from(DrugOrderStep)) == 1


def test_a_sheet_that_is_sent_twice_comes_in_once(session, sessions, standing, monkeypatch):
    clinic, by = standing.here.clinic.id, standing.here.nadia.id
    session.commit()

    def rows_of(*rows):
        opened = open_sheet(sheet(*rows).encode(), mapping_from({}))
        readings = read_rows(opened, zone=LONDON, catalogue=load(), now=NOW)
        return [(one.row, one.record) for one in readings if one.record]

    def act(other, rows):
        here, who = other.get_one(Clinic, clinic), other.get_one(Staff, by)
        source = source_of(other, here, "clinic.csv", zone=LONDON, by=who, now=NOW)
        return [one.outcome for one in take_in(other, here, rows, source).values()]

    assert act(session, rows_of(row())) == ["import"]
    session.commit()
    later = rows_of(row(Filled_on="20 Nov 2026", Alarm_date=""))
    meeting(monkeypatch, imports, "present_of")

    found = at_once(sessions, lambda other: act(other, later))

    assert sorted(found) == [["duplicate"], ["import"]]
    refills = sa.select(sa.func.count()).select_from(Refill).join(Pump)
    assert session.scalar(refills.where(Pump.id != standing.pump.id)) == 2


def test_two_records_of_one_pump_are_both_in_what_the_second_reckons_with(
    session, sessions, standing, monkeypatch
):
    pump_id, nadia = standing.pump.id, standing.here.nadia.id
    session.commit()
    changes = iter((("150", 3), ("600", 20)))
    meeting(monkeypatch, programmes, "chart_of")

    def act(other):
        dose, days = next(changes)
        facts = programme_facts(dose, effective_at=FILLED_AT + days * DAY)
        pump, by = other.get_one(Pump, pump_id), other.get_one(Staff, nadia)
        change_dose(other, pump, facts, reason="ordered", by=by, now=FILLED_AT + 21 * DAY)

    assert at_once(sessions, act) == [None, None]

    pump = session.get_one(Pump, pump_id, populate_existing=True)
    chart, watch = chart_of(session, pump), open_watch(session, pump)
    assert [one.dose_mcg_per_day for one in chart.programmes] == [400, 150, 600]
    assert watch.danger_at == refill_dates(look_ahead(pump, chart)).danger_at
