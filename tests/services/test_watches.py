"""Every pump has its watches, and only evidence closes them."""

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
from tracker.domain.infusion import Mode
from tracker.domain.risk import RiskClass
from tracker.models import Pump, PumpEnd, Watch
from tracker.services.programmes import change_dose
from tracker.services.pumps import Assurance, end_pump
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.refills import DrugFacts


@pytest.fixture
def begins_with() -> Scene:
    return new_pump


def test_promise_covered_a_pump_is_watched_from_its_implant_on(
    session: Session, here: Riverside, pump: Pump
) -> None:
    session.commit()

    kinds = session.scalars(sa.select(Watch.kind).where(Watch.pump_id == pump.id)).all()
    assert set(kinds) == {WatchKind.REFILL, WatchKind.BATTERY, WatchKind.NO_DATA}
    for watch in session.scalars(sa.select(Watch)):
        assert watch.owner_id == here.nadia.id
        assert watch.next_action_at is not None


def test_the_first_refill_ends_no_data_with_itself_as_evidence(
    session: Session, here: Riverside, pump: Pump
) -> None:
    missing = open_watch(session, pump, WatchKind.NO_DATA)

    refill = refilled(session, pump, here)

    assert missing is not None
    assert (missing.evidence_kind, missing.evidence_id) == ("refill", refill.id)


def test_the_battery_is_watched_by_the_day_surgery_must_be_booked(
    session: Session, here: Riverside, pump: Pump
) -> None:
    watch = open_watch(session, pump, WatchKind.BATTERY)

    assert watch is not None
    assert watch.binding_rule is Rule.SERVICE_LIFE
    assert watch.likely_at is not None
    assert watch.likely_at.date() == date(2031, 1, 15)  # 84 months after the implant
    assert watch.danger_at is not None
    assert watch.danger_at.date() <= date(2030, 10, 17)


def test_a_battery_estimate_brings_the_battery_watch_forward(
    session: Session, here: Riverside, pump: Pump
) -> None:
    facts = ReadingFacts(read_at=FILLED_AT, battery_months=Decimal(5))

    record_interrogation(session, pump, facts, by=here.nadia, now=FILLED_AT)

    watch = open_watch(session, pump, WatchKind.BATTERY)
    assert watch is not None
    assert watch.binding_rule is Rule.PROGRAMMER_ESTIMATE
    assert watch.danger_at is not None
    assert watch.danger_at < FILLED_AT + 160 * DAY


