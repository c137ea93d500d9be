"""A pump is replaced: referred, dated, asked about at a refill, and recorded as two pumps."""

import sqlalchemy as sa

from tests.web.conftest import post, rows, version_of
from tracker.models import Pump, ReplacementStep


def test_a_nurse_records_the_way_to_a_new_pump_and_the_pump_itself(as_nadia, here, session):
    path = f"/pumps/{here.pump.id}/replacement"
    assert post(as_nadia, path, kind="referred", happened_on="2026-05-20").status_code == 302
    theatre = {"theatre_at_on": "2026-06-11", "theatre_at_time": "08:30"}
    refused = post(as_nadia, f"{path}/date", **theatre | {"theatre_at_on": "2025-06-11"})
    assert 'id="theatre_at_on-error"' in refused.text
    assert post(as_nadia, f"{path}/date", **theatre).status_code == 302

    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "Referred for replacement" in page
    assert "Surgery" in page
    assert "surgery 11 Jun 2026" in as_nadia.get("/").text
    for before in (f"/pumps/{here.pump.id}/refills/new", f"/pumps/{here.pump.id}/visit"):
        assert (
            "Ask the clinician whether the pump is to be refilled" in as_nadia.get(before).text
        )

    form = as_nadia.get(f"{path}/pump").text
    assert "Nothing of that is carried over" in form
    assert 'name="serial" type="text" value=""' in form
    facts = {
        "model": here.pump.model_id, "serial": "NGP000009H", "implanted_on": "2026-06-01",
        "reservoir_capacity_ml": "40", "low_reservoir_alarm_ml": "2", "owner_id": here.nadia.id,
        "purpose": "spasticity", "evidence": "operation note",
        "seen_version": version_of(session, here),
    }  # fmt: skip
    missing = post(as_nadia, f"{path}/pump", **facts | {"evidence": ""})
    assert missing.status_code == 422
    assert 'value="NGP000009H"' in missing.text

    made = post(as_nadia, f"{path}/pump", **facts)

    new = as_nadia.get(made.location).text
    assert f'This pump replaced <a href="/pumps/{here.pump.id}"' in new
    assert "Replaced by" in as_nadia.get(f"/pumps/{here.pump.id}").text
    old, _ = rows(session, sa.select(Pump).order_by(Pump.id))
    assert old.end_kind == "replaced"
    assert len(rows(session, sa.select(ReplacementStep))) == 3


def test_hazard_h15_two_pumps_of_one_patient_are_told_apart_on_every_page(
    as_nadia, here, session
):
    path = f"/patients/{here.patient.id}/pumps/new"
    post(
        as_nadia, path, model=here.pump.model_id,
        serial="NGP000009H", implanted_on="2026-05-01",
        reservoir_capacity_ml="40", low_reservoir_alarm_ml="2", owner_id=here.nadia.id,
        purpose="pain",
    )  # fmt: skip
    second = rows(session, sa.select(Pump).order_by(Pump.id.desc()))[0]

    for page in ("", "/refills/new", "/programmes/new", "/readings/new", "/visit", "/correct",
                 "/end", "/replacement"):  # fmt: skip
        text = as_nadia.get(f"/pumps/{second.id}{page}").text
        assert "This patient has 2 pumps." in text, page
        assert "for pain, serial NGP000009H" in text, page
        assert here.pump.serial in text, page
        assert here.patient.mrn in text, page
        assert "14 Mar 1970" in text.replace("\u00a0", " "), page
    assert "for pain" in as_nadia.get("/").text
