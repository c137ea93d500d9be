"""The calendar, the plan, places, holidays and days away, each as one task on its pages."""

import re
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.riverside import open_watch, pump_of, refilled
from tests.web.conftest import NOW, let_in, post, rows, sign_in
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Closure, Proposal, Role, WorkedHoliday
from tracker.services.clinics import add_member
from tracker.services.places import set_weekdays
from tracker.web import visit_plans

DAY = timedelta(days=1)


@pytest.fixture
def as_cora(client, here, session):
    """Cora coordinates."""
    cora = a_staff_member(session, "Cora Coordinator", email="cora@example.org")
    cora.password_hash = here.nadia.password_hash
    add_member(session, here.clinic, cora, role=Role.COORDINATOR)
    session.commit()
    sign_in(client, cora.email)
    return client


def refill_by_on(session, here) -> date:
    return open_watch(session, here.pump).danger_at.date()


def test_a_visit_is_booked_moved_and_called_off_from_the_calendar(as_nadia, here, session):
    week, pump = "2026-07-13", here.pump.id
    assert "Choose a day" in as_nadia.get(f"/calendar?week={week}").text
    page = as_nadia.get(f"/calendar?week={week}&pump={pump}").text
    assert 'form="placing" name="scheduled_at_on" value="2026-07-15"' in page

    typed = {"week": week, "scheduled_at_on": "2026-07-15", "scheduled_at_time": "10:30"}
    done = post(as_nadia, f"/pumps/{pump}/visit", **typed)
    assert done.location.endswith(f"/calendar?week={week}")
    visit = rows(session, sa.select(Appointment))[0]
    assert "1 booked" in as_nadia.get(done.location).text
    held = as_nadia.get(f"/calendar?week={week}&visit={visit.id}").text
    assert "Move here" in held
    assert "Cancel the visit" in held

    moved = typed | {"scheduled_at_on": "2026-07-16"}
    assert post(as_nadia, f"/appointments/{visit.id}/move", **moved).location == done.location
    late = typed | {"scheduled_at_on": "2027-01-11"}
    new = rows(session, sa.select(Appointment).order_by(Appointment.id))[-1]
    refused = post(as_nadia, f"/appointments/{new.id}/move", **late)
    assert refused.status_code == 422
    assert "after refill-by" in refused.text
    assert 'name="week" value="2026-07-13"' in refused.text
    ended = {"week": week, "became": "cancelled", "reason_of_end": "ill"}
    assert post(as_nadia, f"/appointments/{new.id}/end", **ended).status_code == 302
    states = rows(session, sa.select(Appointment.state).order_by(Appointment.id))
    assert states == [VisitState.MOVED, VisitState.CANCELLED]


def test_another_clinics_visit_is_not_taken_in_hand(app, here):
    sam = app.test_client()
    sign_in(sam, here.sam.email)

    assert sam.get(f"/calendar?pump={here.pump.id}").status_code == 404
    for odd in ("visit=99", "visit=x", "pump=999999999999"):
        assert sam.get(f"/calendar?{odd}").status_code == 404
    assert sam.get("/calendar?week=nonsense").status_code == 200


def test_a_visit_past_the_places_asks_for_a_reason_and_keeps_what_was_typed(
    as_nadia, here, session
):
    set_weekdays(session, here.clinic, dict.fromkeys(range(5), 0), by=here.nadia, now=NOW)
    session.commit()
    typed = {"scheduled_at_on": "2026-07-15", "scheduled_at_time": "10:30"}

    refused = post(as_nadia, f"/pumps/{here.pump.id}/visit", **typed)

    assert refused.status_code == 422
    assert 'id="full_reason-error"' in refused.text
    assert "0 of 0 places are taken" in refused.text
    assert "10:30" in refused.text
    typed["full_reason"] = "no other day"
    assert post(as_nadia, f"/pumps/{here.pump.id}/visit", **typed).status_code == 302
    assert "past the places: no other day" in as_nadia.get("/calendar?week=2026-07-15").text
    assert "full" in as_nadia.get("/calendar?week=2026-07-15").text


