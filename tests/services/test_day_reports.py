"""The report of the day: to whom it goes, once, also after an outage, and what it says."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.outlets import Listed, into
from tests.riverside import open_watch, pump_of, refilled, riverside
from tracker.domain.danger import WatchKind
from tracker.domain.day_report import Wish
from tracker.jobs import deliver, tick
from tracker.models import Clinic, Membership, Message, Role, Watch
from tracker.services.audits import audit
from tracker.services.clinics import add_member
from tracker.services.cover import record_absence
from tracker.services.day_report_contents import report
from tracker.services.day_reports import choose, open_reports
from tracker.services.heartbeats import look

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def here(session):
    """Riverside with Cora, its coordinator, and Hedda, who leads it."""
    place = riverside(session)
    cora, hedda = a_staff_member(session, "Cora"), a_staff_member(session, "Hedda")
    add_member(session, place.clinic, cora, role=Role.COORDINATOR)
    add_member(session, place.clinic, hedda, role=Role.ADMINISTRATOR)
    session.commit()
    return place


def run(sessions, now, sender=None):
    """One turn of the timer; what was handed over."""
    sender = sender or Listed()
    with sessions.begin() as session:
        open_reports(session, now=now)
    tick(sessions, now=now, host="h")
    deliver(sessions, into(sender), host="h", now=now)
    return sender.taken


def member(session, name):
    asked = sa.select(Membership).join(Membership.staff)
    return next(one for one in session.scalars(asked) if one.staff.name == name)


def subjects(mails):
    return sorted((reader(one), one.words.subject) for one in mails)


def reader(mail):
    return mail.words.body.split("\n")[0].removeprefix("Dear ").removesuffix(",")


def reports(mails):
    return [one for one in mails if "Report of" in one.words.subject]


def told(mails):
    return sorted({reader(one) for one in reports(mails)})


def test_promise_alive_or_known_dead_each_reader_has_one_report_and_it_names_the_next(
    sessions, session, here, now
):
    """1 June 2026 is a Monday: that of the week goes out as well."""
    mails = run(sessions, now)

    assert subjects(reports(mails)) == [
        ("Cora", "Report of the day, 1 Jun 2026: Riverside"),
        ("Hedda", "Report of the week, 1 Jun 2026: Riverside"),
    ]
    assert reports(run(sessions, now + HOUR)) == []
    day, week = (one.words.body for one in sorted(mails, key=reader))
    assert "The next one comes on Tuesday, 2 Jun 2026, 07:30 (Europe/London)." in day
    assert "If it does not come, the system is down" in day
    assert "The next one comes on Monday, 8 Jun 2026, 07:30" in week
    assert "Refills that ended a watch: 0 (before: 0)" in week
    assert "All is well" in day
    assert "found nothing wrong: Monday, 1 Jun 2026" in day


def test_after_an_outage_each_gets_one_current_report_and_those_of_old_are_not_sent(
    sessions, session, here, now
):
    down = Listed(fails=OSError("no way out"))
    run(sessions, now, down)
    mails = reports(run(sessions, now + 3 * DAY))

    assert told(mails) == ["Cora", "Hedda"]
    assert [one.words.subject for one in mails if "of the day" in one.words.subject] == [
        "Report of the day, 4 Jun 2026: Riverside"
    ]
    kinds = sa.select(Watch.evidence_kind).where(Watch.kind == WatchKind.DAY_REPORT)
    assert session.scalars(kinds.order_by(Watch.id)).first() == "next_report"


def test_who_is_away_has_it_read_by_the_deputy_and_who_has_left_gets_none(
    sessions, session, here, now
):
    cora = member(session, "Cora").staff
    record_absence(
        session, here.clinic, cora, starts_at=now - HOUR, ends_at=now + 3 * DAY,
        deputy=here.nadia, by=cora, now=now,
    )  # fmt: skip
    choose(session, member(session, "Hedda"), Wish.OFF)
    session.commit()
    assert told(run(sessions, now)) == ["Nadia Nurse"]

    cora.left_at = now
    session.commit()
    assert reports(run(sessions, now + DAY)) == []


def test_each_chooses_for_themselves_and_nobody_wanting_it_is_no_breach(
    sessions, session, here, now
):
    choose(session, member(session, "Cora"), Wish.OFF)
    choose(session, member(session, "Hedda"), Wish.OFF)
    choose(session, member(session, "Nadia Nurse"), Wish.DAILY)
    session.commit()
    assert told(run(sessions, now)) == ["Nadia Nurse"]

    choose(session, member(session, "Nadia Nurse"), None)  # nurses get none unless they ask
    session.commit()
    assert reports(run(sessions, now + DAY)) == []
    assert audit(session, look(session), None, now=now + DAY + 5 * HOUR) == []


def test_promise_alive_or_known_dead_a_report_that_nobody_begins_is_a_breach(
    sessions, session, here, now
):
    with sessions.begin() as other:
        open_reports(other, now=now)

    found = audit(session, look(session), None, now=now + DAY)
    assert {one.promise for one in found if one.clinic_id == here.clinic.id} >= {"report"}


def test_it_lists_what_is_late_by_initials_and_says_first_that_the_audit_did_not_pass(
    sessions, session, here, now
):
    pump, near = pump_of(session, here), pump_of(session, here)
    for one in (pump, near):
        refilled(session, one, here)
    open_watch(session, pump).danger_at = now - 3 * DAY
    open_watch(session, near).danger_at = now + 2 * DAY
    session.commit()
    mails = reports(run(sessions, now))
    (body,) = [one.words.body for one in mails if "of the day" in one.words.subject]

    initials = f"I{pump.patient.family_name[0]}, pump {pump.id}: refill, 3 days late"
    assert initials in body
    assert f"pump {near.id}: refill, 2 days left" in body
    assert pump.patient.family_name not in body
    assert "baclofen" not in body.lower()

    clinic = session.get_one(Clinic, here.clinic.id)
    later = report(session, clinic, WatchKind.DAY_REPORT, now=now + DAY)
    assert later.sentence.startswith("The program's own audit did not pass")
    assert "The scheduler's last tick was 24 hours ago." in later.wrong


def test_it_is_read_whole_beside_other_mails_and_stands_on_no_board(
    sessions, session, here, now
):
    refilled(session, pump := pump_of(session, here), here)
    watch = open_watch(session, pump)
    watch.danger_at, watch.next_action_at = now - 3 * DAY, now
    choose(session, member(session, "Nadia Nurse"), Wish.DAILY)
    session.commit()
    mails = [one for one in run(sessions, now) if reader(one) == "Nadia Nurse"]

    assert len(mails) >= 2
    assert len(reports(mails)) == 1
    sent = session.scalars(sa.select(Message.state).where(Message.template == "day_report"))
    assert set(sent) == {"sent"}
    clinic = session.get_one(Clinic, here.clinic.id)
    made = report(session, clinic, WatchKind.DAY_REPORT, now=now)
    assert not [one for part in made.parts for one in part.lines if "report" in one.text]
