"""Pumps: implanted, shown with every date and its reason, ended with evidence."""

import sqlalchemy as sa

from tests.web.conftest import post, rows, version_of
from tracker.models import Pump, PumpModel, Watch


def typed(session, here, code="synchromed_ii_20", **more):
    model = rows(session, sa.select(PumpModel.id).where(PumpModel.code == code))[0]
    return {
        "model": model,
        "serial": "NGP123456H",
        "implanted_on": "2026-05-04",
        "reservoir_capacity_ml": "20",
        "low_reservoir_alarm_ml": "2",
        "owner_id": here.ito.id,
        **more,
    }


def test_an_implanted_pump_is_watched_from_that_moment(as_nadia, here, session):
    answer = post(as_nadia, f"/patients/{here.patient.id}/pumps/new", **typed(session, here))

    pump = rows(session, sa.select(Pump).order_by(Pump.id.desc()))[0]
    assert answer.location == f"/pumps/{pump.id}"
    assert pump.owner_id == here.ito.id
    kinds = rows(session, sa.select(Watch.kind).where(Watch.pump_id == pump.id))
    assert {"refill", "battery", "no_data"} <= set(kinds)
    page = as_nadia.get(answer.location).text
    assert "No refill is on record." in page
    assert "No date" in page


def test_each_wrong_value_is_refused_beside_its_field(as_nadia, here, session):
    for field, value in (
        ("model", ""),
        ("model", "9999"),
        ("serial", ""),
        ("implanted_on", "2027-01-01"),
        ("reservoir_capacity_ml", "0"),
        ("reservoir_capacity_ml", "20 mg"),
        ("low_reservoir_alarm_ml", "20"),
        ("fixed_flow_ml_per_day", "0.5"),
        ("owner_id", str(here.sam.id)),
        ("owner_id", str(here.vera.id)),
    ):
        fields = {**typed(session, here), field: value}
        answer = post(as_nadia, f"/patients/{here.patient.id}/pumps/new", **fields)
        assert answer.status_code == 422, (field, value)
        assert f'id="{field}-error"' in answer.text, (field, value)
        assert 'value="NGP123456H"' in answer.text or field == "serial"
    assert len(rows(session, sa.select(Pump))) == 1


def test_the_page_names_the_binding_rule_and_every_term(as_nadia, here):
    page = as_nadia.get(f"/pumps/{here.pump.id}").text

    assert "set by the earliest credible empty date" in page
    for words in ("(binds)", "limit of the drug in the pump", "Low reservoir, latest"):
        assert words in page
    assert "Book the replacement by" in page
    assert "2000\xa0mcg/mL (2\xa0mg/mL)" in page
    assert "Recorded 2 Mar 2026" in page.replace(
        '<time datetime="2026-03-02T10:30:00+00:00">', ""
    )


def test_the_picture_says_in_words_and_figures_what_it_shows(as_nadia, here):
    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    picture = page.split("viewBox=")[1].split("</svg>")[0]

    assert "<title" in picture
    assert "<desc" in picture
    assert "refill-by" in picture
    assert "alarm volume 2\xa0mL" in picture
    assert "style=" not in page
    assert "The same as a table" in page


def test_a_pump_ends_with_evidence_only(as_nadia, here, session):
    path = f"/pumps/{here.pump.id}/end"
    fields = {"kind": "explanted", "seen_version": version_of(session, here)}

    refused = post(as_nadia, path, **fields)
    assert refused.status_code == 422
    assert 'id="note-error"' in refused.text
    for name in ("ended_on", "plan", "second"):  # all at once, not one after the other
        assert f'id="{name}-error"' in refused.text

    fields |= {"note": "operation report of 30 May", "ended_on": "2026-05-30"}
    no_plan = post(as_nadia, path, **fields)
    assert no_plan.status_code == 422
    assert 'id="plan-error"' in no_plan.text
    fields |= {"plan": "weaned over three weeks", "second": here.ito.id}
    assert post(as_nadia, path, **fields).status_code == 302
    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "Explanted on <time" in page
    assert page.count("30 May 2026</time>") == 2  # where it is said first, and in the history
    assert "operation report of 30 May" in page
    assert "Plan: weaned over three weeks" in page
    assert "Record a refill" not in page


