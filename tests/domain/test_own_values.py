"""A clinic's own value: how far it may go, and which way is safer."""

from decimal import Decimal

import pytest

from tracker.domain.catalogue import load
from tracker.domain.own_values import (
    DRUG_VALUES,
    PUMP_VALUES,
    NotAValue,
    check_value,
    is_never_later,
    overlaid,
)
from tracker.domain.sourced import Fact

PUMP = load().pumps["synchromed_ii_40"]
BACLOFEN, FENTANYL = load().drugs["baclofen"], load().drugs["fentanyl"]


@pytest.mark.parametrize(
    ("entry", "name", "value"),
    [
        pytest.param(PUMP, "service_life_months", "85", id="a pump shuts itself off"),
        pytest.param(PUMP, "accuracy", "0.51", id="no pump is so far off"),
        pytest.param(PUMP, "accuracy", "0", id="nor exact"),
        pytest.param(BACLOFEN, "drug_limit_days", "181", id="a drug limit is only shortened"),
        pytest.param(BACLOFEN, "drug_limit_days", "0", id="not to nothing"),
        pytest.param(FENTANYL, "drug_limit_days", "30", id="nor made up where none is known"),
    ],
)
def test_hazard_h26_a_value_that_goes_too_far_is_refused(entry, name, value):
    allowed = PUMP_VALUES if entry is PUMP else DRUG_VALUES

    with pytest.raises(NotAValue):
        check_value(entry, allowed[name], Decimal(value))


@pytest.mark.parametrize(
    ("name", "before", "after", "safer"),
    [
        pytest.param("accuracy", None, "0.2", True, id="a wider band is earlier"),
        pytest.param("accuracy", None, "0.1", False, id="a narrower one may be later"),
        pytest.param("accuracy", "0.2", None, False, id="so may the maker's again"),
        pytest.param("service_life_months", None, "72", True, id="a shorter life"),
        pytest.param("service_life_months", "60", "72", False, id="longer than it was"),
        pytest.param("low_reservoir_alarm_ml", None, "3", True, id="more is kept back"),
        pytest.param("low_reservoir_alarm_ml", "3", "2.5", False, id="less is kept back"),
        pytest.param("unusable_residual_ml", None, "2.4", True, id="more can't be used"),
        pytest.param("pump_tubing_ml", None, "0.1", True, id="no date hangs on the tubing"),
    ],
)
def test_hazard_h26_what_could_make_a_date_later_is_told_from_what_cant(
    name, before, after, safer
):
    own = [None if one is None else Decimal(one) for one in (before, after)]

    assert is_never_later(PUMP_VALUES[name], PUMP.number(name), *own) is safer


def test_where_nobody_knows_the_makers_value_a_shorter_life_is_safer_and_a_band_is_not():
    life, band = PUMP_VALUES["service_life_months"], PUMP_VALUES["accuracy"]

    assert is_never_later(life, None, None, Decimal(84))
    assert not is_never_later(life, None, Decimal(84), None)
    assert not is_never_later(band, None, None, Decimal("0.1"))


def test_the_makers_entry_stays_as_it_is():
    mine = overlaid(PUMP, [("accuracy", Fact("0.2", "our bench", "P", "us"))])

    assert (mine.accuracy, PUMP.accuracy) == (Decimal("0.2"), Decimal("0.145"))
    assert mine.service_life_months == PUMP.service_life_months