def test_a_coordinator_books_from_the_plan_and_a_nurse_only_reads_it(
    as_cora, app, here, session, monkeypatch
):
    later = open_watch(session, here.pump).danger_at - 30 * DAY
    session.commit()
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: later)
    sign_in(as_cora, "cora@example.org")
    page = as_cora.get("/plan")
    found = re.search(r'name="(visit-\d+)" value="([^"]+)"', page.text)
    assert "kept for a second try" in page.text
    assert rows(session, sa.select(Appointment)) == []

    assert post(as_cora, "/plan", **{found[1]: found[2]}).status_code == 422
    chosen = {found[1]: found[2], "only": str(here.pump.id)}
    assert post(as_cora, "/plan", **chosen).status_code == 302
    visit = rows(session, sa.select(Appointment))[0]
    assert visit.scheduled_at == datetime.fromisoformat(found[2].split("|")[0])
    again = post(as_cora, "/plan", **chosen)
    assert again.status_code == 422
    assert "A visit is booked for" in again.text
    nurse = app.test_client()
    sign_in(nurse, here.nadia.email)
    assert nurse.get("/plan").status_code == 200
    for path in ("/plan", "/clinic/places", "/clinic/holidays"):  # nothing they may not do
        assert f'method="post" action="{path}' not in nurse.get(path).text
    assert post(nurse, "/plan", **chosen).status_code == 403


def test_places_are_set_for_weekdays_and_for_one_day(as_cora, here):
    week = {"visits_0": "4", "visits_1": "2", "home_1": "yes"}
    assert post(as_cora, "/clinic/places", **week).status_code == 302
    day = {"on_day": "2026-07-13", "visits": "1"}
    assert "Say why" in post(as_cora, "/clinic/places/day", **day).text
    assert post(as_cora, "/clinic/places/day", **day, reason="one nurse").status_code == 302

    page = as_cora.get("/calendar?week=2026-07-13").text

    for words in ("0 of 1", "0 of 2", "0 of 4", "no home visits"):
        assert words in page
    assert "one nurse" in as_cora.get("/clinic/places").text
    assert "from 0 to 200" in post(as_cora, "/clinic/places", visits_0="900").text


def test_holidays_are_closed_at_once_and_opened_by_two(as_cora, here, session):
    path, year = "/clinic/holidays", {"year": "2026"}
    before = open_watch(session, here.pump).danger_at
    session.commit()
    chosen = {"country": "GB", "subdivision": "ENG"}
    assert post(as_cora, f"{path}/country", **chosen, **year).status_code == 302
    assert rows(session, sa.select(Closure)) == []  # choosing closes nothing
    page = as_cora.get(f"{path}?year=2026").text
    assert "Boxing Day (observed)" in page

    work = {"on": "2026-08-31", "why_2026-08-31": "long list"}
    assert post(as_cora, f"{path}/work", **work, **year).status_code == 302
    assert post(as_cora, f"{path}/close", **year).status_code == 302
    closed = rows(session, sa.select(Closure.closed_on).order_by(Closure.closed_on))
    assert closed == [date(2026, 12, 25), date(2026, 12, 28)]
    assert rows(session, sa.select(WorkedHoliday.reason)) == ["long list"]
    session.expire_all()
    assert open_watch(session, here.pump).danger_at <= before
    session.commit()

    reopen = {"on": "2026-12-25", "why_2026-12-25": "we are here"}
    waits = post(as_cora, f"{path}/work", **reopen, **year)
    assert "/proposals/" in waits.location
    assert rows(session, sa.select(Proposal.outcome).where(Proposal.outcome.is_(None)))
    assert len(rows(session, sa.select(Closure))) == 2  # nothing has changed yet
    assert post(as_cora, f"{path}/close", on="2026-08-31", **year).status_code == 302
    assert rows(session, sa.select(WorkedHoliday)) == []


def test_closing_a_day_names_the_visits_that_stand_on_it(as_nadia, app, here, session):
    number = here.pump.id
    when = {"scheduled_at_on": "2026-07-15", "scheduled_at_time": "10:30"}
    assert post(as_nadia, f"/pumps/{number}/visit", **when).status_code == 302
    ann = a_staff_member(session, "Ann", clinic=here.clinic, role=Role.ADMINISTRATOR)
    as_ann = let_in(app.test_client(), session, ann)
    days = {"first_on": "2026-07-14", "last_on": "2026-07-15", "name": "Repairs"}

    closed = post(as_ann, "/clinic/closures", **days)

    visit = rows(session, sa.select(Appointment))[0]
    said = as_ann.get(closed.location).text
    assert "1 booked visit stands on a day that is closed now. Move it:" in said
    link = re.search(r'href="(/calendar\?visit=[^"#]+)#in-hand"', said)[1]
    assert link.endswith(f"visit={visit.id}")
    assert here.patient.family_name in as_nadia.get(link).text
    assert f"The closed days of {here.clinic.name} are saved" in said

    there = {"scheduled_at_on": "2026-07-14", "scheduled_at_time": "10:30"}
    shut = post(as_nadia, f"/appointments/{visit.id}/move", **there).text
    assert "The clinic is closed on 14 Jul 2026" in shut
    assert "only a clinician can book" not in shut  # it comes before refill-by


