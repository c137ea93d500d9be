"""A patient rings because the pump beeps: from the call sheet to the evidence that ends it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.riverside import open_watch
from tests.web.conftest import NOW, let_in, post, rows
from tracker.domain.danger import WatchKind
from tracker.models import AlarmClosing, Clinic, DeviceAlarm, Watch
from tracker.services.alarm_watches import open_alarm_watch
from tracker.services.day_report_contents import report as day_report
from tracker.web.filters import took

TODAY, BEFORE = "2026-06-01", {"alarmed_at_on": "2026-06-01", "alarmed_at_time": "08:30"}
CALL = {
    **BEFORE,
    "reported_at_on": TODAY,
    "reported_at_time": "08:55",
    "tone": "not_sure",
    "reporter": "patient",
    "symptoms": "not_asked",
    "doing": "Comes at 11:00 to be interrogated.",
}


@pytest.fixture
def planned(session, here):
    """Riverside has written its plan for who is at critical risk, and what to ask for."""
    clinic = here.clinic
    clinic.emergency_plan, clinic.emergency_plan_critical = "Ring the ward.", "Ring Dr Ito now."
    clinic.red_flags, clinic.emergency_numbers = "Itching, stiffness", "Maker: 0800 555"
    session.commit()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hazard_h13_every_list_that_names_the_pump_says_that_it_may_give_no_drug(
    as_nadia, session, here, planned
):
    post(as_nadia, f"/pumps/{here.pump.id}/alarms/new", **CALL)
    session.rollback()
    open_watch(session, here.pump).danger_at = NOW - timedelta(days=3)
    session.commit()
    said = "May give no drug: Alarm heard, not yet interrogated"

    for path in ("/worklist/choose?kind=refill", "/plan", "/wall", "/patients", "/report"):
        assert said in as_nadia.get(path).text, path
    report = day_report(session, here.clinic, WatchKind.DAY_REPORT, now=NOW)
    lines = {part.title: [one.text for one in part.lines] for part in report.parts}
    assert lines["Late"][0].startswith("refill, 3 days late")
    assert said in lines["Late"][0]
    assert lines["Open alarms of pumps"][0].startswith("Alarm heard, not yet interrogated")

    asked = sa.select(Watch).where(Watch.alarm_id.is_not(None))
    session.scalars(asked).one().danger_at = NOW - timedelta(hours=1)
    session.commit()
    for path in ("/alarms", f"/pumps/{here.pump.id}"):
        assert "Late: to be answered by" in as_nadia.get(path).text, path


def test_a_call_about_a_beep_is_written_down_watched_and_closed_with_what_was_read(
    as_nadia, session, here, planned
):
    pump = f"/pumps/{here.pump.id}"
    sheet = as_nadia.get(f"{pump}/alarms/new").text
    for words in ("Two tones", "A single tone", "Ring Dr Ito now.", "Itching", "0800 555"):
        assert words in sheet

    answer = post(as_nadia, f"{pump}/alarms/new", **CALL)

    page = as_nadia.get(answer.location).text
    assert "Alarm, critical, open." in page
    assert "There is no interrogation since the alarm" in page
    assert "Ring Dr Ito now." in page
    assert '<a href="tel:0800555">0800 555</a>' in page
    assert page.count("Answer by") == 1
    for other in ("To be answered", "Next: "):  # one deadline, and no other beside it
        assert other not in page
    assert "Alarm, critical" in as_nadia.get(pump).text
    board = as_nadia.get("/").text
    assert "Alarm heard, not yet interrogated" in board
    assert "1 alarm of a pump is" in board
    assert f'href="{pump}/emergency"' in board
    post(
        as_nadia, f"{pump}/readings/new", seen_version=here.pump.version, read_at_on=TODAY,
        read_at_time="08:58", note="log read", programme_changed="no",
    )  # fmt: skip
    reading_id = rows(session, sa.text("SELECT max(id) FROM reading"))[0]
    refused = post(as_nadia, f"{answer.location}/close", reading_id=reading_id)
    assert refused.status_code == 422
    assert "Say what the programmer showed." in refused.text

    closed = post(
        as_nadia, f"{answer.location}/close", reading_id=reading_id, found="low_reservoir"
    )

    assert "with the interrogation of" in as_nadia.get(closed.location).text
    (found,) = rows(session, sa.select(DeviceAlarm).where(DeviceAlarm.code == "low_reservoir"))
    assert found.tone is None
    listed = as_nadia.get("/alarms").text
    assert listed.index("Low reservoir volume reached") < listed.index("Alarm heard")
    assert "Low reservoir" not in as_nadia.get("/alarms?state=closed").text


def test_what_is_missing_stands_beside_its_field_and_nothing_typed_is_lost(as_nadia, here):
    path = f"/pumps/{here.pump.id}/alarms/new"

    page = post(as_nadia, path, **CALL | {"tone": "", "reported_at_time": "23:00"})

    assert page.status_code == 422
    assert "Say what was heard." in page.text
    assert "Comes at 11:00" in page.text
    late = post(as_nadia, path, **CALL | {"reported_at_time": "23:00"})
    assert "This lies in the future." in late.text


def test_an_indicator_that_was_read_is_asked_for_its_day(as_nadia, session, here):
    path = f"/pumps/{here.pump.id}/alarms/new?how=read"
    read = CALL | {"code": "eri", "reporter": "clinic"}

    assert "battery&#39;s end counts from it" in post(as_nadia, path, **read).text
    assert post(as_nadia, path, **read, eri_on="2026-05-30").status_code == 302

    (rule,) = rows(session, sa.select(Watch.binding_rule).where(Watch.kind == "battery"))
    assert rule == "replacement_indicator"


def test_a_clinician_s_reason_closes_it_under_both_names(as_nadia, session, here):
    page = post(as_nadia, f"/pumps/{here.pump.id}/alarms/new", **CALL).location

    assert post(as_nadia, f"{page}/close-by-reason", clinical_reason="").status_code == 422
    post(
        as_nadia, f"{page}/close-by-reason", clinical_reason="a fire alarm, heard by all",
        clinician_id=here.ito.id,
    )  # fmt: skip

    (closing,) = rows(session, sa.select(AlarmClosing))
    assert (closing.clinician_id, closing.closed_by_id) == (here.ito.id, here.nadia.id)
    assert "clinical reason of Ito Doctor" in as_nadia.get(page).text


def test_at_three_in_the_morning_one_page_has_the_plan_and_what_is_asked_for(
    as_nadia, session, here, planned
):
    path = f"/patients/{here.patient.id}/emergency"
    long = post(as_nadia, path, has_rescue_script="yes", programmer_hospital="x" * 201)
    assert "at most 200" in long.text
    post(as_nadia, path, has_rescue_script="yes", programmer_hospital="St Mary, 020 7946 0111")

    page = as_nadia.get(f"/pumps/{here.pump.id}/emergency").text

    for words in (
        "Ring Dr Ito now.", "0800 555", "Itching", "Baclofen", "400", here.pump.serial,
        "2 Mar 2026", "on file", "St Mary, 020 7946 0111", "Nobody is entered as on duty",
        "Medicines by mouth", "not asked",
    ):  # fmt: skip
        assert words in page, words
    assert "Ring the ward." not in page
    printed = as_nadia.get("/emergency-list/now.html").text
    assert "Ring Dr Ito now." in printed


def test_the_plan_falls_back_to_the_general_one_and_is_only_an_administrator_s_to_change(
    as_nadia, session, here
):
    session.get_one(Clinic, here.clinic.id).emergency_plan = "Ring the ward."
    session.commit()

    page = as_nadia.get(f"/pumps/{here.pump.id}/emergency").text

    assert "Ring the ward." in page
    assert "general plan" in page
    assert as_nadia.get("/clinic/settings").status_code == 403
    as_sam = let_in(as_nadia, session, here.sam)
    assert as_sam.get(f"/pumps/{here.pump.id}/emergency").status_code == 404


def test_a_report_is_corrected_with_a_reason_and_the_old_one_stays(as_nadia, session, here):
    page = post(as_nadia, f"/pumps/{here.pump.id}/alarms/new", **CALL).location
    sheet = as_nadia.get(f"{page}/correct").text
    assert "Comes at 11:00" in sheet
    changed = CALL | {"doing": "Comes at 10:00."}
    assert (
        "Say why this report is changed." in post(as_nadia, f"{page}/correct", **changed).text
    )

    post(as_nadia, f"{page}/correct", **changed, reason="earlier slot")

    shown = as_nadia.get(page).text
    for words in ("Comes at 11:00", "Comes at 10:00", "corrected", "Reason: earlier slot"):
        assert words in shown


def test_the_list_says_how_soon_an_alarm_was_answered(as_nadia, session, here):
    post(as_nadia, f"/pumps/{here.pump.id}/alarms/new", **CALL | {"reported_at_time": "08:40"})
    watch = open_alarm_watch(session, here.pump.id, "alarm_heard_unverified")
    session.commit()
    post(
        as_nadia, f"/watches/{watch.id}/calls", called="Ida", result="reached",
        called_at_on=TODAY, called_at_time="08:52",
    )  # fmt: skip

    assert "12 min" in as_nadia.get("/alarms?state=open").text


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(None, "not yet"), (0, "0 min"), (59, "59 min"), (125, "2 h 05 min"), (1500, "1 day 1 h")],
)
def test_how_long_it_took_is_said_to_the_minute(minutes, words):
    assert took(None if minutes is None else timedelta(minutes=minutes)) == words


def test_hazard_h13_while_an_alarm_says_it_stands_still_no_page_calls_the_pump_safe_until_a_day(
    as_nadia, session, here, planned
):
    """The reservoir's dates stay, for it may be running after all; the danger is now."""
    pump = f"/pumps/{here.pump.id}"
    shown = {"how": "read", "code": "motor_stall", "alarmed_at_on": TODAY}
    shown |= {"alarmed_at_time": "08:30", "reported_at_on": TODAY, "reported_at_time": "08:55"}
    shown |= {"reporter": "clinic", "symptoms": "no", "doing": "Dr Ito comes."}
    is_open = (Watch.kind == "refill", Watch.closed_at.is_(None))
    watch = session.scalars(sa.select(Watch).where(*is_open)).one()
    before = (watch.danger_at, watch.dry_at)
    session.commit()

    assert post(as_nadia, f"{pump}/alarms/new?how=read", **shown).status_code == 302

    session.refresh(watch)
    assert (watch.danger_at, watch.dry_at) == before
    session.commit()
    asked = [f"{pump}/{page}" for page in ["dates", "what-if", "next", "visit", "refills/new"]]
    asked += [f"{pump}/{page}" for page in ("readings/new", "programmes/new", "orders/new")]
    asked += [f"/patients/{here.pump.patient_id}", f"/calendar?pump={here.pump.id}"]
    asked += [f"/watches/{watch.id}", f"/watches/{watch.id}/call"]
    for page in (pump, *asked):
        text = as_nadia.get(page).text
        assert "may be giving no drug since" in text, page
        assert "The danger of withdrawal is now" in text, page
    assert "May give no drug" in as_nadia.get(pump).text
    board = as_nadia.get("/").text
    assert "<b>now</b><small>may give no drug" in board
    assert "May give no drug since" in board
    for page in ("/emergency-list", "/emergency-list/now.html", f"{pump}/emergency"):
        assert "NOW: may be giving no drug since" in as_nadia.get(page).text, page
