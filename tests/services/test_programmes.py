"""A change of the dose: what is refused beside its field, and what is held for a reason."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.riverside import (
    DAY,
    FILLED_AT,
    Riverside,
    programme_facts,
    pump_of,
    refill_facts,
    refilled,
    riverside,
)
from tracker.domain.errors import (
    InTheFuture,
    NeedsReason,
    TrackerError,
)
from tracker.models import Pump
from tracker.services.programmes import ProgrammeFacts, change_dose, preview_dose
from tracker.services.refills import preview_refill

NOW = FILLED_AT + 30 * DAY


@pytest.fixture
def here(session: Session) -> Riverside:
    return riverside(session)


@pytest.fixture
def pump(session: Session, here: Riverside) -> Pump:
    return pump_of(session, here)


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
