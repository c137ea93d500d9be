"""The fill of a pump of fixed flow, worked out on a page of its own."""

from decimal import Decimal

import pytest

from tests.riverside import pump_of
from tests.web.conftest import post
from tracker.models import Pump


@pytest.fixture
def fixed(session, here) -> Pump:
    """A pump that runs at 0.5 mL/day and has nothing but that."""
    pump = pump_of(
        session,
        here.place,
        model="archimedes_20",
        reservoir_capacity_ml=Decimal(20),
        low_reservoir_alarm_ml=Decimal(0),
        fixed_flow_ml_per_day=Decimal("0.5"),
    )
    session.commit()
    return pump


def test_stock_saline_and_prime_follow_from_the_dose_that_is_wanted(as_nadia, fixed, here):
    page = as_nadia.get(f"/pumps/{fixed.id}").text.replace("\xa0", " ")
    assert (
        "runs at 0.5 mL/day and can't be set otherwise; it has no alarm and no battery" in page
    )
    fields = {"dose_mcg_per_day": "2 mg/day", "stock_mcg_per_ml": "25 mg/mL"}

    for verb in ("", "/preview"):
        page = post(as_nadia, f"/pumps/{fixed.id}/fill{verb}", **fields).text
        page = page.replace("\xa0", " ")
        assert "40 days" in page
        assert "80000 mcg (80 mg)" in page
        assert "3.2 mL of stock, 16.8 mL of saline" in page
        assert "23 mL: 3.68 mL of stock, 19.32 mL of saline" in page


def test_what_cannot_be_is_refused_and_another_pump_has_no_such_page(as_nadia, fixed, here):
    for field, value in (("stock_mcg_per_ml", "1 mg/mL"), ("dose_mcg_per_day", "2")):
        fields = {"dose_mcg_per_day": "2 mg/day", "stock_mcg_per_ml": "25 mg/mL", field: value}
        answer = post(as_nadia, f"/pumps/{fixed.id}/fill", **fields)
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text

    other = as_nadia.get(f"/pumps/{here.pump.id}/fill")
    assert other.location == f"/pumps/{here.pump.id}"


def test_nothing_that_a_programmer_would_say_is_taken_for_a_pump_that_has_none(
    as_nadia, fixed, here, session
):
    """An alarm date would bind as if a programmer had printed it; nothing can print one."""
    pump = f"/pumps/{fixed.id}"
    page = as_nadia.get(f"{pump}/readings/new").text
    assert "nothing in it that a programmer could read" in page
    assert 'name="battery_months"' not in page
    assert "Record an interrogation" not in as_nadia.get(pump).text
    assert 'name="printed_alarm_on"' not in as_nadia.get(f"{pump}/refills/new").text
    reading = {"read_at_on": "2026-06-01", "read_at_time": "08:30", "battery_months": "60"}

    refused = post(as_nadia, f"{pump}/readings/new", seen_version=1, **reading)
    fill = post(
        as_nadia, f"{pump}/refills/new", seen_version=1, filled_at_on="2026-06-01",
        filled_at_time="08:30", instilled_volume_ml="20", programme_today="new",
        mode="fixed_flow", flow_ml_per_day="0.5", second="nobody", unchecked_because="alone",
        **{"drugs-0-drug_code": "baclofen", "drugs-0-concentration": "2000 mcg/mL"},
        printed_alarm_on="2026-07-01", is_first_fill="yes",
    )  # fmt: skip

    assert (refused.status_code, fill.status_code) == (422, 422)
    assert "nothing that could be interrogated" in refused.text
    assert 'id="printed_alarm_on-error"' in fill.text
    assert "no programmer prints an alarm date" in fill.text
