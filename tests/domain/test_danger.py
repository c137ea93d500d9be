"""Refill-by: each term by itself, ties, printed dates and buckets."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from tests.domain.values import (
    CHICAGO,
    FILLED,
    a_clinic,
    a_dose,
    a_drug,
    a_fill,
    a_flow,
    a_history,
    a_pump,
    after,
    stopped,
)
from tracker.domain.danger import Bucket, Rule, Stated, bucket, bucket_edges, project_refill
from tracker.domain.errors import CannotProject, NoFill, NoProgramme
from tracker.domain.infusion import PatientBolus
from tracker.domain.plausibility import about_printed_share

HALF = a_history(a_fill(), a_flow("0.5"))  # low after 36 days, empty after 40
IDLE = a_history(a_fill(), stopped(FILLED))


def a_danger(history=HALF, pump=None, clinic=None, drug=None, **more):
    return project_refill(
        history, pump or a_pump(), clinic or a_clinic(), drug or a_drug(), **more
    )


def the_term(danger, rule):
    (found,) = [term.at for term in danger.terms if term.rule is rule]
    return found


@pytest.mark.parametrize(
    ("rule", "changes", "days"),
    [
        pytest.param(Rule.ALARM_LESS_BUFFER, {}, 29, id="buffer"),
        pytest.param(
            Rule.ALARM_AT_RAISED_FLOW,
            {"clinic": a_clinic(buffer=1, margin="20")},
            30,
            id="raised flow",
        ),
        pytest.param(Rule.DRUG_LIMIT, {"drug": a_drug("14.5")}, 14.5, id="drug"),
        pytest.param(
            Rule.FIRST_FILL_LIMIT, {"drug": a_drug("14", first=True)}, 14, id="first fill"
        ),
        pytest.param(
            Rule.CLINIC_INTERVAL, {"clinic": a_clinic(interval=28)}, 28, id="longest interval"
        ),
        pytest.param(
            Rule.END_OF_SERVICE, {"end_of_service_at": after(days=20)}, 13, id="battery"
        ),
        pytest.param(
            Rule.EARLIEST_EMPTY,
            {"clinic": a_clinic(buffer=3, margin="0"), "pump": a_pump(accuracy="0.60")},
            25,
            id="earliest empty",
        ),
    ],
)
def test_each_rule_can_bind(rule, changes, days):
    danger = a_danger(**changes)
    assert danger.binding is rule
    assert danger.before_closures_at == danger.refill_by_at == after(days=days)


def test_a_beyond_use_day_ends_as_it_begins_at_the_clinic():
    danger = a_danger(drug=a_drug("180", beyond_use_on=date(2026, 3, 20)))
    assert danger.binding is Rule.BEYOND_USE
    assert danger.refill_by_at == datetime(2026, 3, 20, 5, tzinfo=UTC)


def test_the_refill_date_moves_back_to_an_open_day():
    danger = a_danger(clinic=a_clinic(weekdays=[0]))  # 29 days on is Monday 30 March
    assert danger.refill_by_at == danger.before_closures_at
    danger = a_danger(clinic=a_clinic(weekdays=[4]))
    assert danger.before_closures_at == after(days=29)
    assert danger.refill_by_at == datetime(2026, 3, 28, 4, 59, 59, tzinfo=UTC)


def test_of_equal_terms_the_drug_is_named_first():
    danger = a_danger(drug=a_drug("29"), clinic=a_clinic(interval=29))
    assert [term.rule for term in danger.terms[:3]] == [
        Rule.DRUG_LIMIT,
        Rule.ALARM_LESS_BUFFER,
        Rule.CLINIC_INTERVAL,
    ]
    assert danger.binding is Rule.DRUG_LIMIT


def test_a_stopped_pump_still_has_the_limit_of_its_drug():
    danger = a_danger(IDLE, drug=a_drug("180"))
    assert danger.binding is Rule.DRUG_LIMIT
    assert danger.low_at is danger.earliest_low_at is danger.latest_low_at is None
    assert danger.empty_at is danger.earliest_empty_at is None


def test_a_fill_that_nothing_limits_cannot_be_projected():
    with pytest.raises(CannotProject, match="Nothing limits this fill"):
        a_danger(IDLE)


def test_what_is_missing_is_named():
    with pytest.raises(NoFill):
        a_danger(a_history(a_dose("1")))
    with pytest.raises(NoProgramme):
        a_danger(a_history(a_fill()))


def test_the_band_of_the_label_gives_earliest_and_latest():
    danger = a_danger(pump=a_pump(accuracy="0.2"))
    assert danger.earliest_low_at == after(days=30)
    assert danger.likely_low_at == danger.low_at == after(days=36)
    assert danger.latest_low_at == after(days=45)
    assert danger.earliest_empty_at == after(days=33, hours=8)


def test_the_pump_takes_the_place_of_its_label_from_three_refills_on():
    own = a_danger(pump=a_pump(accuracy="0.2"), ratios=[Fraction(1)] * 3)
    assert own.earliest_low_at == FILLED + timedelta(
        seconds=int(Fraction(36 * 86_400 * 100, 105))
    )


def test_without_any_band_the_margin_is_the_earliest():
    danger = a_danger(clinic=a_clinic(margin="20"))
    assert danger.earliest_low_at == after(days=30)
    assert danger.latest_low_at == danger.low_at


def test_a_band_in_which_the_pump_may_stand_still_has_no_latest():
    assert a_danger(pump=a_pump(accuracy="1")).latest_low_at is None


def test_boluses_are_counted_at_most_on_average_and_not_at_all():
    patient = PatientBolus(Decimal(250), 4, Decimal(2))  # 0.125 mL each
    history = a_history(a_fill(), a_flow("0.25", patient=patient))
    danger = a_danger(history)
    assert danger.low_at == after(days=24)
    assert danger.likely_low_at == after(days=36)
    assert danger.latest_low_at == after(days=72)


@pytest.mark.parametrize(
    ("off", "mismatch", "binds"),
    [
        pytest.param(-8, -8, True, id="a week earlier"),
        pytest.param(-2, -2, True, id="two days earlier"),
        pytest.param(-1, None, False, id="a day earlier"),
        pytest.param(0, None, False, id="the same day"),
        pytest.param(1, None, False, id="a day later"),
        pytest.param(2, 2, False, id="two days later"),
        pytest.param(30, 30, False, id="a month later"),
    ],
)
def test_a_printed_date_more_than_a_day_apart_is_a_mismatch(off, mismatch, binds):
    ours = after(days=36).astimezone(CHICAGO).date()
    printed = ours + timedelta(days=off)
    danger = a_danger(stated=Stated(printed))
    assert danger.mismatch_days == mismatch
    assert (danger.binding is Rule.PRINTED_ALARM_LESS_BUFFER) is binds
    if binds:
        at = the_term(danger, Rule.PRINTED_ALARM_LESS_BUFFER)
        assert at.astimezone(CHICAGO).date() == printed - timedelta(days=7)
    else:
        assert Rule.PRINTED_ALARM_LESS_BUFFER not in [term.rule for term in danger.terms]


def test_a_printed_date_may_or_may_not_count_patient_boluses():
    patient = PatientBolus(Decimal(250), 4, Decimal(2))
    history = a_history(a_fill(), a_flow("0.25", patient=patient))
    for days in (24, 36, 72):
        printed = after(days=days).astimezone(CHICAGO).date()
        assert a_danger(history, stated=Stated(printed)).mismatch_days is None
    late = after(days=75).astimezone(CHICAGO).date()
    assert a_danger(history, stated=Stated(late)).mismatch_days == 3


def test_a_printed_date_of_a_pump_that_stands_still_is_a_mismatch():
    danger = a_danger(IDLE, drug=a_drug("180"), stated=Stated(date(2026, 5, 1)))
    assert danger.mismatch_days == -9999
    assert danger.binding is Rule.PRINTED_ALARM_LESS_BUFFER


NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)  # 09:00 in Chicago


@pytest.mark.parametrize(
    ("danger_at", "expected"),
    [
        pytest.param(None, Bucket.UNKNOWN, id="not known"),
        pytest.param(NOW - timedelta(days=1), Bucket.LATE, id="yesterday"),
        pytest.param(NOW, Bucket.LATE, id="now"),
        pytest.param(NOW + timedelta(seconds=1), Bucket.THIS_WEEK, id="a second on"),
        pytest.param(NOW + timedelta(days=7), Bucket.THIS_WEEK, id="seven days on"),
        pytest.param(
            datetime(2026, 3, 10, 4, 59, 59, tzinfo=UTC), Bucket.THIS_WEEK, id="end of that day"
        ),
        pytest.param(
            datetime(2026, 3, 10, 5, tzinfo=UTC), Bucket.FOUR_WEEKS, id="the day after"
        ),
        pytest.param(NOW + timedelta(days=28), Bucket.FOUR_WEEKS, id="28 days on"),
        pytest.param(NOW + timedelta(days=29), Bucket.LATER, id="29 days on"),
    ],
)
def test_a_danger_stands_in_a_bucket_by_days_of_the_clinic(danger_at, expected):
    assert bucket(danger_at, now=NOW, zone=CHICAGO) is expected


def test_the_edges_of_the_buckets_are_instants_in_order():
    edges = bucket_edges(now=NOW, zone=CHICAGO)
    assert list(edges) == sorted(edges)
    assert edges[0] == NOW


@pytest.mark.parametrize(
    ("lasts", "off", "is_asked"),
    [
        pytest.param("45", 0, False, id="the same day"),
        pytest.param("45", 1, False, id="a day of many weeks is under 2 %"),
        pytest.param("14", 0, False, id="the same day of a short fill"),
        pytest.param("14", 1, True, id="a day of two weeks is over 2 %"),
        pytest.param("7", -1, True, id="and so is a day before, of a week"),
        pytest.param("14", 2, False, id="two days are a mismatch, told by itself"),
    ],
)
def test_hazard_h33_a_day_apart_is_asked_about_where_it_is_over_two_percent(
    lasts, off, is_asked
):
    history = a_history(a_fill(), a_flow(Decimal(18) / Decimal(lasts)))
    ours = after(days=int(lasts)).astimezone(CHICAGO).date()
    danger = a_danger(history, stated=Stated(ours + timedelta(days=off)))

    asked = list(about_printed_share(danger, FILLED, CHICAGO))

    assert bool(asked) is is_asked
    if asked:
        assert ("before ours" if off < 0 else "after ours") in asked[0]


@pytest.mark.parametrize("seed", range(40))
def test_promise_covered_no_learned_band_moves_refill_by_past_what_the_maker_allows(seed):
    chance = Random(seed)
    ratios = [Fraction(chance.randint(50, 160), 100) for _ in range(chance.randint(0, 9))]
    history = a_history(a_fill(), a_flow(Decimal(chance.randint(5, 90)) / 100))
    pump, clinic = a_pump(accuracy="0.145"), a_clinic()

    learned = a_danger(history, pump=pump, clinic=clinic, ratios=ratios)

    alarm = timedelta(days=clinic.buffer_days)
    assert learned.refill_by_at <= learned.low_at - alarm
    assert learned.refill_by_at <= the_term(learned, Rule.ALARM_AT_RAISED_FLOW)
    assert learned.refill_by_at <= learned.earliest_empty_at
    assert learned.earliest_low_at <= the_term(learned, Rule.ALARM_AT_RAISED_FLOW)
