"""Whatever is typed or asked for, the answer is a sentence or a page: never a fault."""

from datetime import timedelta

import pytest

from tests.riverside import FILLED_AT
from tests.web.conftest import let_in, post, search
from tracker.models import Role
from tracker.services.clinics import add_member

FINE, HUGE, EARLY = "1.0000001", "99999999999999999999", "0001-01-01"
REFILL = {
    "filled_at_on": "2026-05-20",
    "filled_at_time": "10:00",
    "instilled_volume_ml": "40",
    "actual_residual_volume_ml": "2",
    "expected_residual_volume_ml": "2",
    "drugs-0-drug_code": "baclofen",
    "drugs-0-concentration": "2000",
    "drugs-0-concentration_unit": "mcg/mL",
    "programme_today": "new",
    "mode": "simple",
    "dose_mcg_per_day": "400",
    "dose_mcg_per_day_unit": "mcg/day",
}
READING = {
    "read_at_on": "2026-05-20",
    "read_at_time": "10:00",
    "reservoir_volume_ml": "20",
    "programme_changed": "no",
}
PUMP = {
    "serial": "ODD1",
    "implanted_on": "2024-01-01",
    "reservoir_capacity_ml": "40",
    "low_reservoir_alarm_ml": "2",
}


NUMBERS = [
    *(
        ("/pumps/{pump}/refills/new", REFILL, field)
        for field in (
            "instilled_volume_ml",
            "actual_residual_volume_ml",
            "expected_residual_volume_ml",
            "drugs-0-concentration",
            "dose_mcg_per_day",
            "pharmacist_limit_days",
            "priming_volume_ml",
        )
    ),
    ("/pumps/{pump}/readings/new", READING, "battery_months"),
    ("/pumps/{pump}/readings/new", READING, "reservoir_volume_ml"),
    ("/patients/{patient}/pumps/new", PUMP, "dead_volume_ml"),
]
DAYS = [
    ("/pumps/{pump}/refills/new", REFILL, "filled_at_on"),
    ("/pumps/{pump}/refills/new", REFILL, "beyond_use_on"),
    ("/pumps/{pump}/refills/new", REFILL, "printed_alarm_on"),
    ("/pumps/{pump}/readings/new", READING, "read_at_on"),
    ("/pumps/{pump}/readings/new", READING, "eri_on"),
    ("/patients/{patient}/pumps/new", PUMP, "implanted_on"),
]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("asked", "wrong"),
    [(NUMBERS, (FINE, HUGE, "-1", "NaN", "²")), (DAYS, (EARLY, "9999-12-31"))],
    ids=["numbers", "days"],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(as_nadia, paths, asked, wrong):
    for path, form, field in asked:
        for typed in wrong:
            answer = post(as_nadia, paths(path), **{**form, field: typed})

            assert answer.status_code == 422, (field, typed)
            assert f'id="{field}-error"' in answer.text, (field, typed)


@pytest.mark.both_databases
@pytest.mark.parametrize("months", ["99999999", "1201"])
def test_a_battery_that_outlives_everybody_is_refused(as_nadia, paths, months):
    path = paths("/pumps/{pump}/readings/new")
    answer = post(as_nadia, path, **READING, battery_months=months)

    assert answer.status_code == 422


def test_a_number_that_no_row_has_leads_to_no_page(as_nadia):
    for path in (
        f"/pumps/{HUGE}",
        f"/patients/{HUGE}",
        f"/records/refill/{HUGE}/void",
        f"/outbox/{HUGE}",
        "/pumps/2147483648",
    ):
        assert as_nadia.get(path).status_code == 404, path


def test_a_board_asked_oddly_answers(as_nadia):
    for query in (
        "after=0001-01-01T00:00:00%2B14:00~1",
        "after=9999-12-31T23:59:59-12:00~1",
        f"after=~{HUGE}",
        "after=~²",
        "after=2026-01-01T00:00:00%2B00:00~999999999999",
        "asked=%00",
        "asked=é%25_/",
    ):
        assert as_nadia.get(f"/?{query}").status_code == 200, query
        assert as_nadia.get(f"/patients?{query}").status_code == 200, query
    for typed in ("\0", "%_/", "x" * 5000):
        for path in ("/board/find", "/patients/find"):
            assert search(as_nadia, path, q=typed).status_code == 200, typed


def test_a_control_character_in_a_form_is_no_fault(as_nadia, here):
    answer = post(
        as_nadia,
        "/patients/new",
        mrn="N\0UL",
        family_name="Zero",
        given_name="Ann",
        birth_on=(FILLED_AT - timedelta(days=9000)).date(),
    )

    assert answer.status_code == 302


LONG = "9" * 5000  # more digits than Python makes a number of


def test_a_row_elsewhere_or_a_planned_visit_that_cannot_be_is_no_fault(client, here, session):
    add_member(session, here.clinic, here.sam, role=Role.COORDINATOR)
    as_cora = let_in(client, session, here.sam)
    post(as_cora, "/account/clinic", clinic_id=here.clinic.id)
    row = post(as_cora, "/worklist/elsewhere", row=f"{here.clinic.id}-{LONG}")
    assert row.status_code == 404

    place, name = here.clinic.timezone, f"visit-{here.pump.id}"
    for zone, at in (
        ("America/New_York", "0001-01-01T00:00:00+00:00"),
        ("Asia/Tokyo", "9999-12-31T23:00:00+00:00"),
        (place, f"{LONG}-01-01T00:00:00+00:00"),
    ):
        here.clinic.timezone = zone
        session.commit()
        visit = {name: f"{at}|{here.pump.id}", "only": str(here.pump.id)}
        assert post(as_cora, "/plan", **visit).status_code == 422, at
