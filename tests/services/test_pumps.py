"""A pump's details: what is refused, and how they are put right with the old ones kept."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.riverside import DAY, FILLED_AT, Riverside, new_pump, open_watch, pump_of, refilled
from tests.scenes import Scene
from tracker.domain.danger import WatchKind
from tracker.domain.errors import (
    ChangedMeanwhile,
    InTheFuture,
    TrackerError,
    VolumeAboveCapacity,
)
from tracker.models import Pump
from tracker.services.charts import chart_of
from tracker.services.corrections import NoReason
from tracker.services.histories import pump_revisions
from tracker.services.pumps import (
    AlreadyImplanted,
    NotAMember,
    NothingChanged,
    correct_pump,
    details_of,
)

NOW = FILLED_AT + DAY


@pytest.fixture
def begins_with() -> Scene:
    return new_pump


def corrected(session: Session, here: Riverside, pump: Pump, **facts: object) -> None:
    details = replace(details_of(pump), **facts)  # type: ignore[arg-type]
    correct_pump(session, pump, details, reason="typed wrong", by=here.ito, now=NOW)


def test_a_reservoir_larger_than_the_models_is_refused(
    session: Session, here: Riverside, pump: Pump
) -> None:
    with pytest.raises(VolumeAboveCapacity, match="400 mL is more than") as refused:
        pump_of(session, here, reservoir_capacity_ml=Decimal("400"))
    assert refused.value.field == "reservoir_capacity_ml"
    with pytest.raises(VolumeAboveCapacity):
        corrected(session, here, pump, reservoir_capacity_ml=Decimal("40.1"))


def test_a_correction_moves_the_dates_and_keeps_what_stood_there(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    before = open_watch(session, pump)
    assert before is not None
    low_at = before.likely_at

    corrected(session, here, pump, low_reservoir_alarm_ml=Decimal("4"), serial="NEW1")
    session.commit()

    after = open_watch(session, pump)
    assert after is before  # the same danger, moved
    assert after is not None
    assert after.likely_at is not None
    assert low_at is not None
    assert low_at - after.likely_at == 10 * DAY  # 2 mL at 0.2 mL/day
    (revision,) = pump_revisions(session, pump)
    assert revision.recorded_by == "Ito Doctor"
    assert revision.reason == "typed wrong"
    assert ("low_reservoir_alarm_ml", "2", "4") in revision.changes
    assert [name for name, _, _ in revision.changes] == ["serial", "low_reservoir_alarm_ml"]


def test_each_correction_is_kept_newest_first(
    session: Session, here: Riverside, pump: Pump
) -> None:
    for serial in ("A", "B"):
        corrected(session, here, pump, serial=serial)

    assert [one.changes[0][2] for one in pump_revisions(session, pump)] == ["B", "A"]


def test_a_new_owner_answers_for_the_open_watches(
    session: Session, here: Riverside, pump: Pump
) -> None:
    corrected(session, here, pump, owner=here.ito)

    for kind in (WatchKind.REFILL, WatchKind.BATTERY):
        watch = open_watch(session, pump, kind)
        assert watch is not None
        session.refresh(watch)
        assert watch.owner_id == here.ito.id


def test_the_flow_of_a_gas_driven_pump_follows_its_correction(
    session: Session, here: Riverside
) -> None:
    pump = pump_of(
        session,
        here,
        model="codman_3000_30",
        reservoir_capacity_ml=Decimal("30"),
        fixed_flow_ml_per_day=Decimal("0.5"),
    )

    corrected(session, here, pump, fixed_flow_ml_per_day=Decimal("1"))

    (programme,) = chart_of(session, pump).programmes
    assert programme.flow_ml_per_day == 1


@pytest.mark.parametrize(
    ("facts", "refusal", "field"),
    [
        pytest.param(
            {"implanted_on": date(2026, 3, 3)}, InTheFuture, "implanted_on", id="after a refill"
        ),
        pytest.param(
            {"reservoir_capacity_ml": Decimal("20")},
            VolumeAboveCapacity,
            "reservoir_capacity_ml",
            id="less than was put in",
        ),
        pytest.param({"serial": "TAKEN"}, AlreadyImplanted, "serial", id="another pump's"),
        pytest.param({}, NothingChanged, None, id="nothing"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_changes_nothing(
    session: Session,
    here: Riverside,
    pump: Pump,
    facts: dict[str, object],
    refusal: type[TrackerError],
    field: str | None,
) -> None:
    refilled(session, pump, here)
    pump_of(session, here, serial="TAKEN")
    before = details_of(pump)

    with pytest.raises(refusal) as refused:
        corrected(session, here, pump, **facts)

    assert refused.value.field == field
    assert details_of(pump) == before
    assert pump_revisions(session, pump) == []


def test_a_correction_needs_a_reason_a_member_and_the_newest_page(
    session: Session, here: Riverside, pump: Pump
) -> None:
    other = replace(details_of(pump), serial="X")
    with pytest.raises(NoReason):
        correct_pump(session, pump, other, reason=" ", by=here.nadia, now=NOW)
    with pytest.raises(NotAMember):
        corrected(session, here, pump, owner=here.sam)
    with pytest.raises(ChangedMeanwhile):
        correct_pump(
            session, pump, other, reason="typo", seen_version=99, by=here.nadia, now=NOW
        )