def test_who_may_not_book_after_refill_by_is_told_who_may_and_how_it_comes_to_them(
    as_cora, here, session
):
    number, refill = here.pump.id, open_watch(session, here.pump)
    give = f'href="/watches/{refill.id}#give"'
    late = refill.danger_at + 2 * DAY
    session.rollback()
    refused = post(
        as_cora, f"/pumps/{number}/visit",
        scheduled_at_on=late.date().isoformat(), scheduled_at_time="10:30",
    )  # fmt: skip
    assert refused.status_code == 422
    assert "only a clinician can allow a later one, with a reason: Ito Doctor." in refused.text
    assert give in refused.text
    assert 'id="give"' in as_cora.get(f"/watches/{refill.id}").text

    assert give not in as_cora.get(f"/calendar?pump={number}").text
    open_watch(session, here.pump).danger_at = NOW - DAY
    session.commit()
    for path in (f"/calendar?pump={number}", f"/pumps/{number}/visit"):
        page = as_cora.get(path).text
        assert give in page, path
        assert "Here that is Ito Doctor." in page


def test_days_away_are_shown_wherever_a_day_is_chosen(as_nadia, here, session):
    path = f"/patients/{here.patient.id}/away"
    typed = {"first_on": "2026-07-13", "last_on": "2026-07-12", "place": "Crete, +30 555"}
    refused = post(as_nadia, path, **typed)
    assert "The last day comes before the first" in refused.text
    assert "Crete" in refused.text
    assert post(as_nadia, path, **typed | {"last_on": "2026-07-24"}).status_code == 302
    travel = {"is_seen_at_home": "yes", "travel_minutes": "50", "best_1": "yes"}
    assert post(as_nadia, f"/patients/{here.patient.id}/travel", **travel).status_code == 302

    pump = here.pump.id
    visit = {"scheduled_at_on": "2026-07-15", "scheduled_at_time": "10:30"}
    assert post(as_nadia, f"/pumps/{pump}/visit", **visit).status_code == 302
    again = post(as_nadia, path, first_on="2026-07-14", last_on="2026-07-16")
    said = as_nadia.get(again.location).text
    assert "1 booked visit stands on a day on which the patient is away. Move it: <a" in said
    assert f"15 Jul 2026, 10:30, pump {pump}</a>" in said
    assert "patient is away" in as_nadia.get("/calendar?week=2026-07-13").text
    for page in ("/", f"/pumps/{pump}", f"/pumps/{pump}/visit", f"/calendar?pump={pump}"):
        text = as_nadia.get(page).text
        assert "way 13 Jul 2026 to 24 Jul 2026" in text, page
    assert "50 minutes away" in text
    number = re.search(r"/aways/(\d+)/withdraw", as_nadia.get(path).text)[1]
    assert post(as_nadia, f"/aways/{number}/withdraw").status_code == 302
    assert "Away 13 Jul" not in as_nadia.get(f"/pumps/{pump}").text.split("move it")[-1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_plan_comes_page_by_page_and_says_how_to_go_on(as_cora, here, session, monkeypatch):
    monkeypatch.setattr(visit_plans, "PAGE", 1)
    other = pump_of(session, here.place)
    refilled(session, other, here.place)
    session.commit()

    first, second = (as_cora.get(f"/plan?page={number}").text for number in (1, 2))

    assert "Page 1 of 2" in first
    assert "the others move up" in first
    found = [re.findall(r'name="visit-(\d+)"', text) for text in (first, second)]
    assert sorted([*found[0], *found[1]]) == sorted([str(here.pump.id), str(other.id)])
    assert 'href="/plan?page=2"' in first
    chosen = dict(re.findall(r'name="(visit-\d+)" value="([^"]+)"', second))
    monkeypatch.setattr(visit_plans, "MOST_AT_ONCE", 0)
    answer = post(as_cora, "/plan?page=2", **chosen, only=found[1][0])
    said = as_cora.get(answer.location).text
    assert "At most 0 are booked at once: 1 are not booked yet." in said
