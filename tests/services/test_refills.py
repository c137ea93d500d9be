"""A refill: what it ends, what it opens, what is refused and what is held."""

from datetime import date, timedelta
from decimal import Decimal

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
from tracker.domain.danger import Rule, WatchKind
from tracker.domain.errors import (
    ChangedMeanwhile,
    InTheFuture,
    NeedsReason,
    NegativeQuantity,
    RateAboveMaximum,
    RateBelowMinimum,
    TrackerError,
    UnknownDrugLimit,
    VolumeAboveCapacity,
)
from tracker.domain.residual import Grade
from tracker.models import Bolus, Programme, Pump, Watch
from tracker.services.refills import DrugFacts, preview_refill, record_refill

BACLOFEN = DrugFacts("baclofen", Decimal("2000"))


@pytest.fixture
def begins_with() -> Scene:
    return new_pump


def test_a_refill_sets_refill_by_and_names_the_rule(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)

    watch = open_watch(session, pump)
    # 38.6 usable mL at 0.229 mL/day (+14.5 %): empty on day 168, before the 180-day limit
    assert watch is not None
    assert watch.binding_rule is Rule.EARLIEST_EMPTY
    assert watch.danger_at is not None
    assert watch.danger_at.date() == date(2026, 8, 17)
    assert watch.drugs == "Baclofen 2000 mcg/mL"


