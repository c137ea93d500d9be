"""The emergency list: on disk each morning before it is promised, mailed, readable alone."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.outlets import over_smtp
from tests.riverside import open_watch, programme_facts, pump_of, refilled, riverside
from tests.smtp_sink import smtp_sink
from tracker.domain.alarm import Reporter
from tracker.domain.danger import WatchKind
from tracker.domain.infusion import Mode
from tracker.interop.printouts.emergency_page import emergency_page
from tracker.interop.printouts.emergency_pdf import emergency_pdf
from tracker.jobs import deliver, make_lists, tick
from tracker.models import Clinic, Message, MorningList, Pump, Watch
from tracker.services.alarms import AlarmFacts, record_alarm
from tracker.services.morning_lists import emergency_list
from tracker.services.programmes import change_dose

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def here(session, now):
    """Riverside with one pump that is due within days, and one that was filled yesterday."""
    place = riverside(session)
    due, fresh = pump_of(session, place), pump_of(session, place)
    due.patient.family_name = "Święcicki"
    for pump in (due, fresh):
        refilled(session, pump, place)
    watch = open_watch(session, due)
    watch.danger_at, watch.dry_at = now + 3 * DAY, now + 10 * DAY
    place.clinic.emergency_plan = "Phone the on-call physician."
    session.commit()
    return place


def lists_of(session):
    session.expire_all()
    found = list(session.scalars(sa.select(MorningList).order_by(MorningList.id)))
    session.commit()  # a reader that stays open keeps others from writing
    return found


def test_it_names_who_is_due_in_thirty_days_and_whom_to_phone(session, here, now):
    made = emergency_list(session, session.get_one(Clinic, here.clinic.id), now=now)

    (one,) = made.entries
    assert one.patient == "Święcicki, Ida"
    assert "baclofen 400 mcg/day (0.4 mg/day)" in one.dose.lower()
    assert one.refill_by_on == (now + 3 * DAY).date()
    assert one.owner == "Nadia Nurse"
    assert made.plans == (("In general", "Phone the on-call physician."),)


def test_what_has_no_date_stands_at_the_top(session, here, now):
    nothing_known = pump_of(session, here)
    session.commit()

    made = emergency_list(session, session.get_one(Clinic, here.clinic.id), now=now)

    assert [one.refill_by_on is None for one in made.entries] == [True, False]
    assert nothing_known.serial in made.entries[0].pump


def test_a_stopped_pump_says_since_when_it_gives_no_drug(session, here, now):
    pump = session.scalars(sa.select(Pump).order_by(Pump.id.desc())).first()
    stop = programme_facts(effective_at=now, mode=Mode.STOPPED, dose_mcg_per_day=None)
    change_dose(session, pump, stop, reason="infection", by=here.nadia, now=now)

    made = emergency_list(session, session.get_one(Clinic, here.clinic.id), now=now + DAY)

    (one,) = [entry for entry in made.entries if pump.serial in entry.pump]
    assert one.reasons == ("the pump is stopped since 1 Jun 2026: no drug is given",)
    assert "stopped since 1 Jun 2026" in emergency_page(made)


def test_an_open_alarm_stands_at_the_top_with_the_dates_of_its_refill(session, here, now):
    due, fresh = session.scalars(sa.select(Pump).order_by(Pump.id))
    heard = AlarmFacts(
        code="empty_reservoir", alarmed_at=now, reported_at=now, reporter=Reporter.CLINIC,
        doing="comes in",
    )  # fmt: skip
    record_alarm(session, fresh, heard, by=here.nadia, now=now)
    here.clinic.emergency_plan_critical = "Ring Dr Ito."

    made = emergency_list(session, session.get_one(Clinic, here.clinic.id), now=now)

    first, second = made.entries
    assert fresh.serial in first.pump
    assert first.alarms == ("Critical alarm of the pump: Reservoir empty.",)
    assert first.refill_by_on is not None
    assert (second.pump.endswith(due.serial), second.alarms) == (True, ())
    assert made.plans[0] == ("Critical risk of withdrawal", "Ring Dr Ito.")
    for printed in (emergency_page(made), emergency_pdf(made)):
        assert printed


def test_a_clinic_without_danger_is_told_so_in_words(session, here, now):
    neighbour = session.get_one(Clinic, here.neighbour.id)

    assert "All is well" in emergency_list(session, neighbour, now=now).sentence


def test_promise_alive_or_known_dead_each_clinic_has_its_list_once_a_day(
    sessions, session, here, now, tmp_path
):
    """Hazard H31: the list of the day lies on disk, to be read without the system."""
    first = make_lists(sessions, str(tmp_path), now=now)
    again = make_lists(sessions, str(tmp_path), now=now + HOUR)
    next_day = make_lists(sessions, str(tmp_path), now=now + DAY)

    assert [len(first), len(again), len(next_day)] == [2, 0, 2]
    files = [Path(file) for made in first for file in made.files]
    assert all(file.stat().st_size > 500 for file in files)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_it_waits_for_the_clinics_own_morning(sessions, here, now, tmp_path):
    before_six = now.replace(hour=4)  # 05:00 in London

    assert make_lists(sessions, str(tmp_path), now=before_six) == []
    assert len(make_lists(sessions, str(tmp_path), now=before_six + HOUR)) == 2


def test_after_days_without_a_scheduler_todays_list_is_made_and_no_other(
    sessions, session, here, now, tmp_path
):
    make_lists(sessions, str(tmp_path), now=now)
    make_lists(sessions, str(tmp_path), now=now + 40 * DAY)

    mine = [one for one in lists_of(session) if one.clinic_id == here.clinic.id]
    assert [one.for_on for one in mine] == [now.date(), (now + 40 * DAY).date()]


def test_a_page_that_cant_be_written_leaves_nothing_promised(
    sessions, session, here, now, tmp_path
):
    in_the_way = tmp_path / "lists"
    in_the_way.write_text("a file where the folder should be")

    with pytest.raises(NotADirectoryError):
        make_lists(sessions, str(in_the_way), now=now)

    assert lists_of(session) == []
    assert len(make_lists(sessions, str(tmp_path / "free"), now=now)) == 2


def test_it_is_mailed_with_both_pages_to_those_who_can_act(
    sessions, session, here, now, tmp_path
):
    make_lists(sessions, str(tmp_path), now=now)
    tick(sessions, now=now, host="h")
    with smtp_sink() as sink:
        deliver(sessions, over_smtp(sink.port), host="h", now=now)

    mails = [message_from_bytes(one.raw, policy=default) for one in sink.mails]
    (mine,) = [
        one
        for one in mails
        if "Emergency list" in one["Subject"] and "Riverside" in one["Subject"]
    ]
    names = [part.get_filename() for part in mine.iter_attachments()]
    assert names == ["emergency-list-2026-06-01.html", "emergency-list-2026-06-01.pdf"]
    page, pdf = (part.get_content() for part in mine.iter_attachments())
    assert "Święcicki" in page
    assert "If tomorrow&#39;s list does not come" in page
    assert pdf.startswith(b"%PDF")
    body = mine.get_body(("plain",)).get_content()
    assert "1 pump is on the list, none is late." in body
    assert "baclofen" not in body.lower()


def test_promise_evidence_only_the_next_list_ends_the_watch_of_the_last(
    sessions, session, here, now, tmp_path
):
    for day in (0, 1):
        make_lists(sessions, str(tmp_path), now=now + day * DAY)

    watches = session.scalars(
        sa.select(Watch)
        .where(Watch.kind == WatchKind.LIST, Watch.clinic_id == here.clinic.id)
        .order_by(Watch.id)
    ).all()
    assert [one.closed_at is None for one in watches] == [False, True]
    assert watches[0].evidence_kind == "next_list"


def test_a_page_that_is_gone_when_it_is_mailed_is_told_as_a_fault(
    sessions, session, here, now, tmp_path
):
    for made in make_lists(sessions, str(tmp_path), now=now):
        for file in made.files:
            Path(file).unlink()
    tick(sessions, now=now, host="h")
    with smtp_sink() as sink:
        deliver(sessions, over_smtp(sink.port), host="h", now=now)

    failed = session.scalars(
        sa.select(Message.state_reason).where(Message.state == "failed")
    ).all()
    assert any("can't be read" in one for one in failed)
    assert session.scalar(sa.select(Watch.id).where(Watch.kind == WatchKind.SYSTEM)) is not None


def test_the_command_writes_the_pages_where_it_is_told(runner, session, here, tmp_path):
    done = runner.invoke(
        args=["emergency-list", "--clinic", "Riverside", "--folder", str(tmp_path)]
    )

    assert done.exit_code == 0, done.output
    assert [Path(line).suffix for line in done.output.split()] == [".html", ".pdf"]
    assert lists_of(session) == []


def test_a_pump_more_costs_its_own_records_and_nothing_else(session, here, now, engine):
    clinic = session.get_one(Clinic, here.clinic.id)
    asked: list[str] = []
    sa.event.listen(
        engine, "before_cursor_execute", lambda *call: asked.append(call[2].split()[0])
    )

    def queries() -> int:
        session.expire_all()
        asked.clear()
        emergency_list(session, session.get_one(Clinic, clinic.id), now=now)
        return asked.count("SELECT")

    one = queries()
    for _ in range(3):
        pump_of(session, here)  # nothing is on record: it is on the list
    session.commit()

    assert queries() - one <= 3 * 5  # refills with their drugs, programmes, boluses, readings
