"""The bridge bolus of a refill: by the records, as set at the pump, and when forgotten."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.riverside import (
    DAY,
    FILLED_AT,
    Riverside,
    pump_of,
    refill_facts,
    refilled,
    riverside,
)
from tests.scenes import Scene
from tracker.services.bridges import NoDeadVolume
from tracker.services.refills import DrugFacts, preview_refill

LATER = FILLED_AT + 20 * DAY


@pytest.fixture
def begins_with() -> Scene:
    return riverside


@pytest.fixture
def here(standing: Riverside) -> Riverside:
    return standing


def baclofen(strength):
    return (DrugFacts("baclofen", Decimal(strength)),)


def filled(session: Session, here: Riverside, old, **facts):
    """A 20 mL pump that runs at 300 mcg/day out of this concentration."""
    size = {"model": "synchromed_ii_20", "reservoir_capacity_ml": Decimal(20)}
    pump = pump_of(session, here, **size, **facts)
    first = refill_facts("300", drugs=baclofen(old), instilled_volume_ml=Decimal(20))
    refilled(session, pump, here, first)
    return pump


def seen(session, pump, new, **more):
    facts = refill_facts(
        None,
        filled_at=LATER,
        instilled_volume_ml=Decimal(20),
        drugs=baclofen(new),
        **more,
    )
    return preview_refill(session, pump, facts, now=LATER)


@pytest.mark.parametrize(
    ("old", "new", "drug_mcg", "hours", "flow", "days", "without"),
    [
        pytest.param(500, 2000, "197.4", "15.792", "0.6", "118.03", 120, id="W32"),
        pytest.param(2000, 500, "789.6", "63.168", "0.15", "31.97", 30, id="W33"),
    ],
)
def test_hazard_h05_a_bridge_that_is_forgotten_is_asked_for_with_its_numbers(
    session: Session, here: Riverside, old, new, drug_mcg, hours, flow, days, without
) -> None:
    found = seen(session, filled(session, here, old), new)

    assert any("no bridge bolus is recorded" in one for one in found.concerns)
    bridge = found.bridge
    assert bridge is not None
    assert bridge.ours is not None
    assert not bridge.is_set
    assert bridge.ours.volume_ml == Decimal("0.3948")
    assert bridge.ours.drug_mcg == Decimal(drug_mcg)
    assert bridge.ours.minutes == Decimal(hours) * 60
    assert bridge.ours.flow_ml_per_day == Decimal(flow)
    assert bridge.low_without_at == LATER + without * DAY
    assert round(Decimal((bridge.low_with_at - LATER) / DAY), 2) == Decimal(days)


def test_a_usual_refill_is_asked_for_no_bridge(session: Session, here: Riverside) -> None:
    assert seen(session, filled(session, here, 500), 500).bridge is None


def test_without_a_dead_volume_it_is_said_where_to_enter_it(
    session: Session, here: Riverside
) -> None:
    pump = filled(session, here, 500, dead_volume_ml=None)

    with pytest.raises(NoDeadVolume, match=r"enter it under “Correct this pump's details”"):
        seen(session, pump, 2000, is_bridged=True)
    told = seen(
        session,
        pump,
        2000,
        is_bridged=True,
        bridge_volume_ml=Decimal("0.4"),
        bridge_minutes=Decimal(947),
    )

    assert any("can't be compared" in one for one in told.concerns)
    assert told.bridge is not None
    assert told.bridge.cannot