def test_hazard_h06_a_printed_date_that_does_not_fit_opens_a_mismatch(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    at = FILLED_AT + 30 * DAY
    printed = ReadingFacts(read_at=at, printed_alarm_on=(FILLED_AT + 120 * DAY).date())

    record_interrogation(session, pump, printed, by=here.nadia, now=at)

    asks, refill = open_watch(session, pump, WatchKind.MISMATCH), open_watch(session, pump)
    assert asks is not None
    assert "70 days before ours" in asks.explanation["reasons"][0]
    assert refill is not None
    assert refill.binding_rule is Rule.PRINTED_ALARM_LESS_BUFFER


def test_hazard_h06_the_missing_dose_change_ends_the_mismatch(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    at = FILLED_AT + 30 * DAY
    printed = ReadingFacts(read_at=at, printed_alarm_on=(FILLED_AT + 120 * DAY).date())
    record_interrogation(session, pump, printed, by=here.nadia, now=at)
    asks = open_watch(session, pump, WatchKind.MISMATCH)

    # from day 10 on 0.327 mL/day: 36 mL last 110 days
    late = programme_facts("654.5", effective_at=FILLED_AT + 10 * DAY)
    change_dose(session, pump, late, reason="was forgotten", by=here.nadia, now=at + DAY)

    assert asks is not None
    assert asks.evidence_kind == "programme"


def test_a_programmers_volume_speaks_like_a_printed_date(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    at = FILLED_AT + 30 * DAY  # ours: 34 mL
    read = ReadingFacts(read_at=at, reservoir_volume_ml=Decimal("22"))

    record_interrogation(session, pump, read, by=here.nadia, now=at)

    asks = open_watch(session, pump, WatchKind.MISMATCH)
    assert asks is not None
    (sentence,) = asks.explanation["reasons"]  # (22 - 2) mL at 0.2 mL/day: 100 days
    assert sentence.startswith(
        "The programmer stated 22 mL; by our records it held 34 mL."
        " The alarm date by that volume, 10 Jul 2026, is 60 days before ours."
    )
    refill = open_watch(session, pump)
    assert refill is not None
    assert refill.explanation["stated_how"] == "reckoned"


@pytest.mark.parametrize(
    ("volume", "how", "on"),
    [
        pytest.param("22", "reckoned", date(2026, 7, 10), id="the volume says less"),
        pytest.param("34", "printed", date(2026, 9, 8), id="the date is the earlier one"),
    ],
)
def test_of_a_date_and_a_volume_in_one_reading_the_earlier_counts(
    session: Session, here: Riverside, pump: Pump, volume: str, how: str, on: date
) -> None:
    refilled(session, pump, here)
    at = FILLED_AT + 30 * DAY
    read = ReadingFacts(
        read_at=at, reservoir_volume_ml=Decimal(volume), printed_alarm_on=date(2026, 9, 8)
    )

    record_interrogation(session, pump, read, by=here.nadia, now=at)

    refill = open_watch(session, pump)
    assert refill is not None
    assert refill.explanation["stated_how"] == how
    assert refill.explanation["stated_alarm_on"] == on.isoformat()


def test_a_stopped_pump_says_since_when(session: Session, here: Riverside, pump: Pump) -> None:
    refilled(session, pump, here)
    at = FILLED_AT + 10 * DAY

    stop = programme_facts(effective_at=at, mode=Mode.STOPPED, dose_mcg_per_day=None)
    change_dose(session, pump, stop, reason="infection", by=here.nadia, now=at)

    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.stopped_since == at
    assert watch.danger_at is not None  # the drug still ages
    assert watch.binding_rule is Rule.DRUG_LIMIT
    asks = open_watch(session, pump, WatchKind.STOPPED)
    assert asks is not None
    assert asks.danger_at == at  # baclofen: withdrawal does not wait


def test_a_stopped_pump_whose_drug_leaves_no_withdrawal_has_48_hours(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(
        session,
        pump,
        here,
        refill_facts("4000", drugs=(DrugFacts("bupivacaine", Decimal("20000")),)),
    )
    at = FILLED_AT + 10 * DAY

    stop = programme_facts(effective_at=at, mode=Mode.STOPPED, dose_mcg_per_day=None)
    change_dose(session, pump, stop, reason="infection", by=here.nadia, now=at)

    asks = open_watch(session, pump, WatchKind.STOPPED)
    assert asks is not None
    assert asks.danger_at == at + timedelta(hours=48)


def test_a_pump_that_runs_again_ends_the_stopped_watch(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    at = FILLED_AT + 10 * DAY
    stop = programme_facts(effective_at=at, mode=Mode.STOPPED, dose_mcg_per_day=None)
    change_dose(session, pump, stop, reason="infection", by=here.nadia, now=at)
    asks = open_watch(session, pump, WatchKind.STOPPED)

    run = programme_facts("400", effective_at=at + DAY)
    row = change_dose(session, pump, run, reason="restarted", by=here.nadia, now=at + DAY)

    assert asks is not None
    assert (asks.evidence_kind, asks.evidence_id) == ("programme", row.id)


def test_a_mixture_takes_its_worst_components_class(
    session: Session, here: Riverside, pump: Pump
) -> None:
    mixture = (
        DrugFacts("morphine", Decimal("20000")),
        DrugFacts("bupivacaine", Decimal("10000")),
        DrugFacts("clonidine", Decimal("150")),
    )

    refilled(session, pump, here, refill_facts("4000", drugs=mixture))

    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.risk_class is RiskClass.CRITICAL


@pytest.mark.parametrize("kind", list(PumpEnd))
def test_promise_evidence_only_an_ended_pump_closes_its_watches_with_why(
    session: Session, here: Riverside, pump: Pump, kind: PumpEnd
) -> None:
    refilled(session, pump, here)

    end_pump(
        session,
        pump,
        ended_on=(FILLED_AT + timedelta(days=1)).date(),
        kind=kind,
        note="operation note of 3 March",
        assurance=Assurance(
            accepted_by="Dr Brook, Hilltop",
            accepted_on=FILLED_AT.date(),
            plan="weaned by the ward",
        ),
        by=here.nadia,
        now=FILLED_AT + timedelta(days=1),
    )
    session.commit()

    others = sa.select(Watch).where(Watch.kind != WatchKind.ENDING)
    assert session.scalars(others.where(Watch.closed_at.is_(None))).all() == []
    evidence = session.scalars(sa.select(Watch.evidence_kind)).all()
    assert str(kind) in evidence


def gas_driven(session: Session, here: Riverside, **facts: object) -> Watch:
    pump = pump_of(
        session,
        here,
        model="codman_3000_50",
        reservoir_capacity_ml=Decimal("50"),
        fixed_flow_ml_per_day=Decimal("1"),
        **facts,
    )
    drugs = (DrugFacts("morphine", Decimal("4000")),)
    filled = refill_facts(None, drugs=drugs, instilled_volume_ml=Decimal("42"))
    refilled(session, pump, here, filled)
    watch = open_watch(session, pump)
    assert watch is not None
    return watch


def test_a_gas_driven_pump_has_the_longer_buffer_of_its_model(
    session: Session, here: Riverside
) -> None:
    terms = {one["rule"]: one["at"] for one in gas_driven(session, here).explanation["terms"]}

    # 40 mL at 1 mL/day less 10 days, where the clinic has 7
    assert terms["alarm_less_buffer"] == (FILLED_AT + 30 * DAY).isoformat()


def test_a_pump_without_an_alarm_is_never_planned_to_run_dry(
    session: Session, here: Riverside
) -> None:
    watch = gas_driven(session, here, low_reservoir_alarm_ml=Decimal(0))

    assert watch.explanation["low_at"] == (FILLED_AT + 40 * DAY).isoformat()


def test_a_volume_that_was_read_outlives_a_dose_change(
    session: Session, here: Riverside, pump: Pump
) -> None:
    refilled(session, pump, here)
    at = FILLED_AT + 20 * DAY
    read = ReadingFacts(read_at=at, reservoir_volume_ml=Decimal("5"))  # ours: 36 mL
    record_interrogation(session, pump, read, by=here.nadia, now=at)
    before = open_watch(session, pump)
    danger_at = before and before.danger_at

    lower = programme_facts("390", effective_at=at + DAY)
    change_dose(session, pump, lower, reason="spasms less", by=here.nadia, now=at + DAY)

    after = open_watch(session, pump)
    assert after is not None
    assert after.danger_at is not None
    assert danger_at is not None
    assert after.danger_at < danger_at + 3 * DAY
    assert open_watch(session, pump, WatchKind.MISMATCH) is not None


def test_no_months_left_is_the_worst_estimate_and_not_a_missing_one(
    session: Session, here: Riverside, pump: Pump
) -> None:
    for at, months in ((FILLED_AT, "30"), (FILLED_AT + DAY, "0")):
        facts = ReadingFacts(read_at=at, battery_months=Decimal(months))
        record_interrogation(session, pump, facts, by=here.nadia, now=at)

    watch = open_watch(session, pump, WatchKind.BATTERY)
    assert watch is not None
    assert watch.likely_at is not None
    assert watch.likely_at < FILLED_AT + 95 * DAY
