"""The report of the day on a page: what the mail says, with names, and how often it comes."""

import sqlalchemy as sa

from tests.riverside import open_watch
from tests.web.conftest import NOW, post, rows
from tests.web.test_clinic_settings import PATH, typed
from tracker.domain.day_report import DAY, Wish
from tracker.models import Clinic, Membership, Role


def mine(session, staff):
    return rows(session, sa.select(Membership).where(Membership.staff_id == staff.id))[0]


def test_the_page_says_what_the_mail_says_by_name(as_nadia, here, session):
    open_watch(session, here.pump).danger_at = NOW - 2 * DAY
    session.commit()
    page = as_nadia.get("/report").text

    assert (
        f"{here.patient.family_name}, {here.patient.given_name}</a>: refill, 2 days late"
        in page
    )
    assert "If it does not come, the system is down" in page
    assert "nobody has asked for it" in page
    assert "Refills that ended a watch" in as_nadia.get("/report?of=week").text


def test_each_chooses_how_often_and_may_leave_it_to_the_clinic(as_nadia, here, session):
    session.commit()
    assert post(as_nadia, "/report/wish", wish="hourly").status_code == 422
    assert post(as_nadia, "/report/wish", wish="daily").status_code == 302
    assert mine(session, here.nadia).report is Wish.DAILY
    assert "is mailed at 07:30 to Nadia Nurse" in as_nadia.get("/report").text
    post(as_nadia, "/report/wish", wish="clinic")
    assert mine(session, here.nadia).report is None


def test_an_administrator_sets_the_hour_and_to_whom_it_goes(as_nadia, here, session):
    mine(session, here.nadia).role, clinic_id = Role.ADMINISTRATOR, here.clinic.id
    session.commit()
    wanted = typed(here.ito.id, quiet_from="21:30", report_at="06:15", week_report_on="4")
    assert post(as_nadia, PATH, **wanted, day_report_to="nurse").status_code == 302

    (clinic,) = rows(session, sa.select(Clinic).where(Clinic.id == clinic_id))
    assert (f"{clinic.report_at:%H:%M}", clinic.week_report_on) == ("06:15", 4)
    assert (clinic.day_report_to, clinic.week_report_to) == (Role.NURSE, None)
    refused = post(as_nadia, PATH, **wanted | {"week_report_on": "9"})
    assert (refused.status_code, 'id="week_report_on-error"' in refused.text) == (422, True)
