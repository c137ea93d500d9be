"""Programmes, boluses, and what a pump can't run."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.domain.values import (
    FILLED,
    a_bolus,
    a_dose,
    a_fill,
    a_flow,
    a_history,
    after,
    stopped,
)
from tracker.domain.errors import (
    NegativeQuantity,
    RateAboveMaximum,
    RateBelowMinimum,
    TrackerError,
    VolumeAboveCapacity,
)
from tracker.domain.infusion import (
    Bolus,
    Fill,
    Mode,
    PatientBolus,
    PeriodicBolus,
    Programme,
    RateLimits,
    Step,
    bridge_bolus,
    check_rates,
    check_volumes,
    daily_dose_mcg,
)


def limits(least=None, most=None):
    return RateLimits(least and Decimal(least), most and Decimal(most))


def a_flex(*steps, at=FILLED, **more):
    made = tuple(Step(minute, Decimal(rate), *day) for minute, rate, *day in steps)
    return Programme(at, Mode.FLEX, steps=made, **more)


def a_periodic(basal, dose, interval, duration, at=FILLED):
    periodic = PeriodicBolus(Decimal(dose), interval, duration)
    return Programme(
        at, Mode.PERIODIC_BOLUS, dose_mcg_per_day=Decimal(basal), periodic=periodic
    )


@pytest.mark.parametrize(
    ("programme", "expected"),
    [
        pytest.param(a_dose("300"), 300, id="simple"),
        pytest.param(stopped(FILLED), 0, id="stopped"),
        pytest.param(a_flex((0, "10"), (720, "15")), 300, id="flex"),
        pytest.param(a_flex((360, "10"), (1080, "15")), 300, id="flex over midnight"),
        pytest.param(
            a_flex((0, "10"), (0, "24", 5), (0, "31", 6)),
            Fraction(5 * 240 + 24 * 24 + 31 * 24, 7),
            id="a mean over the week",
        ),
        pytest.param(a_periodic("100", "25", 360, 30), 200, id="periodic"),
        pytest.param(a_periodic("0", "25", 360, 360), 100, id="periodic without a pause"),
        pytest.param(a_flow("0.048", mode=Mode.MINIMUM), None, id="minimum"),
        pytest.param(a_flow("0.5"), None, id="fixed flow"),
    ],
)
def test_a_programme_gives_a_daily_dose(programme, expected):
    assert daily_dose_mcg(programme) == expected


@pytest.mark.parametrize(
    ("make", "field"),
    [
        pytest.param(lambda: Programme(FILLED, Mode.SIMPLE), "dose_mcg_per_day", id="no dose"),
        pytest.param(lambda: Programme(FILLED, Mode.FLEX), "steps", id="no steps"),
        pytest.param(lambda: Programme(FILLED, Mode.MINIMUM), "flow_ml_per_day", id="no flow"),
        pytest.param(
            lambda: Programme(FILLED, Mode.PERIODIC_BOLUS, dose_mcg_per_day=Decimal(1)),
            "periodic",
            id="no periodic bolus",
        ),
        pytest.param(lambda: a_flex((0, "1"), (0, "2")), "steps", id="two steps at one time"),
        pytest.param(lambda: a_flex((1440, "1")), "steps", id="a step after the day"),
        pytest.param(lambda: a_flex((0, "1", 7)), "steps", id="an eighth weekday"),
        pytest.param(
            lambda: PeriodicBolus(Decimal(1), 30, 31), "periodic_duration_minutes", id="overlap"
        ),
        pytest.param(
            lambda: PeriodicBolus(Decimal(1), 30, 0), "periodic_duration_minutes", id="no time"
        ),
        pytest.param(
            lambda: Bolus(FILLED, timedelta(0), Decimal(1), Decimal(1)),
            "volume_ml",
            id="volume and dose",
        ),
        pytest.param(lambda: Bolus(FILLED, timedelta(0)), "volume_ml", id="nothing given"),
        pytest.param(
            lambda: a_fill(at=FILLED.replace(tzinfo=None)),
            "filled_at",
            id="a naive fill",
        ),
    ],
)
def test_a_half_written_record_is_refused(make, field):
    with pytest.raises(TrackerError) as refused:
        make()
    assert refused.value.field == field


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: a_fill("-1"), id="volume"),
        pytest.param(lambda: a_fill("1", "-1"), id="concentration"),
        pytest.param(lambda: a_dose("-1"), id="dose"),
        pytest.param(lambda: a_flow("-1"), id="flow"),
        pytest.param(lambda: a_flex((0, "-1")), id="rate"),
        pytest.param(lambda: a_bolus(FILLED, "-1"), id="bolus"),
        pytest.param(lambda: a_bolus(FILLED, "1", hours=-1), id="bolus backwards"),
        pytest.param(lambda: PatientBolus(Decimal(1), -1), id="count"),
        pytest.param(lambda: PatientBolus(Decimal(1), 1, Decimal(-1)), id="average"),
    ],
)
def test_less_than_nothing_is_refused(make):
    with pytest.raises(NegativeQuantity):
        make()


def test_a_bridge_keeps_the_old_dose_until_the_old_drug_is_out():
    bolus = bridge_bolus(Decimal("0.4"), Decimal(500), Decimal(100), FILLED)
    assert (bolus.volume_ml, bolus.duration) == (Decimal("0.4"), timedelta(days=2))
    assert bolus.suspends_basal


@pytest.mark.parametrize(("old", "dose"), [("500", "0"), ("0", "100")])
def test_a_bridge_without_dose_or_old_drug_is_refused(old, dose):
    with pytest.raises(TrackerError) as refused:
        bridge_bolus(Decimal("0.4"), Decimal(old), Decimal(dose), FILLED)
    assert refused.value.field == "bridge"


FAST = [
    pytest.param([a_fill(), a_dose("600")], "0.3", id="simple"),
    pytest.param([a_fill(), a_flow("0.3")], "0.3", id="fixed flow"),
    pytest.param([a_fill(), a_flex((0, "5"), (60, "25"), (61, "0"))], "0.3", id="one step"),
    pytest.param([a_fill(), a_flex((0, "5"), (60, "25", 3))], "0.3", id="one weekday"),
    pytest.param([a_fill(), a_periodic("100", "500", 1440, 1440)], "0.3", id="periodic"),
    pytest.param(
        [a_fill(), a_dose("200"), a_bolus(after(days=1), "0.1", hours=12)], "0.3", id="on top"
    ),
    pytest.param(
        [a_fill(), a_dose("200")]
        + [a_bolus(after(days=1, hours=h), dose="50", hours=6) for h in (0, 5)],
        "0.3",
        id="two boluses for an hour",
    ),
    pytest.param(
        [a_fill(), a_dose("1200"), a_fill(at=after(days=9), concentration="8000")],
        "0.6",
        id="before a stronger drug",
    ),
    pytest.param(
        [a_fill(concentration="8000"), a_dose("1200"), a_fill(at=after(days=9))],
        "0.6",
        id="after a weaker drug",
    ),
    pytest.param(
        [a_fill(), a_dose("200"), a_dose("1200", at=after(days=400))], "0.6", id="planned"
    ),
    pytest.param([a_fill(), a_dose("1200", at=after(days=2))], "0.6", id="taken back"),
]


@pytest.mark.parametrize(("records", "flow"), FAST)
def test_a_flow_at_the_maximum_is_fine_and_a_hair_above_is_not(records, flow):
    history = a_history(*records)
    check_rates(history, limits(most=flow))
    with pytest.raises(RateAboveMaximum, match="faster than this pump"):
        check_rates(history, limits(most=Decimal(flow) - Decimal("0.000001")))


@pytest.mark.parametrize(
    "records",
    [
        pytest.param(
            [a_fill(), a_dose("600", at=after(days=-1)), stopped(FILLED)],
            id="replaced at the fill",
        ),
        pytest.param(
            [a_fill(), a_dose("200"), a_bolus(after(days=1), "5")], id="a bolus without time"
        ),
        pytest.param(
            [a_dose("9999"), a_fill(at=after(days=2)), a_dose("2", after(days=2))],
            id="before any fill",
        ),
        pytest.param(
            [a_fill(), a_flex((0, "5"), (1200, "50")), a_dose("200", at=after(hours=9))],
            id="a step that never came",
        ),
        pytest.param(
            [a_fill(), a_dose("200"), a_bolus(FILLED, "0.1", hours=12, suspends=True)],
            id="a bolus in place of the basal rate",
        ),
    ],
)
def test_what_never_runs_is_not_refused(records):
    check_rates(a_history(*records), limits(most="0.25"))


@pytest.mark.parametrize(
    ("records", "flow"),
    [
        pytest.param([a_fill(), a_dose("100")], "0.05", id="simple"),
        pytest.param([a_fill(), a_flex((0, "5"), (60, "25"))], "0.06", id="one step"),
        pytest.param(
            [a_fill(), a_periodic("100", "10", 360, 30)], "0.05", id="between boluses"
        ),
        pytest.param(
            [a_fill(), a_dose("100"), a_bolus(FILLED, "1", hours=9999)],
            "0.05",
            id="under a bolus",
        ),
    ],
)
def test_a_flow_at_the_minimum_is_fine_and_a_hair_below_is_not(records, flow):
    history = a_history(*records)
    check_rates(history, limits(least=flow))
    with pytest.raises(RateBelowMinimum, match="slower than this pump"):
        check_rates(history, limits(least=Decimal(flow) + Decimal("0.000001")))


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([a_fill(), stopped(FILLED)], id="stopped"),
        pytest.param([a_fill(), a_periodic("0", "100", 360, 60)], id="none between boluses"),
        pytest.param(
            [a_fill(), stopped(FILLED), a_bolus(FILLED, "0.001", hours=9)], id="a slow bolus"
        ),
        pytest.param(
            [
                a_fill(),
                a_dose("50"),
                a_bolus(FILLED, "1", hours=9, suspends=True),
                a_dose("200", at=after(hours=9)),
            ],
            id="a slow programme that a bolus silenced to its end",
        ),
    ],
)
def test_no_basal_flow_on_purpose_is_not_too_slow(records):
    check_rates(a_history(*records), limits(least="0.05"))


def test_without_limits_nothing_is_refused():
    check_rates(a_history(a_fill(), a_dose("0")), limits())
    check_rates(a_history(), limits("1", "2"))


def test_a_fill_of_the_capacity_fits_and_a_hair_more_does_not():
    check_volumes(a_history(a_fill("20")), Decimal(20))
    with pytest.raises(VolumeAboveCapacity, match=r"20\.001 mL does not fit a 20 mL reservoir"):
        check_volumes(a_history(a_fill("20.001"), a_fill("1", at=after(days=1))), Decimal(20))


def test_a_fill_is_a_value():
    assert a_fill() == Fill(FILLED, Decimal(20), Decimal(2000))
