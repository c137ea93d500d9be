"""Rules that nothing else would notice if they were gone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.riverside import (
    DAY,
    FILLED_AT,
    Riverside,
    new_pump,
    open_watch,
    programme_facts,
    pump_of,
    refill_facts,
    refilled,
)
from tests.scenes import Scene
from tracker.domain.danger import Bucket
from tracker.domain.errors import InTheFuture, NeedsReason
from tracker.models import Pump
from tracker.services.boards import Count, board_counts
from tracker.services.charts import chart_of
from tracker.services.outlooks import look_ahead
from tracker.services.programmes import change_dose
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.rebuilds import reproject_clinic
from tracker.services.refills import DrugFacts

OTHER_DAY = FILLED_AT + 60 * DAY


@pytest.fixture
def begins_with() -> Scene:
    return new_pump


def test_the_board_counts_its_own_clinic_alone(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)

    counts = board_counts(session, here.neighbour, now=OTHER_DAY).buckets

    assert counts == dict.fromkeys(Bucket, Count(0))
    assert sum(
        one.n for one in board_counts(session, here.clinic, now=OTHER_DAY).buckets.values()
    )


def test_a_refill_before_the_implant_is_refused(session: Session, here: Riverside) -> None:
    pump = pump_of(session, here, implanted_on=FILLED_AT.date() - timedelta(days=30))

    with pytest.raises(InTheFuture, match="before the pump was implanted") as refused:
        refilled(session, pump, here, refill_facts(filled_at=FILLED_AT - 31 * DAY))

    assert refused.value.field == "filled_at"


def test_a_dose_above_the_usual_range_is_held_until_a_reason_is_given(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here, refill_facts("900"))
    session.commit()
    facts = programme_facts("1200", effective_at=OTHER_DAY)

    with pytest.raises(NeedsReason) as held:
        change_dose(session, pump, facts, by=here.nadia, now=OTHER_DAY)

    assert any("above the usual range of Baclofen" in one for one in held.value.concerns)


def test_a_printout_older_than_the_present_settings_counts_no_more(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    on = (FILLED_AT + 150 * DAY).date()
    printed = ReadingFacts(read_at=FILLED_AT + 10 * DAY, printed_alarm_on=on)
    record_interrogation(session, pump, printed, by=here.nadia, now=OTHER_DAY)
    before = look_ahead(pump, chart_of(session, pump)).refill

    raised = programme_facts("520", effective_at=FILLED_AT + 20 * DAY)
    change_dose(session, pump, raised, reason="ordered", by=here.nadia, now=OTHER_DAY)

    after = look_ahead(pump, chart_of(session, pump)).refill
    assert before is not None
    assert after is not None
    assert before.stated is not None
    assert after.stated is None


def test_a_pump_that_has_run_fast_is_expected_to_run_fast(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    for cycle in range(1, 5):  # 40 mL - 60 d * 0.2 mL = 28 mL expected, 25 mL found
        facts = refill_facts(
            None,
            filled_at=FILLED_AT + cycle * 60 * DAY,
            expected_residual_volume_ml=Decimal("28"),
            actual_residual_volume_ml=Decimal("25"),
        )
        refilled(session, pump, here, facts)
    other = pump_of(session, here)
    at = FILLED_AT + 240 * DAY
    refilled(session, other, here, refill_facts(filled_at=at))

    fast = look_ahead(pump, chart_of(session, pump)).refill
    plain = look_ahead(other, chart_of(session, other)).refill

    assert fast is not None
    assert plain is not None
    assert fast.earliest_low_at is not None
    assert plain.earliest_low_at is not None
    assert fast.earliest_low_at < plain.earliest_low_at - 10 * DAY


def test_a_watch_follows_the_policy_of_its_patients_new_class(
    session: Session, here: Riverside, pump: Pump
) -> None:
    morphine = (DrugFacts("morphine", Decimal("20000"), False),)
    refilled(session, pump, here, refill_facts("4000", drugs=morphine))
    watch = open_watch(session, pump)
    assert watch is not None
    was = watch.risk_class
    pump.patient.risk_raised_because = "previous withdrawal"

    reproject_clinic(session, here.clinic, now=OTHER_DAY)

    assert watch.risk_class is not was
    assert watch.policy.risk_class is watch.risk_class