def amended(session, here, **more):
    return {
        "serial": here.pump.serial,
        "implanted_on": "2024-01-15",
        "reservoir_capacity_ml": "40",
        "low_reservoir_alarm_ml": "2",
        "dead_volume_ml": "0.42",
        "owner_id": here.nadia.id,
        "reason": "misread the implant card",
        "seen_version": version_of(session, here),
        **more,
    }


def test_a_pumps_details_are_put_right_and_the_old_ones_kept(as_nadia, here, session):
    path = f"/pumps/{here.pump.id}/correct"
    assert f'href="{path}"' in as_nadia.get(f"/pumps/{here.pump.id}").text
    assert 'value="0.3948"' in as_nadia.get(path).text

    assert post(as_nadia, path, **amended(session, here)).status_code == 302

    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "tubing and catheter, mL: 0.42 (was 0.3948)" in page
    assert "Reason: misread the implant card" in page


def test_a_day_of_implant_that_nobody_knows_stays_unknown_until_it_is_given(
    as_nadia, here, session
):
    here.pump.is_implant_day_known = False
    session.commit()
    path = f"/pumps/{here.pump.id}/correct"
    known = amended(session, here)
    assert f'value="{known["implanted_on"]}"' not in as_nadia.get(path).text

    assert post(as_nadia, path, **known | {"implanted_on": ""}).status_code == 302
    session.refresh(here.pump)
    assert here.pump.implant_day is None
    session.commit()  # a reader that stays open keeps others from writing

    again = amended(session, here, reason="the card was found", dead_volume_ml="0.5")
    assert post(as_nadia, path, **again).status_code == 302
    session.refresh(here.pump)
    assert here.pump.implant_day is not None
    session.commit()
    assert "(was not recorded)" in as_nadia.get(f"/pumps/{here.pump.id}").text


def test_each_wrong_detail_is_refused_beside_its_field(as_nadia, here, session):
    for field, value in (
        ("reason", ""),
        ("serial", ""),
        ("reservoir_capacity_ml", "400"),
        ("implanted_on", "2026-05-01"),
        ("owner_id", str(here.sam.id)),
    ):
        fields = amended(session, here, **{field: value})
        answer = post(as_nadia, f"/pumps/{here.pump.id}/correct", **fields)
        assert answer.status_code == 422, field
        assert f'id="{field}-error"' in answer.text, field


def test_details_are_corrected_only_by_those_who_may(as_vera, app, here):
    from tests.web.conftest import sign_in

    path = f"/pumps/{here.pump.id}/correct"
    assert as_vera.get(path).status_code == 403
    other = app.test_client()
    assert other.get(path).status_code == 302
    sign_in(other, here.sam.email)
    assert other.get(path).status_code == 404


def test_the_bridge_bolus_names_the_way_to_the_missing_volume(as_nadia, here, session):
    here.pump.dead_volume_ml = None
    session.commit()

    page = as_nadia.get(f"/pumps/{here.pump.id}/refills/new").text

    assert "No tubing and catheter volume is on record" in page
    assert f'href="/pumps/{here.pump.id}/correct"' in page


def test_the_page_says_what_should_be_left_and_what_each_drug_gives(as_nadia, here):
    page = as_nadia.get(f"/pumps/{here.pump.id}").text

    assert "Expected now: about 21.8\xa0mL" in page
    assert "Baclofen, daily dose" in page
    assert "about 21.8\xa0mL now" in as_nadia.get("/").text


def test_the_picture_is_drawn_for_the_hand_too(as_nadia, here):
    page = as_nadia.get(f"/pumps/{here.pump.id}").text

    assert 'class="phone" viewBox="0 0 360' in page
    assert page.count("<title id=") == 2


def test_a_pump_without_alarm_is_not_said_to_have_one(as_nadia, here, session):
    fields = typed(session, here, "codman_3000_16", low_reservoir_alarm_ml="0")
    fields["fixed_flow_ml_per_day"] = "0.5"
    fields["reservoir_capacity_ml"] = "16"
    answer = post(as_nadia, f"/patients/{here.patient.id}/pumps/new", **fields)
    assert answer.status_code == 302, answer.text

    page = as_nadia.get(answer.location).text

    assert "16\xa0mL, no alarm" in page
    assert "alarm at" not in page
