"""Records in any order: what a save reckons with is what the next reader finds."""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.depth import EVERY_CASE
from tests.riverside import (
    DAY,
    FILLED_AT,
    Bedside,
    filled_pump,
    open_watch,
    programme_facts,
    refill_facts,
)
from tracker.db import reading
from tracker.domain.errors import TrackerError
from tracker.domain.infusion import Mode
from tracker.models import Bolus, Programme, Pump, Reading, Refill
from tracker.services import programmes, refills
from tracker.services.charts import Chart, chart_of
from tracker.services.corrections import void
from tracker.services.in_force import in_force
from tracker.services.outlooks import Outlook, look_ahead
from tracker.services.programmes import ProgrammeFacts, change_dose
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.refills import DrugFacts, RefillFacts, record_refill
from tracker.services.watch_dates import refill_dates
from tracker.services.watches import reproject

Act = Callable[..., object]
LIVES, RECORDS = (24 if EVERY_CASE else 6), 24
# so few that what is new is now the latest, now older, now at the instant of another
MOMENTS = [FILLED_AT + n * DAY for n in (-9, -4, 0, 6, 6.25, 13, 20, 27, 34)]
NOW = FILLED_AT + 40 * DAY
BACLOFEN = DrugFacts("baclofen", Decimal(2000))
FILLS = (
    (BACLOFEN,),
    (DrugFacts("baclofen", Decimal(500), is_diluted=True),),
    (BACLOFEN, DrugFacts("clonidine", Decimal(100))),
)
STEPS = tuple(
    {"weekday": None, "start": start, "rate_mcg_per_hour": rate}
    for start, rate in (("06:00", "20"), ("22:00", "12.5"))
)
WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"mode": Mode.STOPPED, "dose_mcg_per_day": None},
    {"mode": Mode.FLEX, "dose_mcg_per_day": None, "steps": STEPS},
    {"patient_bolus_mcg": Decimal(25), "patient_bolus_max_per_day": 4},
)
RECORD: dict[type[Any], Act] = {
    Refill: record_refill,
    Programme: change_dose,
    Reading: record_interrogation,
}
Given = list[Chart]


@pytest.fixture
def begins_with() -> Callable[[Session], Bedside]:
    return filled_pump


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """The charts that a save has put together itself."""
    found: Given = []

    def noting(session: Session, pump: Pump, *, chart: Chart, **facts: Any) -> Outlook:
        found.append(chart)
        return reproject(session, pump, chart=chart, **facts)

    for where in (refills, programmes):
        monkeypatch.setattr(where, "reproject", noting)
    return found


class Life:
    """What somebody writes down of a pump, drawn by a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.of = {Refill: self.refill, Programme: self.programme, Reading: self.stated}

    def printed(self, at: datetime) -> date | None:
        days = self.chance.choice((None, None, 20, 45, 90))
        return days and (at + days * DAY).date()

    def programme(self, at: datetime) -> ProgrammeFacts:
        dose = self.chance.choice(("180", "260.5", "420"))
        more = {"printed_alarm_on": self.printed(at), **self.chance.choice(WAYS)}
        return programme_facts(dose, effective_at=at, **more)

    def refill(self, at: datetime) -> RefillFacts:
        chance = self.chance
        set_at = at if chance.random() < 0.8 else chance.choice(MOMENTS)
        return refill_facts(
            filled_at=at,
            programme=self.programme(set_at) if chance.random() < 0.6 else None,
            drugs=chance.choice(FILLS),
            instilled_volume_ml=Decimal(chance.choice(("18", "37.25", "40"))),
            actual_residual_volume_ml=chance.choice((None, Decimal("3.1"))),
            priming_volume_ml=chance.choice((None, Decimal("0.2"))),
            is_bridged=chance.random() < 0.4,
            printed_alarm_on=self.printed(at),
            pharmacist_limit_days=Decimal(90),
        )

    def stated(self, at: datetime) -> ReadingFacts:
        volume = self.chance.choice((None, Decimal("21.5")))
        return ReadingFacts(
            read_at=at, reservoir_volume_ml=volume, printed_alarm_on=self.printed(at)
        )

    def acts(self, session: Session, pump: Pump, **signed: Any) -> Iterator[Act]:
        """Records, corrections and strikings-out, one after the other, for ever."""
        chance = self.chance
        while True:
            if chance.random() < 0.15:
                yield self.struck_out(session, pump, signed)
                continue
            table = chance.choice((Refill, Refill, Programme, Programme, Reading))
            replaces = (
                chance.choice(known(session, pump, table)) if chance.random() < 0.2 else None
            )
            facts = self.of[table](chance.choice(MOMENTS))
            yield partial(RECORD[table], session, pump, facts, replaces=replaces, **signed)

    def struck_out(self, session: Session, pump: Pump, signed: dict[str, Any]) -> Act:
        table = self.chance.choice((Refill, Programme, Bolus, Reading))
        row = self.chance.choice(known(session, pump, table))
        return partial(void, session, row, **signed) if row else lambda: None


def known(session: Session, pump: Pump, table: Any) -> list[Any]:
    """The rows of a table that count; None beside them, for where there are none."""
    found = in_force(table).where(table.pump_id == pump.id).order_by(table.id)
    return [None, *session.scalars(found)]


@pytest.mark.parametrize("seed", range(LIVES))
def test_a_save_reckons_with_what_is_read_after_it(
    sessions: sessionmaker[Session],
    session: Session,
    standing: Bedside,
    given: Given,
    seed: int,
) -> None:
    pump, here = standing.pump, standing.here
    acts = Life(seed).acts(session, pump, reason="as it was", by=here.nadia, now=NOW)
    saved = 0
    for number, act in enumerate(islice(acts, RECORDS)):
        given.clear()
        try:
            act()
        except TrackerError:  # it can't be so, as somebody is told
            session.rollback()
            continue
        session.commit()
        saved += 1
        with reading(sessions) as fresh:
            found = fresh.get_one(Pump, pump.id)
            afresh = chart_of(fresh, found)
            says = refill_dates(look_ahead(found, afresh)).danger_at
            watch = open_watch(fresh, found)
            assert given in ([], [afresh]), f"record {number} of life {seed}"
            assert watch is not None
            assert watch.danger_at == says, f"record {number} of life {seed}"
    assert saved > RECORDS // 2
