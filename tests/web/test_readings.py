"""Recording an interrogation through the page."""

import sqlalchemy as sa

from tests.web.conftest import post, rows, version_of
from tracker.models import Reading


def record(client, here, **fields):
    fields = {
        "read_at_on": "2026-05-31",
        "read_at_time": "10:30",
        "programme_changed": "no",
        "seen_version": here.pump.version,
        **fields,
    }
    return post(client, f"/pumps/{here.pump.id}/readings/new", **fields)


def test_an_interrogation_is_recorded_and_what_was_not_stated_is_not_zero(
    as_nadia, here, session
):
    answer = record(as_nadia, here, reservoir_volume_ml="0", battery_months="70")

    assert answer.status_code == 302
    found = rows(session, sa.select(Reading))[0]
    assert (found.reservoir_volume_ml, found.battery_months) == (0, 70)
    assert found.clock_difference_minutes is None


def test_a_reading_that_is_sent_twice_is_recorded_once(as_nadia, here, session):
    version = here.pump.version

    for status in (302, 422):
        answer = record(as_nadia, here, reservoir_volume_ml="20", seen_version=version)
        assert answer.status_code == status
    assert len(rows(session, sa.select(Reading))) == 1


def test_each_wrong_value_is_refused_beside_its_field(as_nadia, here, session):
    for fields, field in (
        ({"reservoir_volume_ml": "400"}, "reservoir_volume_ml"),
        ({"battery_months": "-2"}, "battery_months"),
        ({"eri_on": "2027-01-01"}, "eri_on"),
        ({"printed_alarm_on": "1/2/2027"}, "printed_alarm_on"),
        ({"clock_difference_minutes": "1.5"}, "clock_difference_minutes"),
        ({}, "reservoir_volume_ml"),
        ({"programme_changed": ""}, "programme_changed"),
    ):
        answer = record(as_nadia, here, **fields)
        assert answer.status_code == 422, fields
        assert f'id="{field}-error"' in answer.text, fields
        for value in fields.values():
            assert f'value="{value}"' in answer.text
    assert rows(session, sa.select(Reading)) == []


def test_what_follows_is_shown_before_it_is_saved(as_nadia, here, session):
    fields = {
        "read_at_on": "2026-05-31",
        "read_at_time": "10:30",
        "reservoir_volume_ml": "20.5",
        "battery_months": "9",
        "programme_changed": "no",
        "seen_version": here.pump.version,
    }
    for verb in ("check", "preview"):
        page = post(as_nadia, f"/pumps/{here.pump.id}/readings/{verb}", **fields).text
        assert "The programmer stated 20.5\xa0mL; by our records about 22\xa0mL" in page
        assert "Refill-by" in page
        assert "Replace the pump by" in page
    assert rows(session, sa.select(Reading)) == []


def test_hazard_h06_a_changed_programme_is_asked_for_until_it_is_recorded(
    as_nadia, here, session
):
    answer = record(as_nadia, here, reservoir_volume_ml="20", programme_changed="yes")
    assert answer.location == f"/pumps/{here.pump.id}/programmes/new"

    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "the dates still count with the old one" in page

    change = {
        "effective_at_on": "2026-05-31",
        "effective_at_time": "10:30",
        "mode": "simple",
        "dose_mcg_per_day": "460 mcg/day",
        "seen_version": version_of(session, here),
        "reason": "read at the pump",
    }
    assert post(as_nadia, answer.location, **change).status_code == 302
    assert "the dates still count" not in as_nadia.get(f"/pumps/{here.pump.id}").text
