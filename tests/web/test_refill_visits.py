"""The visit as a whole: who checked it, what comes next, the card, and what is learned."""

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.riverside import DAY, FILLED_AT, pump_of, refill_facts, refilled
from tests.web.conftest import NOW, post, rows
from tests.web.test_refills import path_of, refills, typed
from tracker.models import Appointment, Assessment, Watch

# words on a page are the same on either database
on_one = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
REASSURING = ("verified", " ok", "no problem", "normal", " fine", "good placement", "safe")
RED = {"expected_residual_volume_ml": "22", "actual_residual_volume_ml": "26"}


def page_of(as_nadia, here, name):
    return as_nadia.get(f"/pumps/{here.pump.id}/{name}").text


@on_one
def test_hazard_h15_every_step_of_the_visit_shows_who_it_is_and_which_pump(as_nadia, here):
    for name in ("refills/new", "next", "discrepancy"):
        page = page_of(as_nadia, here, name).split("<h1>")[1]
        for mark in (
            here.patient.family_name,
            here.patient.mrn,
            "14 Mar 1970",
            here.pump.serial,
        ):
            assert mark in page, (name, mark)


@on_one
def test_the_second_person_is_somebody_else_of_the_staff_or_there_is_a_reason(
    as_nadia, here, session
):
    form = page_of(as_nadia, here, "refills/new")
    asked = form.split('name="second"')[1].split("</select>")[0]
    assert "Ito Doctor" in asked
    for nobody in ("Nadia Nurse", "Vera Viewer", "Sam Other"):
        assert nobody not in asked
    for fields, sentence in (
        ({"second": ""}, "Choose who checked it"),
        ({"unchecked_because": ""}, "Say why nobody checked it"),
        ({"second": here.nadia.id}, "Somebody else checks it"),
        ({"second": "written", "checked_by": "me"}, "Choose one of the list"),
    ):
        answer = post(as_nadia, path_of(here), **typed(here, **fields))
        assert answer.status_code == 422, fields
        assert sentence in answer.text

    answer = post(as_nadia, path_of(here), **typed(here, second=here.ito.id))

    assert answer.status_code == 302
    new = refills(session)[-1]
    assert (new.checked_by_id, new.unchecked_because) == (here.ito.id, "")
    assert "checked by Ito Doctor" in as_nadia.get(f"/pumps/{here.pump.id}").text


@on_one
def test_what_is_unusual_is_asked_for_at_once_beside_what_is_missing(as_nadia, here):
    answer = post(as_nadia, path_of(here), **typed(here, second="", reason=""))

    assert "Choose who checked it" in answer.text
    assert 'name="reason"' in answer.text


@on_one
def test_a_name_that_was_written_before_staff_were_chosen_stays(as_nadia, here, session):
    old = refilled(
        session,
        here.pump,
        here.place,
        refill_facts(None, filled_at=NOW - DAY, checked_by="Ann"),
    )
    session.commit()
    path = f"/records/refill/{old.id}/correct"
    form = as_nadia.get(path).text
    assert '<option value="written" selected>as written: Ann</option>' in form

    fields = typed(here, second="written", checked_by="Ann", filled_at_on="2026-05-31")
    answer = post(as_nadia, path, **fields | {"seen_version": here.pump.version})

    assert answer.status_code == 302, answer.text
    assert refills(session)[-1].checked_by == "Ann"


def test_after_the_refill_the_next_visit_is_offered_and_booked_with_two_clicks(
    as_nadia, here, session
):
    answer = post(as_nadia, path_of(here), **typed(here))
    page = as_nadia.get(answer.location).text
    assert "These days leave time for a second try" in page
    assert "No battery estimate is on record" in page
    offered = page.split('class="plain days"')[1].split('href="')[1:4]
    links = [one.split('"')[0].replace("&amp;", "&") for one in offered]
    assert len(links) == 3

    form = as_nadia.get(links[-1]).text
    day, hour = links[-1].split("on=")[1].split("&at=")
    assert f'value="{day}"' in form
    assert hour in ("10:30", "10%3A30")  # as this visit began
    booked = {"scheduled_at_on": day, "scheduled_at_time": "10:30"}
    assert post(as_nadia, f"/pumps/{here.pump.id}/visit", **booked).status_code == 302

    visit = rows(session, sa.select(Appointment))[0]
    asked = sa.select(Watch.danger_at).where(Watch.open_key == f"{here.pump.id}:refill")
    assert visit.scheduled_at + timedelta(days=2) <= rows(session, asked)[0]
    assert "Booked for" in as_nadia.get(answer.location).text


