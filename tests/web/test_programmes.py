"""Changing the dose through the page."""

import sqlalchemy as sa

from tests.web.conftest import post, rows
from tracker.domain.infusion import Mode
from tracker.models import Programme

GOOD = {
    "effective_at_on": "2026-05-31",
    "effective_at_time": "1030",
    "mode": "simple",
    "dose_mcg_per_day": "450",
    "dose_mcg_per_day_unit": "mcg/day",
    "reason": "",
}


def path_of(here, verb="new"):
    return f"/pumps/{here.pump.id}/programmes/{verb}"


def change(client, here, verb="new", **more):
    fields = {**GOOD, "seen_version": here.pump.version, **more}
    return post(client, path_of(here, verb), **fields)


def newest(session):
    return rows(session, sa.select(Programme).order_by(Programme.id.desc()))[0]


def test_a_dose_change_is_recorded(as_nadia, here, session):
    assert change(as_nadia, here).location == f"/pumps/{here.pump.id}"

    assert newest(session).dose_mcg_per_day == 450


def test_old_and_new_dates_stand_side_by_side_before_it_is_saved(as_nadia, here, session):
    before = newest(session).id

    for verb in ("check", "preview"):
        page = change(as_nadia, here, verb).text
        assert "Refill-by" in page
        assert "was " in page
    assert newest(session).id == before


def test_a_flex_programme_keeps_its_steps_on_the_pumps_clock(as_nadia, here, session):
    steps = {
        "mode": "flex",
        "steps-0-start": "0:00",
        "steps-0-rate": "15",
        "steps-1-start": "18:00",
        "steps-1-rate": "25",
        "steps-1-weekday": "",
        "reason": "spasms in the evening",
    }

    assert change(as_nadia, here, **steps).status_code == 302
    found = newest(session)
    assert found.mode is Mode.FLEX
    assert [one["start"] for one in found.steps] == ["00:00", "18:00"]
    assert found.clock_offset_minutes == 60  # set by the clinic's summer time


def test_a_periodic_bolus_is_kept(as_nadia, here, session):
    fields = {
        "mode": "periodic_bolus",
        "dose_mcg_per_day": "300",
        "periodic_bolus_mcg": "20",
        "periodic_bolus_mcg_unit": "mcg",
        "periodic_interval_minutes": "240",
        "periodic_duration_minutes": "10",
    }

    assert change(as_nadia, here, **fields).status_code == 302
    assert newest(session).periodic_bolus_mcg == 20


def test_hazard_h13_a_stopped_pump_is_red_everywhere_with_its_timer(as_nadia, here):
    assert change(as_nadia, here, mode="stopped", reason="infection").status_code == 302
    timer = "for 22 h; 25 h are left of the 48 hours"

    assert '<tr class="late">' in as_nadia.get("/").text
    assert f"Pump stopped since 31 May 2026, 10:30, {timer}" in as_nadia.get("/").text
    for path in (f"/pumps/{here.pump.id}", f"/pumps/{here.pump.id}/dates"):
        page = as_nadia.get(path).text
        assert "The pump is stopped since" in page
        assert timer in page


def test_each_wrong_value_is_refused_beside_its_field(as_nadia, here, session):
    before = newest(session).id
    for fields, sentence in (
        ({"mode": ""}, "Choose the mode."),
        ({"dose_mcg_per_day": ""}, "Give the daily dose."),
        ({"dose_mcg_per_day_unit": ""}, "lacks its unit"),
        ({"dose_mcg_per_day": "450 mcg/mL"}, "450 mcg/mL"),
        ({"dose_mcg_per_day": "999999"}, ""),  # more than the pump can give
        ({"dose_mcg_per_day": "0"}, "stopped pump"),
        ({"effective_at_on": "2026-07-01"}, "future"),
        ({"mode": "flex"}, "at least one step"),
        ({"mode": "flex", "steps-0-start": "7h", "steps-0-rate": "3"}, "not a time of day"),
        ({"patient_bolus_max_per_day": "4"}, "Give both"),
        ({"mode": "minimum"}, "Give the flow"),
    ):
        answer = change(as_nadia, here, **fields, reason="x")
        assert answer.status_code == 422, fields
        assert sentence in answer.text.replace("&#39;", "'"), fields
    assert newest(session).id == before


