"""Low, empty, and what is left, at their edges; the laws and the integrator do the rest."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.domain.test_infusion import a_flex, a_periodic
from tests.domain.values import (
    FILLED,
    a_bolus,
    a_dose,
    a_fill,
    a_flow,
    a_history,
    after,
    days_to,
    projected,
    stopped,
)
from tracker.domain.errors import CannotProject, NoFill, NoProgramme, TrackerError
from tracker.domain.infusion import BolusUse, Mode, PatientBolus, Programme, Step
from tracker.domain.reservoir import later, volume_at, volume_used


def test_no_fill_and_no_programme_are_refused_by_name():
    with pytest.raises(NoFill):
        projected(a_dose("100"))
    with pytest.raises(NoProgramme):
        projected(a_fill())


def test_a_dose_without_a_concentration_cannot_be_projected_but_a_flow_can():
    with pytest.raises(CannotProject):
        projected(a_fill(concentration="0"), a_dose("100"))
    assert days_to(projected(a_fill(concentration="0"), a_flow("0.5")).low_at) == 36


@pytest.mark.parametrize("factor", [Fraction(0), Fraction(-1)])
def test_a_factor_that_stops_the_flow_is_refused(factor):
    with pytest.raises(TrackerError):
        projected(a_fill(), a_dose("100"), flow_factor=factor)


@pytest.mark.parametrize("volume", ["2", "1.9", "0"])
def test_a_fill_at_or_under_the_alarm_volume_is_low_at_once(volume):
    assert projected(a_fill(volume), a_dose("100")).low_at == FILLED


def test_a_hair_above_the_alarm_volume_is_not_low_at_once():
    assert projected(a_fill("2.001"), a_dose("100")).low_at > FILLED


def test_a_stopped_pump_never_gets_low_until_it_is_started():
    assert projected(a_fill(), stopped(FILLED)).low_at is None
    found = projected(a_fill(), stopped(FILLED), a_flow("0.5", at=after(days=10)))
    assert days_to(found.low_at) == 46


def test_low_during_a_stop_is_the_instant_before_it():
    found = projected(
        a_fill(), a_flow("1"), stopped(after(days=18)), a_flow("1", at=after(days=30))
    )
    assert found.low_at == after(days=18)
    assert found.empty_at == after(days=32)


def test_the_second_is_the_one_before_the_exact_instant():
    found = projected(a_fill("5"), a_flow("0.7"))  # 3 / 0.7 days are 370 285.714 s
    assert found.low_at == FILLED + timedelta(seconds=370_285)


def test_a_fill_to_the_microsecond_counts_from_its_second():
    at = FILLED + timedelta(microseconds=999_999)
    found = projected(a_fill(at=at), a_flow("1", at=FILLED))
    assert found.counts_from == FILLED
    assert found.low_at == after(days=18)


def test_what_comes_after_the_year_9999_never_comes():
    found = projected(a_fill(), a_flow("0.000001"))
    assert (found.low_at, found.empty_at) == (None, None)


def test_unusable_volume_is_empty_earlier_and_changes_nothing_else():
    plain = projected(a_fill(), a_flow("1"))
    found = projected(a_fill(), a_flow("1"), unusable_ml=Decimal("1.4"))
    assert found.low_at == plain.low_at
    assert days_to(found.empty_at) == Fraction("18.6")


def test_all_flow_is_raised_boluses_and_what_leaves_at_once_too():
    records = (a_fill(), a_flow("1"), a_bolus(FILLED, "3"), a_bolus(FILLED, "3", hours=24))
    found = projected(*records, flow_factor=Fraction(6, 5))
    assert days_to(found.low_at) == 9  # 18 / 1.2 - 6


def test_the_first_programme_is_taken_back_to_the_fill():
    assert projected(a_fill(), a_flow("1", at=after(hours=5))).low_at == after(days=18)


def test_the_programme_in_force_goes_on_over_a_refill_with_the_new_concentration():
    again = a_fill(at=after(days=30), concentration="1000")
    found = projected(a_fill(), a_dose("600"), again)
    assert found.counts_from == after(days=30)
    assert days_to(found.low_at, again.at) == 30


def test_of_two_programmes_at_one_instant_the_thirstier_counts():
    slow, fast = a_flow("0.5"), a_flow("1")
    assert projected(a_fill(), slow, fast).low_at == projected(a_fill(), fast, slow).low_at
    assert projected(a_fill(), slow, fast).low_at == after(days=18)


def test_of_two_fills_at_one_instant_the_smaller_counts():
    assert days_to(projected(a_fill("20"), a_fill("11"), a_flow("1")).low_at) == 9


def test_a_dose_bolus_straddling_a_refill_takes_what_the_new_drug_needs():
    bolus = a_bolus(after(days=9), dose="2000", days=2)
    again = a_fill(at=after(days=10), concentration="1000")
    found = projected(a_fill(), stopped(FILLED), again, bolus, a_flow("1", at=after(days=11)))
    assert days_to(found.low_at, again.at) == 18  # 1 mL in its last day, then 17 days


def test_a_bolus_that_is_over_at_the_refill_takes_nothing_of_the_new_fill():
    bolus = a_bolus(after(days=9), "5", days=1)
    again = a_fill(at=after(days=10))
    assert days_to(projected(a_fill(), a_flow("1"), again, bolus).low_at, again.at) == 18


def test_a_bolus_that_leaves_at_once_can_make_it_low_at_once():
    found = projected(a_fill(), a_flow("1"), a_bolus(after(days=3), "15"))
    assert found.low_at == after(days=3)
    assert found.empty_at == after(days=5)


def test_a_bolus_that_leaves_exactly_the_alarm_volume_makes_it_low():
    found = projected(a_fill(), stopped(FILLED), a_bolus(after(days=3), "18"))
    assert found.low_at == after(days=3)
    assert found.empty_at is None


def test_a_suspending_bolus_silences_the_basal_rate_but_no_other_bolus():
    found = projected(
        a_fill(),
        a_flow("1"),
        a_bolus(FILLED, "1", days=2, suspends=True),
        a_bolus(FILLED, "1", days=2),
    )
    assert days_to(found.low_at) == 18  # 2 mL in two days, as without


def test_periodic_boluses_start_with_the_programme():
    programme = a_periodic("0", "2000", 1440, 60)  # 1 mL in the first hour of each day
    found = projected(a_fill(), programme)
    assert found.low_at == after(days=17, hours=1)


def test_an_average_that_is_not_known_is_the_maximum():
    patient = PatientBolus(Decimal(100), 4)
    records = (a_fill(), a_dose("600", patient=patient))
    average = projected(*records, use=BolusUse.AVERAGE)
    assert average == projected(*records, use=BolusUse.MAXIMUM)
    assert days_to(average.low_at) == 36


def test_steps_follow_the_clock_of_the_pump():
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    ahead = a_flex((0, "0"), (720, "500"), at=midnight, clock_offset=timedelta(hours=6))
    found = projected(a_fill("8", "1000", at=midnight), ahead)
    assert found.low_at == midnight + timedelta(hours=18)  # six hours each from 06:00 UTC


def test_a_weekday_begins_at_the_midnight_of_the_pump():
    sunday = datetime(2026, 3, 1, tzinfo=UTC)
    steps = (Step(0, Decimal(0)), Step(0, Decimal(1000), 0))  # Monday alone: 24 mL a day
    programme = Programme(sunday, Mode.FLEX, steps=steps, clock_offset=timedelta(hours=-5))
    found = projected(a_fill("8", "1000", at=sunday), programme)
    assert found.low_at == sunday + timedelta(days=1, hours=5 + 6)


def test_the_volume_follows_the_records():
    history = a_history(a_fill(), a_flow("1"), a_fill(at=after(days=10)), a_bolus(FILLED, "2"))
    assert volume_at(history, FILLED) == 18
    assert volume_at(history, after(days=9)) == 9
    assert volume_at(history, after(days=10)) == 20
    assert volume_at(history, after(days=99)) == 0
    assert volume_at(history, after(days=9), flow_factor=Fraction(2)) == 0
    with pytest.raises(NoFill):
        volume_at(history, after(days=-1))


def test_what_was_used_counts_over_refills():
    history = a_history(a_fill(), a_flow("1"), a_fill(at=after(days=10)), a_bolus(FILLED, "2"))
    assert volume_used(history, FILLED, after(days=15)) == 17
    assert volume_used(history, after(days=5), after(days=15)) == 10
    assert volume_used(history, FILLED, after(days=15), flow_factor=Fraction(2)) == 34
    assert volume_used(history, FILLED, FILLED) == 0
    with pytest.raises(NoFill):
        volume_used(history, after(days=-1), after(days=1))


def test_what_leaves_at_once_at_the_end_of_a_span_is_of_the_next():
    history = a_history(a_fill(), a_flow("1"), a_bolus(after(days=3), "2"))
    assert volume_used(history, FILLED, after(days=3)) == 3
    assert volume_used(history, after(days=3), after(days=4)) == 3
    assert volume_at(history, after(days=3)) == 15


@pytest.mark.parametrize(
    ("days", "expected"),
    [(Decimal("1.5"), after(days=1.5)), (-7, after(days=-7)), (Decimal(10**8), None)],
)
def test_later_is_counted_in_days_of_24_hours(days, expected):
    assert later(FILLED, days) == expected
