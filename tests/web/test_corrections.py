"""Correcting and striking out: the old row stays, and a reason is always given."""

import re
from html import unescape

import sqlalchemy as sa

from tests.web.conftest import post, rows, version_of
from tracker.models import Programme, Reading, Refill


def fields_of(page):
    """What a browser would send back of the page's form, unchanged."""
    form = page.split("<main")[1]
    typed = {}
    for tag in re.findall(r"<input [^>]*>", form):
        parts = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        is_box = parts.get("type") in ("checkbox", "radio")
        if not is_box or " checked" in tag:
            typed[parts["name"]] = unescape(parts.get("value", ""))
    for name, inside in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.S
    ):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', inside)
        typed[name] = (chosen[1] if chosen[1] is not None else chosen[2]) if chosen else ""
    for name, inside in re.findall(
        r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S
    ):
        typed[name] = unescape(inside)
    typed.pop("csrf_token")
    return typed


def test_the_form_says_the_record_and_a_correction_names_it(as_nadia, here, session):
    path = f"/records/refill/{here.refill.id}/correct"
    typed = fields_of(as_nadia.get(path).text)
    assert typed["instilled_volume_ml"] == "40"
    assert (typed["drugs-0-concentration"], typed["drugs-0-concentration_unit"]) == (
        "2000",
        "mcg/mL",
    )
    assert (typed["programme_today"], typed["dose_mcg_per_day"]) == ("new", "400")

    typed |= {"instilled_volume_ml": "38", "reason": "misread the syringe"}
    answer = post(as_nadia, path, **typed)

    assert answer.location == f"/pumps/{here.pump.id}"
    new = rows(session, sa.select(Refill).order_by(Refill.id.desc()))[0]
    assert (new.replaces_id, new.instilled_volume_ml) == (here.refill.id, 38)
    assert new.reason == "misread the syringe"
    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "Reason: misread the syringe" in page
    assert ">corrected<" in page


def test_a_correction_without_a_reason_is_refused(as_nadia, here, session):
    path = f"/records/refill/{here.refill.id}/correct"
    typed = fields_of(as_nadia.get(path).text) | {"instilled_volume_ml": "38"}

    answer = post(as_nadia, path, **typed)

    assert answer.status_code == 422
    assert 'id="reason-error"' in answer.text
    assert 'value="38"' in answer.text
    assert len(rows(session, sa.select(Refill))) == 1


def test_a_programme_and_an_interrogation_are_corrected_alike(as_nadia, here, session):
    base = f"/pumps/{here.pump.id}"
    dose = {
        "effective_at_on": "2026-05-31",
        "effective_at_time": "10:30",
        "mode": "simple",
        "dose_mcg_per_day": "0.45",
        "dose_mcg_per_day_unit": "mg/day",
        "seen_version": version_of(session, here),
    }
    assert post(as_nadia, f"{base}/programmes/new", **dose).status_code == 302
    reading = {
        "read_at_on": "2026-05-31",
        "read_at_time": "11:30",
        "battery_months": "60",
        "programme_changed": "no",
        "seen_version": version_of(session, here),
    }
    assert post(as_nadia, f"{base}/readings/new", **reading).status_code == 302

    for table, kind, change in (
        (Programme, "programme", {"dose_mcg_per_day": "460"}),
        (Reading, "reading", {"battery_months": "61"}),
    ):
        row = rows(session, sa.select(table).order_by(table.id.desc()))[0]
        path = f"/records/{kind}/{row.id}/correct"
        typed = fields_of(as_nadia.get(path).text)
        answer = post(as_nadia, path, **{**typed, **change, "reason": "typed wrongly"})
        assert answer.status_code == 302, answer.text
        newest = rows(session, sa.select(table).order_by(table.id.desc()))[0]
        assert newest.replaces_id == row.id


def test_what_was_set_with_a_refill_is_corrected_with_it(as_nadia, here, session):
    programme = rows(session, sa.select(Programme))[0]

    assert as_nadia.get(f"/records/programme/{programme.id}/correct").status_code == 404


def test_hazard_h30_a_record_is_struck_out_with_a_reason_and_stays_to_be_seen(
    as_nadia, here, session
):
    path = f"/records/refill/{here.refill.id}/void"
    assert "Why is it struck out?" in as_nadia.get(path).text
    fields = {"seen_version": version_of(session, here)}

    refused = post(as_nadia, path, **fields)
    assert refused.status_code == 422
    assert 'id="reason-error"' in refused.text

    assert post(as_nadia, path, **fields, reason="wrong patient").status_code == 302
    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "struck out" in page
    assert "Reason: wrong patient" in page
    assert "No refill is on record." in page


def test_a_record_is_struck_out_once(as_nadia, here, session):
    path = f"/records/refill/{here.refill.id}/void"
    post(as_nadia, path, seen_version=version_of(session, here), reason="wrong patient")

    again = post(as_nadia, path, seen_version=version_of(session, here), reason="again")

    assert again.status_code == 422
    assert "already" in again.text


def test_an_unknown_kind_of_record_is_not_there(as_nadia, here):
    assert as_nadia.get(f"/records/staff/{here.nadia.id}/correct").status_code == 404


def test_what_a_correction_would_change_is_shown_before_it_is_saved(as_nadia, here, session):
    path = f"/records/refill/{here.refill.id}"
    typed = fields_of(as_nadia.get(f"{path}/correct").text) | {"instilled_volume_ml": "20"}

    for verb in ("check", "preview"):
        page = post(as_nadia, f"{path}/{verb}", **typed).text
        assert "Refill-by" in page.split("What follows from it")[1]
        assert "; was <time" in page
    assert len(rows(session, sa.select(Refill))) == 1
