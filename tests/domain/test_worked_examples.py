"""The worked examples of DOMAIN 4.5 by their numbers; W22 and W45 are the battery's."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.domain.values import (
    FILLED,
    a_bolus,
    a_clinic,
    a_dose,
    a_drug,
    a_fill,
    a_flow,
    a_history,
    a_pump,
    after,
    days_to,
    days_to_low,
    projected,
)
from tracker.domain.danger import Rule, Stated, project_refill
from tracker.domain.errors import MissingUnit, RateAboveMaximum, RateBelowMinimum
from tracker.domain.infusion import (
    BolusUse,
    Fill,
    Mode,
    PatientBolus,
    Programme,
    RateLimits,
    Step,
    bridge_bolus,
    check_rates,
    daily_dose_mcg,
)
from tracker.domain.reservoir import volume_at
from tracker.domain.residual import Grade, compare
from tracker.domain.units import (
    Quantity,
    flow_ml_per_day,
    format_quantity,
    parse_quantity,
    to_canonical,
)

SYNCHROMED = RateLimits(Decimal("0.048"), Decimal(24))
DEAD_SPACE = Decimal("0.199") + 89 * Decimal("0.0022")


def flow(dose, concentration) -> Fraction:
    return flow_ml_per_day(Decimal(dose), Decimal(concentration))


def places(value: Fraction, count: int) -> str:
    return f"{float(value):.{count}f}"


def days(at) -> str:
    return places(days_to(at), 2)


@pytest.mark.parametrize(
    ("per_day", "expected"),
    [pytest.param("0.5", 40, id="W01"), pytest.param("1", 20, id="W02")],
)
def test_w01_w02_a_steady_flow_empties_a_reservoir(per_day, expected):
    assert days_to(projected(a_fill("20"), a_flow(per_day)).empty_at) == expected


@pytest.mark.parametrize(("dose", "ml"), [("50", 1), ("75", Fraction(3, 2)), ("100", 2)])
def test_w03_a_test_dose_is_a_volume(dose, ml):
    assert flow(dose, "50") == ml


@pytest.mark.parametrize(
    ("drug", "ml", "expected"),
    [
        pytest.param("10 mg", 20, 500, id="W04 10 mg in 20 mL"),
        pytest.param("10 mg", 5, 2000, id="W04 10 mg in 5 mL"),
        pytest.param("40 mg", 20, 2000, id="W04 40 mg in 20 mL"),
        pytest.param("0.05 mg", 1, 50, id="W04 0.05 mg in 1 mL"),
        pytest.param("10000 mcg", 20, 500, id="W05 10 000 mcg"),
        pytest.param("20000 mcg", 20, 1000, id="W05 20 000 mcg"),
        pytest.param("40000 mcg", 20, 2000, id="W05 40 000 mcg"),
    ],
)
def test_w04_w05_a_mass_in_a_volume_is_a_concentration(drug, ml, expected):
    assert parse_quantity(drug, Quantity.MASS) / ml == expected


@pytest.mark.parametrize(("per_day", "per_hour"), [("2.4", "0.1"), ("19.2", "0.8")])
def test_w06_a_daily_dose_is_24_hourly_ones(per_day, per_hour):
    step = Programme(FILLED, Mode.FLEX, steps=(Step(0, Decimal(per_hour)),))
    assert daily_dose_mcg(step) == Fraction(per_day)


def test_w07_a_loss_of_concentration_in_percent():
    assert places(Fraction("-0.0156") / Fraction("2.002") * 100, 3) == "-0.779"


@pytest.mark.parametrize(("units", "ml"), [(800, 2), (400, 1)])
def test_w08_a_low_message_is_a_volume(units, ml):
    assert Fraction(units, ml) == 400


def test_w09_half_a_milligram_a_day_at_one_a_millilitre():
    dose = parse_quantity("0.5 mg/day", Quantity.DOSE)
    strength = parse_quantity("1 mg/mL", Quantity.CONCENTRATION)
    assert flow_ml_per_day(dose, strength) == Fraction("0.5")


def test_w10_a_week_before_the_alert():
    records = (a_fill("38", "1000"), a_dose("500"))
    danger = project_refill(
        a_history(*records), a_pump("40"), a_clinic(buffer=7, margin="0"), a_drug()
    )
    assert days_to(danger.low_at) == 72
    assert days_to(danger.before_closures_at) == 65
    assert danger.binding is Rule.ALARM_LESS_BUFFER


@pytest.mark.parametrize(("dose", "shown"), [("96.1", "0.0480"), ("673.7", "0.3365")])
def test_w11_a_flow_from_published_doses(dose, shown):
    assert places(flow(dose, "2002"), 4) == shown


def test_w12_the_primary_drug_sets_the_flow_of_the_other():
    per_day = flow("106.88", "500")
    assert per_day == Fraction("0.21376")
    assert per_day * 30_000 == Fraction("6412.8")


def test_w13_three_millilitres_too_many_are_red():
    residual = compare(Decimal(40), Decimal(20), Decimal(23))
    assert (residual.discrepancy_ml, residual.grade) == (3, Grade.RED)


def test_w14_a_mixture_is_too_old_long_before_it_is_low():
    records = (a_fill("40", "500"), a_dose("106.88"))
    danger = project_refill(a_history(*records), a_pump("40"), a_clinic(), a_drug("84"))
    assert days(danger.low_at) == "177.77"
    assert days_to(danger.before_closures_at) == 84
    assert danger.binding is Rule.DRUG_LIMIT


def test_w15_a_fatal_discrepancy_lay_within_one_limit_and_is_never_called_proof():
    residual = compare(Decimal(40), Decimal("13.0"), Decimal("11.5"))
    assert residual.discrepancy_ml == Decimal("-1.5")
    assert residual.grade is Grade.WITHIN
    assert "proof" in (Grade.__doc__ or "")


@pytest.mark.parametrize(("volume", "expected"), [("20", "30.28"), ("40", "63.93")])
def test_w16_a_high_dose(volume, expected):
    assert flow("1188.8", "2000") == Fraction("0.5944")
    assert days(projected(a_fill(volume), a_dose("1188.8")).low_at) == expected


def test_hazard_h01_w17_milligrams_that_should_be_micrograms_are_refused():
    right = a_history(a_fill(), a_dose("627.9"))
    check_rates(right, SYNCHROMED)
    assert days_to_low(*right.fills, *right.programmes) == 57.33
    wrong = parse_quantity("627.9 mg/day", Quantity.DOSE)
    with pytest.raises(RateAboveMaximum, match=r"313\.95 mL/day"):
        check_rates(a_history(a_fill(), a_dose(wrong)), SYNCHROMED)


def test_hazard_h02_w18_an_hourly_flow_passes_the_hardware_and_empties_in_days():
    hourly = parse_quantity("0.5 mL/h", Quantity.FLOW)
    assert hourly == 12
    check_rates(a_history(a_fill(), a_flow(hourly)), SYNCHROMED)
    assert days(projected(a_fill(), a_flow(hourly)).empty_at) == "1.67"
    assert days_to(projected(a_fill(), a_flow("0.5")).empty_at) == 40


def test_w19_the_first_fill_of_ziconotide_binds_on_day_14():
    records = (a_fill("14", "25"), a_dose("2.4"))
    danger = project_refill(a_history(*records), a_pump(), a_clinic(), a_drug("14", first=True))
    assert days_to(danger.low_at) == 125
    assert days_to(danger.before_closures_at) == 14
    assert danger.binding is Rule.FIRST_FILL_LIMIT


def test_w20_volume_binds_before_the_limit():
    records = (a_fill("20", "25"), a_dose("19.2"))
    danger = project_refill(a_history(*records), a_pump(), a_clinic(), a_drug("84"))
    assert days(danger.low_at) == "23.44"
    assert danger.binding is Rule.ALARM_LESS_BUFFER


def test_w21_the_limit_binds_before_the_volume():
    records = (a_fill("20", "100"), a_dose("19.2"))
    danger = project_refill(a_history(*records), a_pump(), a_clinic(), a_drug("84"))
    assert days_to(danger.low_at) == Fraction("93.75")
    assert days_to(danger.before_closures_at) == 84
    assert danger.binding is Rule.DRUG_LIMIT


def test_w23_half_the_concentration_doubles_the_flow():
    per_day = parse_quantity("60 mg/day", Quantity.DOSE)  # 2.5 mg/h
    assert flow_ml_per_day(per_day, Decimal(200)) / 24 == Fraction("12.5")
    assert flow_ml_per_day(per_day, Decimal(100)) / 24 == 25


def test_w24_a_slipped_decimal_point_is_out_of_range():
    slipped, right = "41.7 mL/h", "4.17 mL/h"
    limits = RateLimits(None, parse_quantity("10 mL/h", Quantity.FLOW))
    check_rates(a_history(a_fill(), a_flow(parse_quantity(right, Quantity.FLOW))), limits)
    with pytest.raises(RateAboveMaximum):
        check_rates(a_history(a_fill(), a_flow(parse_quantity(slipped, Quantity.FLOW))), limits)


def test_w25_stability_binds():
    filled = datetime(2026, 3, 1, 10, tzinfo=UTC)
    records = (a_fill("40"), a_dose("400"))
    danger = project_refill(a_history(*records), a_pump("40"), a_clinic(), a_drug("180"))
    assert days_to(danger.low_at) == 190
    assert danger.low_at.date() == date(2026, 9, 7)
    assert days_to(danger.empty_at) == 200
    assert danger.before_closures_at == filled + timedelta(days=180)
    assert danger.before_closures_at.date() == date(2026, 8, 28)


def test_w26_volume_binds():
    found = projected(a_fill("20", "500"), a_dose("350"))
    assert places(days_to(found.low_at), 3) == "25.714"
    assert places(days_to(found.empty_at), 3) == "28.571"


@pytest.mark.parametrize(
    ("dose", "day", "shown"),
    [
        pytest.param("690", date(2026, 4, 24), "54.78", id="W27 raised by 15 %"),
        pytest.param("480", date(2026, 5, 10), "70.00", id="W28 lowered by 20 %"),
    ],
)
def test_hazard_h06_w27_w28_a_dose_change_moves_the_date(dose, day, shown):
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    first = (a_fill(at=midnight), a_dose("600", at=midnight))
    changed = a_dose(dose, at=midnight + timedelta(days=20))
    assert projected(*first).low_at.date() == date(2026, 4, 30)
    found = projected(*first, changed).low_at
    assert volume_at(a_history(*first, changed), changed.at) == 14
    assert (found.date(), places(days_to(found, midnight), 2)) == (day, shown)


FOUR_STEPS = (
    Step(0, Decimal(10)),
    Step(360, Decimal(40)),
    Step(480, Decimal(15)),
    Step(1200, Decimal(25)),
)


def test_hazard_h11_w29_four_steps_a_day():
    midnight = datetime(2026, 1, 5, tzinfo=UTC)
    programme = Programme(midnight, Mode.FLEX, steps=FOUR_STEPS)
    assert daily_dose_mcg(programme) == 420
    found = projected(a_fill("20", "1000", at=midnight), programme)
    assert int(days_to(found.low_at, midnight)) == 42
    # day by day, not by the average of 42.857: the last day has reached its fourth step by then
    assert found.low_at == datetime(2026, 2, 16, 21, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "shown", "day"),
    [
        pytest.param(date(2026, 3, 2), "67.68", date(2026, 5, 8), id="from a Monday"),
        pytest.param(date(2026, 3, 7), "67.20", date(2026, 5, 13), id="from a Saturday"),
    ],
)
def test_hazard_h11_w30_weekday_patterns_are_integrated_day_by_day(begins, shown, day):
    midnight = datetime.combine(begins, datetime.min.time(), tzinfo=UTC)
    steps = tuple(
        Step(0, Decimal(500 if weekday < 5 else 620) / 24, weekday) for weekday in range(7)
    )
    programme = Programme(midnight, Mode.FLEX, steps=steps)
    found = projected(a_fill(at=midnight), programme)
    assert places(days_to(found.low_at, midnight), 2) == shown
    assert found.low_at.date() == day


@pytest.mark.parametrize(
    ("use", "shown"),
    [
        pytest.param(BolusUse.MAXIMUM, "146.15", id="maximum"),
        pytest.param(BolusUse.AVERAGE, "172.73", id="average"),
        pytest.param(BolusUse.NONE, "190.00", id="none"),
    ],
)
def test_hazard_h10_w31_patient_boluses_bring_the_date_forward(use, shown):
    patient = PatientBolus(Decimal(200), 6, Decimal(2))
    records = (a_fill("40", "20000"), a_dose("4000", patient=patient))
    assert days(projected(*records, use=use).low_at) == shown
    danger = project_refill(a_history(*records), a_pump("40"), a_clinic(), a_drug("90"))
    assert danger.binding is Rule.DRUG_LIMIT


@pytest.mark.parametrize(
    ("old", "new", "drug", "hours", "with_bridge", "without"),
    [
        pytest.param("500", "2000", "197.4", "15.792", "118.03", "120.00", id="W32 stronger"),
        pytest.param("2000", "500", "789.6", "63.168", "31.97", "30.00", id="W33 weaker"),
    ],
)
def test_w32_w33_a_bridge_runs_the_old_drug_out(old, new, drug, hours, with_bridge, without):
    bolus = bridge_bolus(DEAD_SPACE, Decimal(old), Decimal(300), FILLED)
    assert DEAD_SPACE == Decimal("0.3948") == bolus.volume_ml
    assert DEAD_SPACE * Decimal(old) == Decimal(drug)
    assert bolus.duration / timedelta(hours=1) == pytest.approx(float(hours))
    records = (a_fill("20", new), a_dose("300"))
    assert days(projected(*records).low_at) == without
    assert days(projected(*records, bolus).low_at) == with_bridge


@pytest.mark.parametrize(("volume", "shown"), [("20", "375.00"), ("40", "791.67")])
def test_w34_the_minimum_rate_still_gives_drug(volume, shown):
    programme = a_flow("0.048", mode=Mode.MINIMUM)
    assert days(projected(a_fill(volume), programme).low_at) == shown
    assert Fraction("0.048") * 2000 == 96
    danger = project_refill(
        a_history(a_fill(volume), programme), a_pump(volume), a_clinic(), a_drug("180")
    )
    assert danger.binding is Rule.DRUG_LIMIT


def test_w35_the_label_band_adds_the_earliest_credible_empty_which_binds():
    """DOMAIN names day 180; DESIGN 7 adds that refill-by is never after the earliest empty."""
    records = a_history(a_fill("40"), a_dose("400"))
    clinic, drug = a_clinic(), a_drug("180")
    danger = project_refill(records, a_pump("40", accuracy="0.145"), clinic, drug)
    by_rule = {term.rule: days(term.at) for term in danger.terms}
    assert by_rule == {
        Rule.EARLIEST_EMPTY: "174.67",
        Rule.DRUG_LIMIT: "180.00",
        Rule.ALARM_AT_RAISED_FLOW: "180.95",
        Rule.ALARM_LESS_BUFFER: "183.00",
    }
    assert danger.binding is Rule.EARLIEST_EMPTY
    assert days(danger.earliest_low_at) == "165.94"
    assert days(danger.likely_low_at) == "190.00"
    assert days(danger.latest_low_at) == "222.22"

    without_band = project_refill(records, a_pump("40"), clinic, drug)
    assert without_band.binding is Rule.DRUG_LIMIT
    assert days_to(without_band.before_closures_at) == 180


@pytest.mark.parametrize(
    ("filled", "expected", "measured", "off", "ratio", "grade"),
    [
        pytest.param("20", "5", "7.2", "2.2", "0.853", Grade.RED, id="W36"),
        pytest.param("20", "5", "4.4", "-0.6", "1.040", Grade.WITHIN, id="W37"),
        pytest.param("20", "2.5", "3.0", "0.5", "0.971", Grade.WITHIN, id="W43"),
        pytest.param("61.1", "41.1", "41.6", "0.5", "0.975", Grade.WITHIN, id="W47"),
    ],
)
def test_w36_w37_w43_w47_a_residual_has_a_ratio(filled, expected, measured, off, ratio, grade):
    residual = compare(Decimal(filled), Decimal(expected), Decimal(measured))
    assert residual.discrepancy_ml == Decimal(off)
    assert places(residual.accuracy_ratio, 3) == ratio
    assert residual.grade is grade


def test_w38_a_stronger_primary_drug_takes_the_others_down():
    before, then = flow("4000", "20000"), flow("4000", "25000")
    assert (before * 10_000, before * 150) == (2000, 30)
    assert (then * 10_000, then * 150) == (1600, 24)


def test_w39_the_volume_instilled_counts_and_not_the_reservoir():
    assert days_to_low(a_fill("17"), a_flow("0.25")) == 60
    assert days_to_low(a_fill("20"), a_flow("0.25")) == 72


def test_hazard_h07_w40_a_raised_alarm_volume_is_earlier():
    records = (a_fill("40"), a_flow("0.2"))
    assert days_to_low(*records, alarm="4") == 180
    assert days_to_low(*records, alarm="2") == 190


def test_hazard_h10_w41_allotted_boluses_count_towards_the_refill_date():
    patient = PatientBolus(Decimal(20), 4)  # 0.02 mL at 1000 mcg/mL
    records = (a_fill("20", "1000"), a_flow("0.3", patient=patient))
    assert days_to_low(*records, alarm="3") == 44.74
    assert days_to_low(*records, alarm="3", use=BolusUse.NONE) == 56.67


def test_w42_a_fixed_pump_runs_as_long_as_its_flow_lets_it():
    found = projected(a_fill("20", "4000"), a_flow("0.5"))
    assert days_to(found.empty_at) == 40
    total = 2000 * days_to(found.empty_at)
    assert total == 80_000
    stock = total / 25_000
    assert (stock, 20 - stock) == (Fraction("3.2"), Fraction("16.8"))


def test_hazard_h01_w44_milligrams_read_as_micrograms_are_below_the_minimum():
    typed = parse_quantity("0.4 mg/day", Quantity.DOSE)
    assert format_quantity(typed, Quantity.DOSE) == "400 mcg/day"
    assert flow_ml_per_day(typed, Decimal(2000)) == Fraction("0.2")
    check_rates(a_history(a_fill(), a_dose(typed)), SYNCHROMED)
    with pytest.raises(RateBelowMinimum):
        check_rates(a_history(a_fill(), a_dose("0.4")), SYNCHROMED)
    with pytest.raises(MissingUnit):
        parse_quantity("0.4", Quantity.DOSE)
    assert to_canonical(Decimal("0.4"), "mg/day", Quantity.DOSE) == 400


def test_w46_a_closed_christmas_moves_the_refill_to_the_day_before():
    chicago = ZoneInfo("America/Chicago")
    friday = datetime(2026, 12, 25, 16, tzinfo=UTC)
    filled = friday - timedelta(days=60)
    clinic = a_clinic(weekdays=range(5), closed=[date(2026, 12, 25), date(2027, 1, 1)])
    records = a_history(Fill(filled, Decimal(20), Decimal(2000)), a_dose("100", at=filled))
    danger = project_refill(records, a_pump(), clinic, a_drug("60"))
    assert danger.before_closures_at == friday
    assert danger.refill_by_at.astimezone(chicago).date() == date(2026, 12, 24)


def test_w48_only_the_printed_date_catches_a_wrong_concentration():
    entered = a_history(a_fill("20", "2000"), a_dose("300"))
    check_rates(entered, SYNCHROMED)
    assert days_to_low(a_fill("20", "500"), a_dose("300")) == 30
    printed = after(days=30).date()
    danger = project_refill(
        entered, a_pump(), a_clinic(), a_drug("180"), stated=Stated(printed)
    )
    assert days_to(danger.low_at) == 120
    assert danger.mismatch_days == -90
    assert danger.binding is Rule.PRINTED_ALARM_LESS_BUFFER


def test_a_priming_bolus_of_the_prototype_takes_its_volume():
    """0.16 mL over 6 h, the fixed bridge of S:82."""
    records = (a_fill(), a_flow("0.5"))
    primed = projected(*records, a_bolus(FILLED, "0.16", hours=6)).low_at
    assert projected(*records).low_at - primed == timedelta(days=0.32)
