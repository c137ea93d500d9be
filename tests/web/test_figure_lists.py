"""Each figure with its definition and its list; another clinic's cases are in none of them."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.riverside import DAY, open_watch, pump_of, refill_facts, refilled
from tests.web.conftest import NOW, let_in
from tracker.domain.alarm import Reporter
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Patient
from tracker.services.alarms import AlarmFacts, record_alarm
from tracker.web.figure_tables import TABLES
from tracker.web.figure_words import MEANINGS

ASKED = "?since=2026-03-04&until=2026-06-01"


@pytest.fixture
def quarter(here, session):
    """One refill late by ten days, an open alarm, a visit missed and one booked too late."""
    watch = open_watch(session, here.pump)
    watch.danger_at, watch.likely_at = NOW - 12 * DAY, NOW + 8 * DAY
    done = refill_facts(
        "1600", filled_at=NOW - 2 * DAY, actual_residual_volume_ml=Decimal("4.5")
    )
    refilled(session, here.pump, here.place, done)
    session.scalars(sa.select(Patient)).first().family_name = "=Byron"
    heard = AlarmFacts(
        code="empty_reservoir", alarmed_at=NOW - DAY, reported_at=NOW - DAY,
        reporter=Reporter.CLINIC, doing="comes in",
    )  # fmt: skip
    other = pump_of(session, here.place)
    record_alarm(session, other, heard, by=here.nadia, now=NOW - DAY)
    session.add(
        Appointment(
            clinic_id=here.clinic.id, pump_id=other.id, scheduled_at=NOW - 3 * DAY,
            state=VisitState.MISSED, booked_at=NOW - 9 * DAY, booked_by_id=here.nadia.id,
            ended_at=NOW - 2 * DAY, ended_reason="no bus",
        )
    )  # fmt: skip
    session.commit()
    return here


def test_each_figure_says_what_it_means_and_leads_to_its_cases(as_nadia, quarter):
    said = {name: as_nadia.get(f"/clinic/figures/{name}{ASKED}").text for name in TABLES}

    assert "0 % (0 of 1)" in said["refills"]
    assert "1; the middle" not in said["late"]
    assert "not reached" in said["late"]
    assert "Reservoir empty" in said["alarms"]
    assert "not answered" in said["alarms"]
    assert "no bus" in said["missed"]
    assert "2.5" in said["waste"]  # 4.5 mL measured, the pump alarms at 2
    assert "10 days early" in said["waste"]
    assert "Nothing was handed over in this period." in said["sendings"]
    assert "no limit of visits is set" in said["work"]
    for name, page in said.items():
        assert MEANINGS[name].title in page
    drawn = {name for name, page in said.items() if "<svg" in page.split("<main", 1)[1]}
    assert drawn == {"refills", "late", "alarms", "missed", "waste", "work"}  # what has a case
    front = as_nadia.get(f"/clinic/figures{ASKED}").text
    assert [name for name in TABLES if f"/clinic/figures/{name}?" not in front] == []
    assert as_nadia.get("/clinic/figures/nonsense").status_code == 404


def test_the_sheet_holds_the_same_cases_disarmed_and_no_other_clinics(
    as_nadia, quarter, app, session
):
    sheet = as_nadia.get(f"/clinic/figures/waste.csv{ASKED}")
    assert sheet.headers["Content-Disposition"].endswith("waste-2026-03-04-2026-06-01.csv")
    assert sheet.text.splitlines()[1].startswith("\"'=Byron")
    sam = let_in(app.test_client(), session, quarter.sam)
    for name in TABLES:
        if name != "work":
            assert len(sam.get(f"/clinic/figures/{name}.csv{ASKED}").text.splitlines()) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_file_is_of_another_period_than_was_asked_for(as_nadia):
    for page, asked, said in (
        ("/clinic/figures", "since=nonsense", "not a clear date"),
        ("/clinic/figures", "since=2026-06-02&until=2026-06-01", "after the last one"),
        ("/clinic/figures/late", "since=1900-01-01", "At most three years"),
        ("/day-list", "day=nonsense", "not a clear date"),
        ("/week-plan", "day=2036-01-01", "more than a year"),
    ):
        answer = as_nadia.get(f"{page}.csv?{asked}&_external=1&_scheme=javascript")

        assert answer.status_code == 302, page
        assert answer.location.startswith(f"{page}?"), page
        assert said in as_nadia.get(answer.location).text, asked
