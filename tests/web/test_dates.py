"""The dates of a pump: opened into their arithmetic, supposed otherwise, told as they move."""

import re

import sqlalchemy as sa

from tests.web.conftest import NOW, post, rows
from tracker.models import DateChange, Programme, Pump, Watch

RISE = {
    "effective_at_on": "2026-05-31",
    "effective_at_time": "10:30",
    "mode": "simple",
    "dose_mcg_per_day": "460",
    "dose_mcg_per_day_unit": "mcg/day",
}


def shown(client, path):
    return re.sub(r"</?time[^>]*>", "", client.get(path).text.replace("\xa0", " "))


def change_dose(client, here, **more):
    fields = {**RISE, "seen_version": here.pump.version, **more}
    return post(client, f"/pumps/{here.pump.id}/programmes/new", **fields)


def test_each_date_opens_into_the_records_the_spans_and_the_rules_behind_it(as_vera, here):
    page = shown(as_vera, f"/pumps/{here.pump.id}/dates")

    assert "set by the earliest credible empty date. Without it the next would bind" in page
    assert "the limit of the drug in the pump, 28 Aug 2026" in page
    assert "180 days from the fill of 2 Mar 2026" in page
    assert "from 40 mL down to 2 mL" in page
    assert "0.2 mL/day" in page
    assert "<td>190</td>" in page  # (40 - 2) / 0.2
    assert f'href="/pumps/{here.pump.id}#refill-{here.refill.id}"' in page
    assert "Last refill</dt><dd>2 Mar 2026, 91 days ago" in page


def test_the_arithmetic_is_one_click_from_board_pump_and_watch(as_vera, here, session):
    watch = rows(session, sa.select(Watch.id).where(Watch.kind == "refill"))[0]

    for path in ("/", f"/pumps/{here.pump.id}", f"/watches/{watch}"):
        assert f'href="/pumps/{here.pump.id}/dates"' in as_vera.get(path).text, path


def test_a_moved_date_says_from_where_to_where_and_why_and_is_found_later(
    as_nadia, here, session
):
    answer = change_dose(as_nadia, here, dose_mcg_per_day="600")

    told = shown(as_nadia, answer.location)
    why = "because the dose rose from 400 mcg/day to 600 mcg/day on 31 May 2026."
    assert "Refill-by moved from 17 Aug 2026 to 22 Jul 2026, 26 days earlier, " + why in told
    for path in (f"/pumps/{here.pump.id}", f"/pumps/{here.pump.id}/dates"):
        assert why in shown(as_nadia, path)
    kept = rows(session, sa.select(DateChange).order_by(DateChange.id.desc()))[0]
    assert (kept.evidence_kind, kept.recorded_at) == ("programme", NOW)


def test_a_record_that_moves_nothing_says_that_the_date_stays(as_nadia, here, session):
    before = rows(session, sa.select(DateChange.id))

    answer = change_dose(as_nadia, here, dose_mcg_per_day="400", note="as before")

    assert "Refill-by stays 17 Aug 2026." in shown(as_nadia, answer.location)
    assert rows(session, sa.select(DateChange.id)) == before


def test_hazard_h21_a_date_that_the_records_contradict_is_shown_as_such(
    as_nadia, here, session
):
    path = f"/pumps/{here.pump.id}/dates"
    assert (
        "First worked out like this 2 Mar 2026, 10:30; worked out again now, 1 Jun 2026"
        in shown(as_nadia, path)
    )
    assert "the records say otherwise" not in shown(as_nadia, path)

    session.execute(sa.update(Watch).where(Watch.kind == "refill").values(danger_at=NOW))
    session.commit()

    assert "the records say otherwise" in shown(as_nadia, path)


def suppose(client, here, verb="", **fields):
    return post(client, f"/pumps/{here.pump.id}/what-if{verb}", **fields)


def test_another_dose_is_supposed_without_anything_being_saved(as_nadia, here, session):
    before = rows(session, sa.select(Programme.id))
    fields = {"dose_mcg_per_day": "600", "dose_mcg_per_day_unit": "mcg/day"}

    for verb in ("", "/preview"):
        page = suppose(as_nadia, here, verb, **fields).text.replace("\xa0", " ")
        assert "600 mcg/day (0.6 mg/day)" in page
        assert "+50 %" in page
        assert "was " in page.split("Refill-by")[-1]
    assert rows(session, sa.select(Programme.id)) == before


def test_an_alarm_volume_is_supposed_and_the_pump_keeps_its_own(as_vera, here, session):
    page = suppose(as_vera, here, alarm_volume_ml="12").text

    assert "was " in page.split("Refill-by")[-1]
    assert rows(session, sa.select(Pump.low_reservoir_alarm_ml)) == [2]


def test_what_the_pump_cannot_do_is_refused_beside_its_field(as_nadia, here):
    for field, value in (
        ("volume_ml", "41"),
        ("alarm_volume_ml", "40"),
        ("dose_mcg_per_day", "9999999 mcg/day"),
        ("concentration_mcg_per_ml", "0 mcg/mL"),
        ("bolus_max_per_day", "4"),
    ):
        answer = suppose(as_nadia, here, **{field: value})
        assert answer.status_code == 422, field
        assert f'href="#{field}"' in answer.text, field
