"""A change of the dose: what is refused beside its field, and what is held for a reason."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.riverside import (
    DAY,
    FILLED_AT,
    Riverside,
    new_pump,
    programme_facts,
    refill_facts,
    refilled,
)
from tests.scenes import Scene
from tracker.domain.errors import (
    InTheFuture,
    NeedsReason,
    RateAboveMaximum,
    RateBelowMinimum,
    TrackerError,
)
from tracker.domain.infusion import Mode
from tracker.models import Pump
from tracker.services.programmes import ProgrammeFacts, change_dose, preview_dose
from tracker.services.refills import DrugFacts, preview_refill

NOW = FILLED_AT + 30 * DAY


@pytest.fixture
def begins_with() -> Scene:
    return new_pump


def concerns(session: Session, pump: Pump, facts: ProgrammeFacts) -> str:
    return " ".join(preview_dose(session, pump, facts, now=NOW).concerns)


def test_a_change_before_the_implant_is_refused(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    long_ago = programme_facts("420", effective_at=datetime(2020, 1, 1, tzinfo=UTC))

    with pytest.raises(InTheFuture) as refused:
        preview_dose(session, pump, long_ago, now=NOW)
    assert refused.value.field == "effective_at"

    with pytest.raises(InTheFuture) as refused:
        preview_refill(session, pump, refill_facts(programme=long_ago), now=NOW)
    assert refused.value.field == "effective_at"


def test_a_change_before_the_newest_one_is_held_and_says_what_runs(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    newest = programme_facts("410", effective_at=FILLED_AT + 20 * DAY)
    change_dose(session, pump, newest, reason="ordered", by=here.nadia, now=NOW)
    late = programme_facts("405", effective_at=FILLED_AT + 10 * DAY)

    with pytest.raises(NeedsReason, match="the pump runs on with 410 mcg/day"):
        change_dose(session, pump, late, by=here.nadia, now=NOW)
    change_dose(session, pump, late, reason="was forgotten", by=here.nadia, now=NOW)


def test_an_average_of_patient_boluses_above_the_allowed_is_refused(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    facts = {"patient_bolus_mcg": Decimal(20), "patient_bolus_max_per_day": 4}
    within = programme_facts(
        effective_at=NOW, patient_bolus_average_per_day=Decimal(4), **facts
    )
    preview_dose(session, pump, within, now=NOW)

    above = programme_facts(effective_at=NOW, patient_bolus_average_per_day=Decimal(9), **facts)
    with pytest.raises(TrackerError, match="4 a day") as refused:
        preview_dose(session, pump, above, now=NOW)
    assert refused.value.field == "patient_bolus_average_per_day"


MIXTURE = (
    DrugFacts("morphine", Decimal("20000")),
    DrugFacts("bupivacaine", Decimal("10000")),
    DrugFacts("clonidine", Decimal("150")),
)


def at_flow(flow: str, mode: Mode = Mode.MINIMUM) -> ProgrammeFacts:
    return programme_facts(
        effective_at=NOW, mode=mode, dose_mcg_per_day=None, flow_ml_per_day=Decimal(flow)
    )


def test_the_models_minimum_rate_may_be_set_and_what_it_gives_is_questioned(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)

    slow = concerns(session, pump, at_flow("0.006"))
    assert "12 mcg/day is more than 50 % away from the last dose, 400 mcg/day" in slow
    assert "At its minimum rate" not in slow

    fast = concerns(session, pump, at_flow("1.006"))
    assert "2012 mcg/day" in fast
    assert "At its minimum rate this model gives 0.006 mL/day; 1.006 mL/day is more." in fast


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        pytest.param(programme_facts("50", effective_at=NOW), "dose_mcg_per_day", id="simple"),
        pytest.param(at_flow("0.005"), "flow_ml_per_day", id="minimum rate"),
        pytest.param(
            programme_facts(
                effective_at=NOW,
                mode=Mode.FLEX,
                dose_mcg_per_day=None,
                steps=({"start": "00:00", "rate_mcg_per_hour": "1"},),
            ),
            "steps-0-rate",
            id="flex",
        ),
    ],
)
def test_a_flow_that_is_too_slow_is_refused_where_it_was_typed(
    session: Session, here: Riverside, pump: Pump, facts: ProgrammeFacts, field: str
) -> None:
    refilled(session, pump, here)

    with pytest.raises(RateBelowMinimum) as refused:
        preview_dose(session, pump, facts, now=NOW)

    assert refused.value.field == field


def test_a_concentration_that_the_running_dose_does_not_fit_is_refused_at_itself(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    weak = refill_facts(None, filled_at=NOW, drugs=(DrugFacts("baclofen", Decimal("2")),))

    with pytest.raises(RateAboveMaximum) as refused:
        preview_refill(session, pump, weak, now=NOW)

    assert refused.value.field == "drugs-0-concentration"


def test_stopping_a_pump_is_held_and_says_what_it_means(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    stop = programme_facts(effective_at=NOW, mode=Mode.STOPPED, dose_mcg_per_day=None)

    assert "withdrawal may begin within hours" in concerns(session, pump, stop)
    with pytest.raises(NeedsReason):
        change_dose(session, pump, stop, by=here.nadia, now=NOW)


def test_a_stronger_primary_drug_asks_about_the_others_of_the_mixture(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here, refill_facts("4000", drugs=MIXTURE))
    stronger = (DrugFacts("morphine", Decimal("25000")), *MIXTURE[1:])
    facts = refill_facts(None, filled_at=NOW, drugs=stronger, is_bridged=True)

    preview = preview_refill(session, pump, facts, now=NOW)

    said = " ".join(preview.concerns)
    assert "Bupivacaine falls by 20 %, from 2000 mcg/day to 1600 mcg/day" in said
    assert "Clonidine falls by 20 %, from 30 mcg/day to 24 mcg/day" in said
    assert [(one.code, one.mcg_per_day) for one in preview.old_doses] == [
        ("morphine", 4000),
        ("bupivacaine", 2000),
        ("clonidine", 30),
    ]
    assert [one.mcg_per_day for one in preview.doses] == [4000, 1600, 24]


def test_a_change_of_dose_shows_what_every_drug_gives(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here, refill_facts("4000", drugs=MIXTURE))

    preview = preview_dose(session, pump, programme_facts("5000", effective_at=NOW), now=NOW)

    assert [one.mcg_per_day for one in preview.old_doses] == [4000, 2000, 30]
    assert [one.mcg_per_day for one in preview.doses] == [5000, 2500, Decimal("37.5")]
    said = " ".join(preview.concerns)
    assert "Bupivacaine rises by 25 %, from 2000 mcg/day to 2500 mcg/day" in said
    assert "that limit is ours" in said