@on_one
def test_hazard_h31_the_card_says_when_and_whom_to_phone_and_names_no_drug(
    as_nadia, here, session
):
    here.clinic.night_phone = "020 7946 0099"
    session.commit()

    card = page_of(as_nadia, here, "card").split("<article")[1].split("</article>")[0]

    for words in (here.pump.serial, "17 Aug 2026", here.clinic.phone, "020 7946 0099", "beeps"):
        assert words in card
    for word in ("baclofen", "mcg", "dose", *REASSURING):
        assert word not in card.lower()


def test_the_card_of_a_pump_without_alarm_promises_no_beep(as_nadia, here, session):
    facts = {"reservoir_capacity_ml": Decimal(30), "fixed_flow_ml_per_day": Decimal(1)}
    silent = pump_of(session, here.place, model="codman_3000_30", **facts).id
    session.commit()

    card = as_nadia.get(f"/pumps/{silent}/card").text

    assert "beep" not in card
    assert "gives no sign when it runs low" in card


def test_a_red_discrepancy_is_shown_pressed_and_ended_by_its_assessment(
    as_nadia, here, session
):
    answer = post(as_nadia, path_of(here), **typed(here, **RED))
    assert "Evaluate before the patient leaves" in as_nadia.get(answer.location).text
    path = f"/pumps/{here.pump.id}/discrepancy"
    assert path in as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "+4\xa0mL" in as_nadia.get(path).text
    assert post(as_nadia, path, finding="pump", note="", seen_version=3).status_code == 422

    fields = {"finding": "measuring", "note": "The syringe stuck.", "seen_version": 3}
    assert post(as_nadia, path, **fields).status_code == 302

    assert [one.note for one in rows(session, sa.select(Assessment))] == ["The syringe stuck."]
    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "Residual far off." not in page
    assert "The syringe stuck." in page
    again = post(as_nadia, path, **fields | {"seen_version": 4})
    assert "No discrepancy of this pump waits" in again.text


@on_one
def test_hazard_h16_no_page_of_a_refill_reassures(as_nadia, here, session):
    for number in range(1, 4):
        volumes = {"actual_residual_volume_ml": Decimal(40) - number * 4}
        facts = refill_facts(None, filled_at=FILLED_AT + number * 20 * DAY, **volumes)
        refilled(session, here.pump, here.place, facts)
    session.commit()

    for name in ("refills/new", "next", "discrepancy", "card"):
        page = page_of(as_nadia, here, name).split("<main")[1].split("</main>")[0].lower()
        for word in REASSURING:
            assert word not in page, (name, word)
    page = page_of(as_nadia, here, "refills/new")
    assert "A discrepancy inside the limits doesn't show where the needle was" in page


def test_the_back_test_names_the_worst_and_gives_all_as_a_sheet(as_nadia, here, session):
    volumes = {"actual_residual_volume_ml": Decimal("20")}
    facts = refill_facts(None, filled_at=FILLED_AT + 80 * DAY, **volumes)
    refilled(session, here.pump, here.place, facts)
    session.commit()

    page = as_nadia.get("/clinic/backtest?months=nonsense").text
    sheet = as_nadia.get("/clinic/backtest.csv?months=3").text

    assert "\u22124\xa0mL" in page
    assert here.patient.family_name in page
    lines = sheet.splitlines()
    assert len(lines) == 2
    assert '"24.000","20","-4.000","-20.000"' in lines[1]
    assert here.patient.family_name not in sheet


def test_another_clinics_pump_has_no_such_pages(as_sam, here):
    for name in ("next", "card", "discrepancy"):
        assert as_sam.get(f"/pumps/{here.pump.id}/{name}").status_code == 404