def test_promise_evidence_only_a_refill_closes_its_watch_and_opens_the_next(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    old = open_watch(session, pump)

    refill = refilled(session, pump, here, refill_facts(None, filled_at=FILLED_AT + 90 * DAY))
    session.commit()

    assert old is not None
    assert (old.evidence_kind, old.evidence_id, old.open_key) == ("refill", refill.id, None)
    assert old.closed_at == FILLED_AT + 90 * DAY + timedelta(hours=1)
    new = open_watch(session, pump)
    assert new is not None
    assert new.counts_from_at == FILLED_AT + 90 * DAY


def test_a_late_entry_ends_nothing_and_projects_rightly(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here, refill_facts(filled_at=FILLED_AT + 90 * DAY))
    before = open_watch(session, pump)
    danger_at = before and before.danger_at

    refilled(session, pump, here, refill_facts(), now=FILLED_AT + 95 * DAY)

    after = open_watch(session, pump)
    assert after is before
    assert after is not None
    assert after.danger_at == danger_at
    assert after.counts_from_at == FILLED_AT + 90 * DAY


def test_the_order_of_arrival_changes_no_date(session: Session, here: Riverside) -> None:
    in_order, reversed_ = pump_of(session, here), pump_of(session, here)
    facts = [refill_facts(), refill_facts("480", filled_at=FILLED_AT + 80 * DAY)]

    for one in facts:
        refilled(session, in_order, here, one, now=FILLED_AT + 90 * DAY)
    for one in reversed(facts):
        refilled(session, reversed_, here, one, now=FILLED_AT + 90 * DAY)

    first, second = open_watch(session, in_order), open_watch(session, reversed_)
    assert first is not None
    assert second is not None
    assert first.danger_at == second.danger_at
    assert first.latest_at == second.latest_at


@pytest.mark.parametrize(
    ("facts", "refusal", "field"),
    [
        pytest.param(
            {"instilled_volume_ml": Decimal("40.5")},
            VolumeAboveCapacity,
            "instilled_volume_ml",
            id="more than the reservoir holds",
        ),
        pytest.param(
            {"actual_residual_volume_ml": Decimal("41")},
            VolumeAboveCapacity,
            "actual_residual_volume_ml",
            id="more aspirated than the reservoir holds",
        ),
        pytest.param(
            {"actual_residual_volume_ml": Decimal("-1")},
            NegativeQuantity,
            "actual_residual_volume_ml",
            id="a negative residual",
        ),
        pytest.param(
            {"filled_at": FILLED_AT + DAY},
            InTheFuture,
            "filled_at",
            id="a refill that is still to come",
        ),
        pytest.param({"drugs": ()}, TrackerError, "drugs", id="no drug"),
        pytest.param(
            {"programme": programme_facts("60000")},
            RateAboveMaximum,
            "dose_mcg_per_day",
            id="a dose faster than the pump",
        ),
        pytest.param(
            {"programme": programme_facts("0.4")},
            RateBelowMinimum,
            "dose_mcg_per_day",
            id="0.4 mg typed as mcg (W44)",
        ),
        pytest.param(
            {"drugs": (BACLOFEN, DrugFacts("ziconotide", Decimal("25")))},
            UnknownDrugLimit,
            "pharmacist_limit_days",
            id="a mixture that nobody has data on",
        ),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    session: Session,
    here: Riverside,
    pump: Pump,
    facts: dict[str, object],
    refusal: type[TrackerError],
    field: str,
) -> None:
    with pytest.raises(refusal) as refused:
        record_refill(
            session,
            pump,
            refill_facts(**facts),
            reason="sure",
            by=here.nadia,
            now=FILLED_AT + timedelta(hours=1),
        )

    assert refused.value.field == field


def test_a_full_reservoir_is_not_too_full(
    session: Session, here: Riverside, pump: Pump
) -> None:
    assert refilled(session, pump, here, refill_facts(instilled_volume_ml=Decimal("40.0")))


def test_a_missing_printed_date_is_held_until_a_reason_is_typed(
    session: Session, here: Riverside, pump: Pump
) -> None:
    with pytest.raises(NeedsReason) as held:
        refilled(session, pump, here, reason="  ")

    assert any("printed" in sentence for sentence in held.value.concerns)
    session.rollback()


def test_a_usual_refill_with_its_printed_date_needs_no_reason(
    session: Session, here: Riverside, pump: Pump
) -> None:
    facts = refill_facts(printed_alarm_on=date(2026, 9, 8))

    preview = preview_refill(session, pump, facts, now=FILLED_AT)

    assert preview.concerns == ()


def test_hazard_h33_a_wrong_concentration_is_caught_by_the_printed_date(
    session: Session, here: Riverside
) -> None:
    pump = pump_of(
        session, here, model="synchromed_ii_20", reservoir_capacity_ml=Decimal("20")
    )  # W48: 500 was put in, 2000 is typed
    facts = refill_facts(
        "300", instilled_volume_ml=Decimal("20"), printed_alarm_on=date(2026, 4, 1)
    )

    preview = preview_refill(session, pump, facts, now=FILLED_AT)

    assert any("90 days before ours" in sentence for sentence in preview.concerns)
    assert preview.new is not None
    assert preview.new.binding is Rule.PRINTED_ALARM_LESS_BUFFER


def test_hazard_h03_a_dose_hundreds_of_times_the_last_asks_for_the_unit(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here, refill_facts("96"), reason="low on purpose")
    later = FILLED_AT + 60 * DAY

    preview = preview_refill(session, pump, refill_facts("48000", filled_at=later), now=later)

    assert any("mg or mcg?" in sentence for sentence in preview.concerns)


def test_hazard_h08_a_short_fill_and_a_short_interval_are_held(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    soon = FILLED_AT + 4 * DAY

    facts = refill_facts(None, filled_at=soon, instilled_volume_ml=Decimal("30"))
    concerns = " ".join(preview_refill(session, pump, facts, now=soon).concerns)

    assert "only 4 days before" in concerns
    assert "less than 80 %" in concerns


def test_hazard_h16_the_residual_is_compared_and_never_called_good(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    later = FILLED_AT + 100 * DAY  # 20 mL used, 20 mL left

    facts = refill_facts(None, filled_at=later, actual_residual_volume_ml=Decimal("22.5"))
    preview = preview_refill(session, pump, facts, now=later)

    assert preview.expected_by_us_ml == Decimal("20")
    assert preview.residual is not None
    assert preview.residual.discrepancy_ml == Decimal("2.5")
    assert preview.residual.grade is Grade.RED


def test_a_changed_concentration_without_a_bridge_is_held(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    later = FILLED_AT + 90 * DAY
    weaker = (DrugFacts("baclofen", Decimal("1000")),)

    plain = preview_refill(
        session, pump, refill_facts(None, filled_at=later, drugs=weaker), now=later
    )
    bridged = preview_refill(
        session,
        pump,
        refill_facts(
            None,
            filled_at=later,
            drugs=weaker,
            is_bridged=True,
            bridge_volume_ml=Decimal("0.395"),
            bridge_minutes=Decimal(2842),
        ),
        now=later,
    )

    assert any("bridge" in sentence for sentence in plain.concerns)
    assert not any("bridge" in sentence for sentence in bridged.concerns)


def test_a_bridge_bolus_is_written_down_with_the_refill(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here, refill_facts("300"))
    later = FILLED_AT + 90 * DAY

    refill = refilled(
        session,
        pump,
        here,
        refill_facts(
            None,
            filled_at=later,
            drugs=(DrugFacts("baclofen", Decimal("500")),),
            is_bridged=True,
        ),
    )

    bolus = session.scalars(sa.select(Bolus)).one()
    assert bolus.refill_id == refill.id
    assert bolus.volume_ml == Decimal("0.3948")
    assert bolus.duration_minutes == Decimal(str(63.168 * 60))  # W33: 63.168 h


def test_hazard_h23_the_second_of_two_who_save_at_once_is_told(
    session: Session, here: Riverside, pump: Pump
) -> None:
    seen = pump.version
    refilled(session, pump, here, seen_version=seen)

    with pytest.raises(ChangedMeanwhile):
        refilled(
            session,
            pump,
            here,
            refill_facts(None, filled_at=FILLED_AT + 40 * DAY),
            seen_version=seen,
        )


def test_first_ziconotide_fill_is_due_on_day_fourteen(
    session: Session, here: Riverside
) -> None:
    pump = pump_of(session, here, model="synchromed_ii_20", reservoir_capacity_ml=Decimal("20"))

    refilled(
        session,
        pump,
        here,
        refill_facts(
            "2.4",
            instilled_volume_ml=Decimal("14"),
            drugs=(DrugFacts("ziconotide", Decimal("25"), False),),
            is_first_fill=True,
        ),
    )

    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.binding_rule is Rule.FIRST_FILL_LIMIT
    assert watch.danger_at is not None
    assert (watch.danger_at - FILLED_AT).days == 14


def test_a_refill_that_cannot_be_projected_raises_no_data(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here, refill_facts(None))
    missing = open_watch(session, pump, WatchKind.NO_DATA)
    assert missing is not None
    assert "programme" in missing.explanation["reasons"][0]

    session.commit()
    assert session.scalar(sa.select(sa.func.count(Programme.id))) == 0
    dated = session.scalars(sa.select(Watch).where(Watch.kind == "refill")).all()
    assert [one.danger_at for one in dated if one.closed_at is None] == [None]


def late_entry(session: Session, here: Riverside, pump: Pump, **facts: object) -> str:
    """What is said of a refill of day 60 that is entered after those of days 0 and 120."""
    refilled(session, pump, here)
    newest = refill_facts(
        None, filled_at=FILLED_AT + 120 * DAY, actual_residual_volume_ml=Decimal("28")
    )
    refilled(session, pump, here, newest)
    late = refill_facts(None, filled_at=FILLED_AT + 60 * DAY, **facts)
    return " ".join(preview_refill(session, pump, late, now=FILLED_AT + 130 * DAY).concerns)


def test_a_late_entrys_own_printed_date_is_compared_with_its_own_fill(
    session: Session, here: Riverside, pump: Pump
) -> None:
    # 38 mL at 0.2 mL/day from day 60 on: the alarm on day 250
    off = late_entry(session, here, pump, printed_alarm_on=(FILLED_AT + 230 * DAY).date())

    assert "is 20 days before ours" in off


def test_a_late_entry_whose_printed_date_fits_says_nothing_of_dates(
    session: Session, here: Riverside, pump: Pump
) -> None:
    fits = late_entry(session, here, pump, printed_alarm_on=(FILLED_AT + 250 * DAY).date())

    assert "days before ours" not in fits


def test_a_late_entry_says_when_it_changes_the_newer_ones_discrepancy(
    session: Session, here: Riverside, pump: Pump
) -> None:
    said = late_entry(session, here, pump)

    assert (
        "With this refill the discrepancy of the refill of 30 Jun 2026 was far outside the"
        " usual limits and is within the usual limits: expected about 28.0 mL, measured 28 mL."
    ) in said


def test_two_refills_at_one_instant_are_one_too_many(
    session: Session, here: Riverside, pump: Pump
) -> None:
    first = refilled(session, pump, here)

    with pytest.raises(TrackerError) as refused:
        refilled(session, pump, here)
    assert refused.value.field == "filled_at"

    assert refilled(session, pump, here, replaces=first)  # a correction keeps its time


def test_a_first_fill_that_is_not_called_one_is_held(session: Session, here: Riverside) -> None:
    pump = pump_of(session, here, model="synchromed_ii_20", reservoir_capacity_ml=Decimal("20"))
    ziconotide = (DrugFacts("ziconotide", Decimal("25"), False),)
    facts = refill_facts("2.4", instilled_volume_ml=Decimal("14"), drugs=ziconotide)

    concerns = preview_refill(session, pump, facts, now=FILLED_AT).concerns

    assert any("the pump's first" in sentence for sentence in concerns)
