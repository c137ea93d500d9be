"""Nothing clinical is overwritten: the old row stays, and the dates follow the new one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
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
from tracker.domain.errors import TrackerError
from tracker.models import Programme, Pump, Refill
from tracker.services.corrections import AlreadyReplaced, NoReason, void
from tracker.services.histories import pump_history, recorded_since
from tracker.services.programmes import change_dose, preview_dose
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.refills import record_refill


@pytest.fixture
def begins_with() -> Scene:
    return new_pump


def test_a_corrected_refill_names_the_row_it_replaces(
    session: Session, here: Riverside, pump: Pump
) -> None:
    wrong = refilled(session, pump, here)
    watch = open_watch(session, pump)
    danger_at = watch and watch.danger_at

    right = refilled(
        session,
        pump,
        here,
        refill_facts(instilled_volume_ml=Decimal("34")),
        replaces=wrong,
        reason="34 mL, not 40: read from the syringe label",
    )

    assert right.replaces_id == wrong.id
    assert session.get(Refill, wrong.id) is not None
    assert wrong.instilled_volume_ml == Decimal("40")
    after = open_watch(session, pump)
    assert after is watch
    assert after is not None
    assert after.danger_at is not None
    assert danger_at is not None
    assert after.danger_at < danger_at


def test_the_programme_set_at_a_refill_is_corrected_with_it(
    session: Session, here: Riverside, pump: Pump
) -> None:
    wrong = refilled(session, pump, here, refill_facts("400"))
    refilled(session, pump, here, refill_facts("500"), replaces=wrong)

    rows = session.scalars(sa.select(Programme).order_by(Programme.id)).all()
    assert [row.dose_mcg_per_day for row in rows] == [Decimal("400"), Decimal("500")]
    assert rows[1].replaces_id == rows[0].id


def test_a_voided_refill_no_longer_counts_nor_does_its_programme(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    first = open_watch(session, pump)
    danger_at = first and first.danger_at
    wrong = refilled(session, pump, here, refill_facts("900", filled_at=FILLED_AT + 30 * DAY))

    void(
        session,
        wrong,
        reason="wrong patient",
        by=here.nadia,
        now=FILLED_AT + 31 * DAY,
    )
    session.commit()

    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.counts_from_at == FILLED_AT
    assert watch.danger_at == danger_at


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_void_without_a_reason_is_refused(
    session: Session, here: Riverside, pump: Pump, reason: str
) -> None:
    refill = refilled(session, pump, here)

    with pytest.raises(TrackerError) as refused:
        void(session, refill, reason=reason, by=here.nadia, now=FILLED_AT + DAY)

    assert refused.value.field == "reason"


def test_a_record_is_replaced_only_once(session: Session, here: Riverside, pump: Pump) -> None:
    refill = refilled(session, pump, here)
    void(session, refill, reason="wrong patient", by=here.nadia, now=FILLED_AT + DAY)

    with pytest.raises(TrackerError):
        void(session, refill, reason="again", by=here.nadia, now=FILLED_AT + DAY)


@pytest.mark.parametrize("kind", ["refill", "programme", "reading"])
def test_a_correction_needs_a_reason_and_a_row_that_still_counts(
    session: Session, here: Riverside, pump: Pump, kind: str
) -> None:
    refill = refilled(session, pump, here, refill_facts(None))
    at = FILLED_AT + DAY
    signed: dict[str, Any] = {"by": here.nadia, "now": at}
    dose, read = programme_facts(effective_at=at), ReadingFacts(read_at=at, note="seen")
    rows = {
        "refill": refill,
        "programme": change_dose(session, pump, dose, reason="test", **signed),
        "reading": record_interrogation(session, pump, read, **signed),
    }
    session.commit()

    def correct(reason: str) -> object:
        more: dict[str, Any] = {"replaces": rows[kind], "reason": reason, **signed}
        if kind == "refill":
            return record_refill(session, pump, refill_facts(None), **more)
        if kind == "programme":
            return change_dose(session, pump, dose, **more)
        return record_interrogation(session, pump, read, **more)

    with pytest.raises(NoReason):
        correct("  ")
    session.rollback()
    void(session, rows[kind], reason="wrong patient", **signed)
    session.commit()
    with pytest.raises(AlreadyReplaced):
        correct("again")


def test_the_history_shows_what_became_of_each_record(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refill = refilled(session, pump, here)
    void(session, refill, reason="wrong patient", by=here.nadia, now=FILLED_AT + DAY)

    entries = pump_history(session, pump)

    assert [entry.kind for entry in entries] == ["refill", "programme"]
    assert not any(entry.is_in_force for entry in entries)
    assert {entry.replaced_by and entry.replaced_by.reason for entry in entries} == {
        "wrong patient"
    }


def test_a_dose_change_shows_the_old_and_the_new_date(
    session: Session, here: Riverside
) -> None:
    pump = pump_of(session, here, model="synchromed_ii_20", reservoir_capacity_ml=Decimal("20"))
    refilled(session, pump, here, refill_facts("600", instilled_volume_ml=Decimal("20")))
    at = FILLED_AT + 20 * DAY  # W27

    preview = preview_dose(session, pump, programme_facts("690", effective_at=at), now=at)

    assert preview.old is not None
    assert preview.new is not None
    assert preview.old.low_at == FILLED_AT + 60 * DAY
    assert preview.new.low_at is not None
    assert (preview.new.low_at - FILLED_AT).days == 54
    assert preview.concerns == ()


def test_a_raised_dose_moves_the_watch_in_the_same_transaction(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    before = open_watch(session, pump)
    danger_at = before and before.danger_at
    at = FILLED_AT + 20 * DAY

    change_dose(session, pump, programme_facts("520", effective_at=at), by=here.nadia, now=at)

    after = open_watch(session, pump)
    assert after is before
    assert after is not None
    assert danger_at is not None
    assert after.danger_at is not None
    assert after.danger_at < danger_at - timedelta(days=10)


def test_what_was_recorded_since_a_page_was_opened_can_be_told(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    seen = pump.version
    at = FILLED_AT + 20 * DAY
    change_dose(session, pump, programme_facts("520", effective_at=at), by=here.nadia, now=at)

    since = recorded_since(session, pump, seen)

    assert [(entry.kind, entry.at) for entry in since] == [("programme", at)]
