"""Laws of every history, and a second integrator that agrees on thousands of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.domain import other_integrator as other
from tests.domain.strategies import MOST_SEEDS, a_history, histories, instants, seeds
from tests.domain.values import a_clinic, a_drug, a_pump
from tracker.domain.danger import project_refill
from tracker.domain.infusion import BolusUse, History, Mode, daily_dose_mcg
from tracker.domain.reservoir import project, volume_at, volume_used

HORIZON = timedelta(days=70)
ALARM = Decimal("0.5")
uses = st.sampled_from(tuple(BolusUse))
factors = st.sampled_from(
    (Fraction(1), Fraction(21, 20), Fraction(229, 200), Fraction(171, 200))
)


def generated(many: int):
    return settings(
        max_examples=examples(many),
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def never_later(one: datetime | None, than: datetime | None) -> bool:
    return than is None or (one is not None and one <= than)


def fill_of(history: History):
    return max(history.fills, key=lambda one: one.at)


@pytest.mark.parametrize("part", range(5))
@generated(300)
@given(seed=seeds, use=uses, factor=factors)
def test_a_second_integrator_finds_the_same_seconds(part, seed, use, factor):
    history = a_history(seed + part * MOST_SEEDS)
    found = project(history, alarm_volume_ml=ALARM, use=use, flow_factor=factor)

    for at, left in ((found.low_at, ALARM), (found.empty_at, Decimal(0))):
        volume = (Fraction(fill_of(history).volume_ml) - Fraction(left)) / factor
        expected = other.second_when_used(history, volume, use, HORIZON)
        if expected is None:
            assert at is None or at >= other.newest_fill(history).at + HORIZON - timedelta(
                seconds=1
            )
        else:
            assert at == expected


@pytest.mark.parametrize("part", range(5))
@generated(300)
@given(seed=seeds, use=uses, seconds=st.integers(0, 40 * 86_400))
def test_a_second_integrator_finds_the_same_volume(part, seed, use, seconds):
    history = a_history(seed + part * MOST_SEEDS)
    fill = fill_of(history)
    at = fill.at + timedelta(seconds=seconds)

    left = Fraction(fill.volume_ml) - other.used_at(history, at, use)

    assert volume_at(history, at, use=use) == max(Fraction(0), left)


@generated(300)
@given(histories, uses, st.lists(instants, min_size=3, max_size=3))
def test_what_is_used_in_two_spans_is_used_in_the_whole(history, use, times):
    since, middle, until = sorted(times)
    assume(any(one.at <= since for one in history.fills))

    parts = (
        volume_used(history, since, middle, use=use),
        volume_used(history, middle, until, use=use),
    )

    assert sum(parts) == volume_used(history, since, until, use=use)


@generated(300)
@given(histories, st.integers(1, 500))
def test_more_volume_is_never_earlier(history, hundredths):
    fill = fill_of(history)
    fuller = replace(fill, volume_ml=fill.volume_ml + Decimal(hundredths) / 100)
    others = tuple(one for one in history.fills if one is not fill)

    before = project(history, alarm_volume_ml=ALARM)
    after = project(replace(history, fills=(*others, fuller)), alarm_volume_ml=ALARM)

    assert never_later(before.low_at, after.low_at)
    assert never_later(before.empty_at, after.empty_at)


def raised(programme, by: Decimal):
    """The same programme with more of everything that it gives."""
    if programme.mode is Mode.FLEX:
        first, *rest = programme.steps
        more = replace(first, rate_mcg_per_hour=first.rate_mcg_per_hour + by)
        return replace(programme, steps=(more, *rest))
    if programme.mode in (Mode.MINIMUM, Mode.FIXED_FLOW):
        return replace(programme, flow_ml_per_day=programme.flow_ml_per_day + by)
    if programme.mode is Mode.STOPPED:
        return replace(programme, mode=Mode.SIMPLE, dose_mcg_per_day=by)
    return replace(programme, dose_mcg_per_day=programme.dose_mcg_per_day + by)


@generated(400)
@given(histories, st.integers(0, 4), st.integers(1, 5000))
def test_more_dose_is_never_later(history, which, tenths):
    place = which % len(history.programmes)
    more = list(history.programmes)
    more[place] = raised(more[place], Decimal(tenths) / 10)

    before = project(history, alarm_volume_ml=ALARM)
    after = project(replace(history, programmes=tuple(more)), alarm_volume_ml=ALARM)

    assert never_later(after.low_at, before.low_at)
    assert never_later(after.empty_at, before.empty_at)


@generated(400)
@given(histories, st.integers(0, 4), st.integers(1, 60 * 24 * 60))
def test_a_programme_written_down_twice_changes_nothing(history, which, minutes):
    ordered = sorted(history.programmes, key=lambda one: one.at)
    place = which % len(ordered)
    programme = ordered[place]
    if programme.periodic is not None:  # the count of its boluses begins anew where it is split
        minutes = programme.periodic.interval_minutes * (1 + minutes % 20)
    again = replace(programme, at=programme.at + timedelta(minutes=minutes))
    assume(place + 1 == len(ordered) or again.at < ordered[place + 1].at)

    split = replace(history, programmes=(*history.programmes, again))

    assert project(split, alarm_volume_ml=ALARM) == project(history, alarm_volume_ml=ALARM)


@generated(400)
@given(histories, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_arrival_changes_nothing(history, chance, at_once):
    if at_once:  # also where several are dated the same
        at = history.fills[0].at
        history = History(
            history.fills,
            tuple(replace(one, at=at) for one in history.programmes),
            history.boluses,
        )
    mixed = [list(one) for one in (history.fills, history.programmes, history.boluses)]
    for records in mixed:
        chance.shuffle(records)

    shuffled = History(*map(tuple, mixed))

    assert project(shuffled, alarm_volume_ml=ALARM) == project(history, alarm_volume_ml=ALARM)


@generated(400)
@given(histories, st.integers(0, 30), st.integers(0, 30))
def test_the_dates_of_a_danger_stand_in_their_order(history, accuracy, wider):
    clinic, drug = a_clinic(weekdays=range(5)), a_drug(180)
    label = Decimal(accuracy) / 100
    narrow = project_refill(history, a_pump(accuracy=label, alarm="0.5"), clinic, drug)
    wide = project_refill(
        history, a_pump(accuracy=label + Decimal(wider) / 100, alarm="0.5"), clinic, drug
    )

    assert never_later(narrow.earliest_low_at, narrow.likely_low_at)
    assert never_later(narrow.likely_low_at, narrow.latest_low_at)
    assert never_later(narrow.low_at, narrow.empty_at)
    assert never_later(narrow.earliest_empty_at, narrow.empty_at)
    assert narrow.before_closures_at == narrow.terms[0].at
    assert narrow.refill_by_at <= narrow.before_closures_at
    assert all(narrow.refill_by_at <= term.at for term in narrow.terms)
    assert list(narrow.terms) == sorted(narrow.terms, key=lambda term: term.at)
    assert clinic.open_days.moved_back(narrow.refill_by_at) == narrow.refill_by_at
    assert wide.refill_by_at <= narrow.refill_by_at


@generated(200)
@given(histories, st.integers(0, 40), st.integers(0, 40))
def test_the_level_never_rises_between_refills(history, first, second):
    fill = fill_of(history)
    early, late = (fill.at + timedelta(days=one) for one in sorted((first, second)))

    assert volume_at(history, early) >= volume_at(history, late) >= 0


@generated(200)
@given(histories)
def test_a_daily_dose_is_what_a_day_takes_on_the_mean(history):
    programme = history.programmes[0]
    dose = daily_dose_mcg(programme)

    if programme.mode in (Mode.MINIMUM, Mode.FIXED_FLOW):
        assert dose is None
    elif programme.mode is Mode.FLEX:
        since = programme.at.replace(microsecond=0)
        fill = replace(history.fills[0], at=since)
        alone = History((fill,), (replace(programme, at=since, patient=None),))
        week = volume_used(alone, since, since + timedelta(days=7))
        assert dose == week / 7 * Fraction(fill.concentration_mcg_per_ml)
