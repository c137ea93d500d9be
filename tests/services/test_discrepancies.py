"""A residual far from what was expected is pressed until it is assessed, or has come right."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.riverside import (
    DAY,
    FILLED_AT,
    Riverside,
    filled_pump,
    open_watch,
    programme_facts,
    pump_of,
    refill_facts,
    refilled,
)
from tests.scenes import Scene
from tracker.domain.danger import WatchKind
from tracker.domain.drift import Lean
from tracker.domain.errors import TrackerError
from tracker.domain.residual import LearnedFrom
from tracker.models import Finding, Guide, Pump, Refill, Watch
from tracker.services.assessments import NothingToAssess, assess, assessments_of
from tracker.services.backtests import FIRST, NOT_MEASURED, NOT_YET, back_test
from tracker.services.learning import learned_of
from tracker.services.programmes import change_dose
from tracker.services.readings import ReadingFacts, lacks_estimate, record_interrogation


@pytest.fixture
def begins_with() -> Scene:
    return filled_pump


def measured(
    session: Session, here: Riverside, pump: Pump, days: int, *volumes: str, **facts: object
) -> Refill:
    """A refill so many days after the first, with what was expected and measured."""
    names = ("expected_residual_volume_ml", "actual_residual_volume_ml")
    found = dict(zip(names, map(Decimal, volumes), strict=False))
    at = FILLED_AT + days * DAY
    return refilled(session, pump, here, refill_facts(None, filled_at=at, **found, **facts))


def pressed(session: Session, pump: Pump) -> Watch | None:
    return open_watch(session, pump, WatchKind.DISCREPANCY)


def test_promise_evidence_only_a_red_discrepancy_is_pressed_until_it_is_assessed(
    session: Session, here: Riverside, pump: Pump
) -> None:
    red = measured(session, here, pump, 90, "22", "26")

    watch = pressed(session, pump)
    assert watch is not None
    assert watch.explanation["refill_id"] == red.id
    assert "26 mL was measured where about 22 mL was expected" in str(watch.explanation)
    facts = {"by": here.ito, "now": FILLED_AT + 91 * DAY}
    with pytest.raises(TrackerError):
        assess(session, pump, finding=Finding.PLACEMENT, note=" ", **facts)
    row = assess(session, pump, finding=Finding.PLACEMENT, note="X-ray: in place.", **facts)

    assert pressed(session, pump) is None
    assert (watch.evidence_kind, watch.evidence_id) == ("assessment", row.id)
    assert assessments_of(session, pump) == [row]
    with pytest.raises(NothingToAssess):
        assess(session, pump, finding=Finding.PUMP, note="again", **facts)


def test_promise_evidence_only_the_next_refill_ends_a_discrepancy_only_inside_the_limits(
    session: Session, here: Riverside, pump: Pump
) -> None:
    measured(session, here, pump, 90, "22", "26")
    opened = pressed(session, pump)

    measured(session, here, pump, 150)
    assert pressed(session, pump) is opened, "nothing was measured"
    settling = measured(session, here, pump, 210, "28", "28.1")

    assert opened is not None
    assert (opened.evidence_kind, opened.evidence_id) == ("refill", settling.id)
    assert pressed(session, pump) is None


def test_a_refill_keeps_who_checked_it_and_refuses_who_recorded_it(
    session: Session, here: Riverside, pump: Pump
) -> None:
    facts = {"guided_by": Guide.TEMPLATE, "septum_attempts": 2, "needle_kit": "22 G"}
    for wrong in (here.nadia, here.sam):
        with pytest.raises(TrackerError) as refused:
            measured(session, here, pump, 90, checked_by_id=wrong.id)
        assert refused.value.field == "second"

    row = measured(session, here, pump, 91, checked_by_id=here.ito.id, **facts)

    assert row.checker is here.ito
    here.ito.left_at = FILLED_AT + 92 * DAY  # who has left since did check it
    told = refill_facts(None, filled_at=row.filled_at, checked_by_id=here.ito.id, lot="L2")
    later = {"replaces": row, "reason": "lot misread", "now": FILLED_AT + 93 * DAY}
    assert refilled(session, pump, here, told, **later).checker is here.ito
    assert (row.guided_by, row.septum_attempts, row.needle_kit) == (Guide.TEMPLATE, 2, "22 G")


def test_hazard_h28_a_pump_lacks_a_battery_estimate_until_one_is_read(
    session: Session, here: Riverside, pump: Pump
) -> None:
    assert lacks_estimate(session, pump)

    facts = ReadingFacts(read_at=FILLED_AT + DAY, battery_months=Decimal(40))
    record_interrogation(session, pump, facts, by=here.nadia, now=FILLED_AT + DAY)

    assert not lacks_estimate(session, pump)


def test_hazard_h12_a_band_is_the_pumps_own_or_its_models_or_the_makers(
    session: Session, here: Riverside, pump: Pump
) -> None:
    other = pump_of(session, here)
    refilled(session, other, here)
    assert learned_of(session, other).learned_from is LearnedFrom.MAKER
    for number in range(1, 7):  # 20 mL foreseen to be gone, 21 mL are
        measured(session, here, pump, number * 60, "20", "19")

    own = learned_of(session, pump)
    new = learned_of(session, other)

    assert [one.lean for one in own.drifts] == [Lean.FAST]
    assert len(own.shown) == 6
    assert own.shown[0].filled_at > own.shown[-1].filled_at
    assert (own.learned_from, own.ratios) == (LearnedFrom.PUMP, 6)
    # the six newest of every other pump: too few yet
    assert (new.learned_from, new.ratios) == (LearnedFrom.MAKER, 0)


def test_each_refill_without_an_error_says_why_it_has_none(
    session: Session, here: Riverside, pump: Pump
) -> None:
    plain = refill_facts(None, filled_at=FILLED_AT + 30 * DAY, actual_residual_volume_ml=None)
    refilled(session, pump, here, plain)
    other = pump_of(session, here)
    bare = refill_facts(None, filled_at=FILLED_AT + DAY, actual_residual_volume_ml=None)
    refilled(session, other, here, bare, now=FILLED_AT + 60 * DAY)  # written down late
    bare = refill_facts(None, filled_at=FILLED_AT + 40 * DAY, actual_residual_volume_ml=None)
    refilled(session, other, here, bare)
    third = pump_of(session, here)
    refilled(session, third, here, refill_facts(None))
    measured(session, here, third, 20, "30", "30")

    found = back_test(session, here.clinic, since=FILLED_AT, until=FILLED_AT + 50 * DAY)

    assert found.foreseen == ()
    told = {(one.refill.pump_id, one.why) for one in found.unforeseen}
    assert told >= {(pump.id, FIRST), (pump.id, NOT_MEASURED), (other.id, NOT_YET)}
    (why,) = (
        one.why
        for one in found.unforeseen
        if one.refill.pump_id == third.id
        if one.why != FIRST
    )
    assert why.startswith("Nothing could be foreseen then: ")


def test_a_back_test_knows_only_what_had_been_written_down_before(
    session: Session, here: Riverside, pump: Pump
) -> None:
    late = FILLED_AT + 95 * DAY
    measured(session, here, pump, 90, "22", "20")
    facts = programme_facts("440", effective_at=FILLED_AT + DAY)
    change_dose(session, pump, facts, reason="forgotten", by=here.nadia, now=late)
    session.flush()

    found = back_test(session, here.clinic, since=FILLED_AT, until=late)

    (one,) = found.foreseen
    assert one.foreseen_ml == 40 - 18  # 90 days of 0.2 mL: nobody knew of the change then
    assert (one.error_ml, one.error_days) == (-2, -10)
    assert one.is_in_band
    assert (found.within, found.banded, found.below) == (1, 1, 0)
    assert found.median_days == -10
    assert [count for _, _, count in found.spread if count] == [1]
    assert [one.why for one in found.unforeseen] == [FIRST]
    nothing = back_test(session, here.clinic, since=late, until=late + DAY)
    assert (nothing.foreseen, nothing.median_ml) == ((), None)