def test_ten_times_the_dose_is_held_until_a_reason_is_typed(as_nadia, here, session):
    held = change(as_nadia, here, dose_mcg_per_day="1200")
    assert held.status_code == 422
    assert "Unusual" in held.text

    answer = change(as_nadia, here, dose_mcg_per_day="1200", reason="ordered by Dr Ito")
    assert answer.status_code == 302
    assert newest(session).reason == "ordered by Dr Ito"


WEEK = {
    "mode": "flex",
    "steps_rows": "4",
    "steps-0-start": "00:00",
    "steps-0-rate": "15",
    "steps-1-start": "08:00",
    "steps-1-rate": "20",
    "steps-2-start": "00:00",
    "steps-2-rate": "12.5",
    "steps-2-weekday": "6",
    "reason": "",
}


def test_the_total_of_each_day_is_shown_in_mcg_and_ml_before_it_is_saved(as_nadia, here):
    for verb in ("check", "preview"):
        page = change(as_nadia, here, verb, **WEEK).text.replace("\xa0", " ")

        assert (
            "<strong>Monday to Saturday</strong>: 440 mcg/day (0.44 mg/day), 0.22 mL/day"
            in page
        )
        assert "<strong>Sunday</strong>: 300 mcg/day (0.3 mg/day), 0.15 mL/day" in page
        assert page.count("<rect") == 3
        assert "Sunday: from 00:00 12.5 mcg/h</title>" in page
        assert "In 24 hours on average</dt><dd>420 mcg/day" in page


def test_hazard_h10_a_lockout_that_contradicts_the_boluses_a_day_is_challenged(as_nadia, here):
    boluses = {
        "patient_bolus_mcg": "5 mcg",
        "patient_bolus_max_per_day": "6",
        "patient_bolus_lockout_minutes": "480",
    }

    held = change(as_nadia, here, **boluses)

    assert held.status_code == 422
    assert "24 hours: 3 do" in held.text
    assert "With every patient bolus" in held.text


def test_a_week_of_steps_is_read_back_day_by_day_with_its_dose(as_nadia, here, session):
    assert change(as_nadia, here, **WEEK).status_code == 302

    page = as_nadia.get(f"/pumps/{here.pump.id}").text.replace("\xa0", " ")

    assert (
        "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday: from 00:00 15 mcg/h,"
        " from 08:00 20 mcg/h, together 440 mcg/day" in page
    )
    assert "Sunday: from 00:00 12.5 mcg/h, together 300 mcg/day" in page
    assert "420 mcg/day (0.42 mg/day) on average over the week" in page
    form = as_nadia.get(path_of(here)).text.replace("\xa0", " ")
    assert "420 mcg/day (0.42 mg/day) on average over the week, since" in form


def test_a_clock_that_cannot_be_read_is_refused_and_not_dropped(as_nadia, here, session):
    before = newest(session).id
    for typed in ("5000", "abc"):
        answer = change(as_nadia, here, **{**WEEK, "clock_ahead_minutes": typed})
        assert answer.status_code == 422
        assert 'id="clock_ahead_minutes-error"' in answer.text
        assert f'value="{typed}"' in answer.text
    assert newest(session).id == before


def test_a_step_without_its_time_is_asked_for_it_in_words(as_nadia, here):
    answer = change(as_nadia, here, **{**WEEK, "steps-1-start": ""})

    assert "Give the time at which this step starts." in answer.text
    assert "“”" not in answer.text


def test_a_wrong_patient_bolus_stands_where_it_can_be_seen(as_nadia, here):
    closed = as_nadia.get(path_of(here)).text
    assert '<details class="more"><summary>Boluses' in closed

    for name in ("patient_bolus_lockout_minutes", "patient_bolus_average_per_day"):
        page = change(as_nadia, here, **{name: "many"}).text
        assert '<details class="more" open><summary>Boluses' in page


def test_rows_that_are_added_take_the_focus(as_nadia, here):
    page = change(as_nadia, here, "check", mode="flex", steps_rows="4", more="steps").text

    assert 'name="steps-7-start"' in page
    assert "autofocus" in page.split('name="steps-4-start"')[1].split(">")[0]
