"""Recording a refill through the page: what follows is shown, and nothing typed is lost."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from tests.riverside import DAY, refill_facts, refilled
from tests.web.conftest import NOW, post, rows, sign_in, version_of
from tracker.models import Bolus, Programme, Refill

GOOD = {
    "filled_at_on": "2026-05-31",
    "filled_at_time": "10:30",
    "actual_residual_volume_ml": "22.1",
    "instilled_volume_ml": "40",
    "drugs-0-drug_code": "baclofen",
    "drugs-0-concentration": "2",
    "drugs-0-concentration_unit": "mg/mL",
    "programme_today": "same",
    "second": "nobody",
    "unchecked_because": "Alone in the clinic that day.",
    "seen_version": "2",
    "reason": "The clinic had no printer that day.",
}


def typed(here, **more):
    return {**GOOD, "seen_version": here.pump.version, **more}


def path_of(here, verb="new"):
    return f"/pumps/{here.pump.id}/refills/{verb}"


def refills(session):
    return rows(session, sa.select(Refill).order_by(Refill.id))


def test_a_refill_is_recorded_in_the_pumps_own_units(as_nadia, here, session):
    answer = post(as_nadia, path_of(here), **typed(here))

    assert answer.location == f"/pumps/{here.pump.id}/next"
    new = refills(session)[-1]
    assert new.drugs[0].concentration_mcg_per_ml == 2000
    assert new.filled_at == datetime.fromisoformat("2026-05-31T09:30:00+00:00")  # summer time
    assert new.expected_residual_volume_ml is None
    assert new.recorded_by_id == here.nadia.id


def test_a_refill_that_is_sent_twice_is_recorded_once(as_nadia, here, session):
    before, fields = len(refills(session)), typed(here)

    assert post(as_nadia, path_of(here), **fields).status_code == 302
    again = post(as_nadia, path_of(here), **fields)

    assert again.status_code == 422
    assert len(refills(session)) == before + 1


def test_a_unit_typed_with_the_number_is_enough(as_nadia, here, session):
    fields = {"drugs-0-concentration": "2000 mcg/mL", "drugs-0-concentration_unit": ""}

    assert post(as_nadia, path_of(here), **typed(here, **fields)).status_code == 302
    assert refills(session)[-1].drugs[0].concentration_mcg_per_ml == 2000


def test_hazard_h05_the_form_never_starts_with_a_concentration(as_nadia, here):
    page = as_nadia.get(path_of(here)).text

    assert '<option value="baclofen" selected>' in page
    assert "Last refill: 2000\xa0mcg/mL (2\xa0mg/mL)" in page
    field = page.split('name="drugs-0-concentration"')[1].split(">")[0]
    assert 'value=""' in field


def refused(as_nadia, here, session, field, sentence, **fields):
    before = len(refills(session))
    answer = post(as_nadia, path_of(here), **typed(here, **fields))

    assert answer.status_code == 422, answer.location
    page = answer.text.replace("&#39;", "'")
    assert f'id="{field}-error"' in page, page
    assert sentence in page.split(f'id="{field}-error"')[1][:300]
    assert 'aria-invalid="true"' in page
    assert "Nothing has been saved yet" in page
    for value in fields.values():
        assert f'"{value}"' in page  # what was typed is still there
    assert len(refills(session)) == before


def test_each_wrong_value_is_refused_beside_its_field(as_nadia, here, session):
    for field, value, sentence in (
        ("instilled_volume_ml", "41", "do not fit a 40 mL reservoir"),
        ("instilled_volume_ml", "-3", "zero"),
        ("instilled_volume_ml", "lots", "is not a number"),
        ("instilled_volume_ml", "1,000", ""),
        ("filled_at_on", "03/04/2026", ""),
        ("filled_at_on", "2027-01-01", "future"),
        ("filled_at_time", "25:00", "is not a time of day"),
        ("drugs-0-concentration", "2 mg/h", ""),
        ("drugs-0-concentration", "0", "above zero"),
        ("beyond_use_on", "soon", ""),
        ("pharmacist_limit_days", "ninety", "is not a number"),
    ):
        refused(as_nadia, here, session, field, sentence, **{field: value})


def test_hazard_h01_a_missing_unit_is_asked_for_and_never_guessed(as_nadia, here, session):
    fields = {"drugs-0-concentration": "2000", "drugs-0-concentration_unit": ""}

    answer = post(as_nadia, path_of(here), **typed(here, **fields))

    assert answer.status_code == 422
    assert 'value="2000"' in answer.text
    assert "lacks its unit" in answer.text


def test_hazard_h06_the_programme_question_has_to_be_answered(as_nadia, here, session):
    answer = post(as_nadia, path_of(here), **typed(here, programme_today=""))

    assert answer.status_code == 422
    assert "Say whether the programme was changed today." in answer.text


def test_a_mixture_without_a_limit_is_refused(as_nadia, here, session):
    second = {
        "drugs_rows": "2",
        "drugs-1-drug_code": "clonidine",
        "drugs-1-concentration": "100",
        "drugs-1-concentration_unit": "mcg/mL",
    }

    answer = post(as_nadia, path_of(here), **typed(here, **second))

    assert answer.status_code == 422
    assert "limit" in answer.text
    fields = typed(here, pharmacist_limit_days="30", **second)
    assert post(as_nadia, path_of(here), **fields).status_code == 302
    assert [drug.drug.code for drug in refills(session)[-1].drugs] == ["baclofen", "clonidine"]


def test_hazard_h33_a_printed_date_that_differs_is_held_until_a_reason_is_typed(
    as_nadia, here, session
):
    fields = typed(here, reason="", printed_alarm_on="2026-09-09")

    answer = post(as_nadia, path_of(here), **fields)

    assert answer.status_code == 422
    assert "Unusual: say why it is right" in answer.text
    assert "alarm date, " in answer.text
    assert answer.text.count('name="reason"') == 1
    fields["reason"] = "The printout is of another programme."
    assert post(as_nadia, path_of(here), **fields).status_code == 302
    assert refills(session)[-1].reason == "The printout is of another programme."


def test_hazard_h33_a_missing_printed_date_is_held_too(as_nadia, here):
    answer = post(as_nadia, path_of(here), **typed(here, reason=""))

    assert answer.status_code == 422
    assert "printed low-reservoir alarm date is missing" in answer.text


def test_a_new_programme_goes_with_the_refill(as_nadia, here, session):
    new = {"programme_today": "new", "mode": "simple", "dose_mcg_per_day": "0.42"}

    answer = post(as_nadia, path_of(here), **typed(here, **new, dose_mcg_per_day_unit="mg/day"))

    assert answer.status_code == 302
    newest = rows(session, sa.select(Programme).order_by(Programme.id.desc()))[0]
    assert newest.dose_mcg_per_day == 420
    assert newest.refill_id == refills(session)[-1].id


def test_hazard_h05_a_changed_concentration_asks_for_the_bridge_bolus(as_nadia, here, session):
    fields = typed(here, reason="", **{"drugs-0-concentration": "1"})

    held = post(as_nadia, path_of(here), **fields)
    assert "no bridge bolus is recorded" in held.text

    fields |= {"is_bridged": "yes", "reason": "new concentration ordered"}
    assert post(as_nadia, path_of(here), **fields).status_code == 302
    assert rows(session, sa.select(Bolus.kind)) == ["bridge"]


def test_hazard_h05_what_the_programmer_says_of_a_bridge_is_typed_and_never_ours(
    as_nadia, here, session
):
    fields = typed(here, reason="ordered", **{"drugs-0-concentration": "1"})
    shown = post(as_nadia, path_of(here, "check"), **fields, is_bridged="yes", more="bridge")
    names = ("bridge_volume_ml", "bridge_hours", "bridge_minutes")
    for name in names:
        assert 'value=""' in shown.text.split(f'name="{name}"')[1].split(">")[0]
    assert "789.6\xa0mcg (0.7896\xa0mg)" in shown.text  # ours stands beside them
    assert "not compared with the programmer&#39;s" in shown.text

    # saved without it, ours counts, and a correction asks the programmer's number again
    assert post(as_nadia, path_of(here), **fields, is_bridged="yes").status_code == 302
    bolus = rows(session, sa.select(Bolus))[0]
    assert not bolus.is_stated
    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "what the programmer showed is not on record" in page
    correct = f"/records/refill/{bolus.refill_id}/correct"
    for name in names:
        assert 'value=""' in as_nadia.get(correct).text.split(f'name="{name}"')[1].split(">")[0]


def test_hazard_h05_the_programmers_bridge_counts_and_ours_is_kept_beside_it(
    as_nadia, here, session
):
    fields = typed(here, reason="ordered", **{"drugs-0-concentration": "1"})
    fields |= {"is_bridged": "yes", "bridge_volume_ml": "0.41", "bridge_hours": "49"}
    assert post(as_nadia, path_of(here), **fields).status_code == 302

    bolus = rows(session, sa.select(Bolus))[0]
    assert (bolus.volume_ml, bolus.duration_minutes) == (Decimal("0.41"), 49 * 60)
    assert bolus.reckoned_volume_ml == Decimal("0.3948")
    assert "by our records 0.4\xa0mL over 47 hours 22 minutes" in (
        as_nadia.get(f"/pumps/{here.pump.id}").text
    )
    assert 'value="0.41"' in as_nadia.get(f"/records/refill/{bolus.refill_id}/correct").text


def test_the_check_shows_what_follows_and_saves_nothing(as_nadia, here, session):
    before = len(refills(session))

    answer = post(as_nadia, path_of(here, "check"), **typed(here, reason=""))

    assert answer.status_code == 200
    for words in ("Discrepancy", "Refill-by", "Set by", "2000\xa0mcg/mL (2\xa0mg/mL)", "was "):
        assert words in answer.text
    assert "<html" in answer.text
    assert len(refills(session)) == before


def test_the_preview_is_the_same_as_a_fragment(as_nadia, here):
    answer = post(as_nadia, path_of(here, "preview"), **typed(here, reason=""))

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Discrepancy" in answer.text


def test_hazard_h16_no_discrepancy_is_ever_called_good(as_nadia, here):
    for measured in ("21.9", "20", "3"):
        fields = typed(here, actual_residual_volume_ml=measured)
        page = post(as_nadia, path_of(here, "preview"), **fields).text.lower()

        assert "discrepancy" in page
        for word in ("normal", " ok", "fine", "good", "verified", "green", "no problem"):
            assert word not in page, (measured, word)


def test_a_new_concentration_asks_for_the_bridge_before_all_else_is_entered(as_nadia, here):
    for strength, is_asked in (("1000", True), ("2000", False)):
        fields = {"drugs-0-concentration": strength, "programme_today": ""}
        fields["drugs-0-concentration_unit"] = "mcg/mL"
        page = post(as_nadia, path_of(here, "preview"), **typed(here, **fields)).text

        assert ("Not the drug or concentration of the last refill" in page) == is_asked


def test_half_a_form_has_a_quiet_preview(as_nadia, here):
    answer = post(as_nadia, path_of(here, "preview"))

    assert answer.status_code == 200
    assert "before anything is saved" in answer.text


def test_another_drug_row_comes_without_script_and_keeps_what_was_typed(as_nadia, here):
    fields = typed(here, more="drug", drugs_rows="1", lot="L7")

    page = post(as_nadia, path_of(here, "check"), **fields).text

    assert 'name="drugs-1-drug_code"' in page
    assert 'value="L7"' in page


def test_an_hour_that_occurs_twice_asks_which_one(as_nadia, here, session, monkeypatch):
    after = datetime.fromisoformat("2026-11-02T08:00:00+00:00")
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: after)
    sign_in(as_nadia, here.nadia.email)
    fields = typed(here, filled_at_on="2026-10-25", filled_at_time="01:30")

    answer = post(as_nadia, path_of(here), **fields)
    assert answer.status_code == 422
    assert "this hour comes twice" in answer.text

    assert post(as_nadia, path_of(here), **fields, filled_at_fold="second").status_code == 302
    filled_at = refills(session)[-1].filled_at
    assert filled_at == datetime.fromisoformat("2026-10-25T01:30:00+00:00")


def test_the_second_of_two_who_save_sees_what_changed_and_loses_nothing(
    as_nadia, here, session
):
    fields = typed(here, lot="SECOND")
    facts = refill_facts(None, filled_at=NOW - 2 * DAY, lot="FIRST")
    refilled(session, here.pump, here.place, facts)
    session.commit()

    answer = post(as_nadia, path_of(here), **fields)

    assert answer.status_code == 422
    assert "Somebody else saved meanwhile" in answer.text
    assert "lot FIRST" in answer.text
    assert 'value="SECOND"' in answer.text
    assert f'name="seen_version" value="{version_of(session, here)}"' in answer.text
    fields["seen_version"] = version_of(session, here)
    assert post(as_nadia, path_of(here), **fields).status_code == 302


def test_a_form_that_hides_its_version_saves_nothing(as_nadia, here):
    assert post(as_nadia, path_of(here), **typed(here, seen_version="")).status_code == 422


def test_looking_ahead_waits_for_no_writer(as_nadia, here, session):
    session.execute(sa.update(Refill).values(lot="being written"))  # holds the writer's place

    answer = post(as_nadia, path_of(here, "preview"), **typed(here))

    assert answer.status_code == 200
    assert "Discrepancy" in answer.text
    session.rollback()
