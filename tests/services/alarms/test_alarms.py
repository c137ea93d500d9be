"""An alarm of a pump: recorded once for each cause, told at once, ended by evidence alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.cast import messages
from tracker import jobs
from tracker.domain.alarm import Symptoms, Tone
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.ranking import Rank
from tracker.domain.silence import CannotSilence, SilenceKind
from tracker.models import Message, PumpEnd, Role, Watch
from tracker.services import alarm_closings, silences
from tracker.services.alarm_corrections import correct_alarm, facts_of
from tracker.services.alarm_watches import last_sounded_at, open_alarm_watch
from tracker.services.alarms import record_alarm
from tracker.services.clinics import add_member
from tracker.services.corrections import void
from tracker.services.cover import put_on_duty
from tracker.services.pumps import end_pump
from tracker.services.readings import ReadingFacts, record_interrogation

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def over(session, ward, code="empty_reservoir"):
    """The open watch on this alarm."""
    session.expire_all()
    return open_alarm_watch(session, ward.pump.id, code)


def said_of(session, watch):
    return [one for one in messages(session, watch_id=watch.id) if one.state == "planned"]


LEVELS = [
    ({"code": "empty_reservoir"}, "alarm", "urgent", HOUR),
    ({"code": "memory_error_noncritical"}, "minor_alarm", "warn", 2 * DAY),
    ({"code": "patient_controller_message"}, "minor_alarm", "warn", DAY),
    ({"tone": Tone.TWO_TONE}, "alarm", "urgent", HOUR),
    ({"tone": Tone.NOT_SURE}, "alarm", "urgent", 8 * HOUR),
    ({"code": "telemetry_mode_stuck", "symptoms": Symptoms.YES}, "alarm", "urgent", HOUR),
    ({"code": "eri", "symptoms": Symptoms.YES}, "alarm", "urgent", HOUR),
]


def test_promise_covered_every_level_is_told_at_the_next_tick(session, sessions, ward, now):
    found = []
    for what, *expected in LEVELS:
        eri_on = now.date() if what.get("code") == "eri" else None
        alarm = ward.reports(**what, eri_on=eri_on)
        watch = over(session, ward, alarm.code)
        kind, level, within = expected
        assert (watch.kind, watch.level, watch.danger_at) == (kind, level, now + within), what
        assert (watch.next_action_at, watch.owner_id) == (now, ward.nadia.id)
        found.append((watch.id, level))
    session.commit()

    jobs.tick(sessions, now=now, host="test")

    for watch_id, level in found:
        told = messages(session, watch_id=watch_id)
        assert {(one.template, one.level, one.state) for one in told} == {
            ("device_alarm", level, "planned")
        }
        assert ward.nadia.id in {one.staff_id for one in told}


def test_promise_covered_an_alarm_whose_watch_was_lost_is_itself_an_alarm(
    session, sessions, ward, now
):
    alarm = ward.reports()
    session.commit()
    before = jobs.tick(sessions, now=now, host="test")
    lost = {"closed_at": now, "open_key": None, "evidence_kind": "nothing"}
    session.execute(sa.update(Watch).where(Watch.alarm_id == alarm.id).values(lost))
    session.commit()

    beat = jobs.tick(sessions, now=now + MINUTE, host="test")

    ref = f"alarm:{alarm.id}"
    assert [one.ref for one in before.audit if one.ref == ref] == []
    assert [one.promise for one in beat.audit if one.ref == ref] == ["covered"]


def test_hazard_h24_a_critical_alarm_skips_the_ladder_and_is_asked_for_every_hour(
    session, sessions, ward, now
):
    lea = a_staff_member(session, "Lea Lead")
    add_member(session, ward.here.clinic, lea, role=Role.COORDINATOR)
    olga = a_staff_member(session, "Olga Duty", clinic=ward.here.clinic)
    put_on_duty(
        session, ward.here.clinic, olga, starts_at=now, ends_at=now + DAY, by=lea, now=now
    )
    ward.reports("motor_stall", at=now)
    watch = over(session, ward, "motor_stall")
    session.commit()

    jobs.tick(sessions, now=now, host="test")
    first = {one.staff.name for one in said_of(session, watch)}
    jobs.tick(sessions, now=now + HOUR, host="test")
    jobs.tick(sessions, now=now + 2 * HOUR, host="test")

    assert first == {"Nadia Nurse", "Olga Duty", "Lea Lead", "Ito Doctor"}
    rounds = {one.round for one in messages(session, watch_id=watch.id)}
    assert rounds == {1, 2, 3}


def test_promise_evidence_only_no_click_no_message_and_no_time_closes_an_alarm(
    session, sessions, ward, now
):
    ward.reports()
    watch = over(session, ward)
    until = silences.latest_end(watch, SilenceKind.ACKNOWLEDGEMENT, now=now)
    silences.acknowledge(session, watch, note="I go", until=until, by=ward.nadia, now=now)
    session.commit()
    for later in (MINUTE, HOUR, 30 * DAY):
        jobs.tick(sessions, now=now + later, host="test")
    session.execute(sa.update(Message).values(state="delivered", sent_at=now))
    session.commit()

    jobs.tick(sessions, now=now + 31 * DAY, host="test")

    assert over(session, ward).closed_at is None
    with pytest.raises(CannotSilence, match="date has passed"):
        silences.latest_end(over(session, ward), SilenceKind.SNOOZE, now=now + DAY)


def test_an_interrogation_closes_it_unless_it_is_older_or_of_nothing(session, ward, now):
    old = ward.interrogates(now - MINUTE)
    alarm = ward.reports()
    ward.reports(at=now + 5 * MINUTE)  # it sounds on
    between = ward.interrogates(now + MINUTE, now=now + 6 * MINUTE)
    with_it = ward.interrogates(now + 5 * MINUTE, now=now + 6 * MINUTE)
    for reading in (old, between, with_it):
        with pytest.raises(TrackerError, match="after the alarm"):
            alarm_closings.close_with_reading(
                session, alarm, reading, by=ward.nadia, now=now + 6 * MINUTE
            )
    reading = ward.interrogates(now + 6 * MINUTE, now=now + 6 * MINUTE)

    alarm_closings.close_with_reading(session, alarm, reading, by=ward.nadia, now=now + HOUR)

    (watch,) = session.scalars(sa.select(Watch).where(Watch.alarm_id == alarm.id))
    assert (watch.evidence_kind, watch.evidence_id) == ("reading", reading.id)
    with pytest.raises(TrackerError, match="closed already"):
        alarm_closings.close_with_reading(
            session, alarm, reading, by=ward.nadia, now=now + HOUR
        )


def test_a_reason_closes_it_only_with_a_clinician_who_works_here(session, ward, now):
    alarm = ward.reports()
    for facts, said in (
        ({"reason": " ", "clinician": ward.ito}, "reason"),
        ({"reason": "explanted", "clinician": ward.nadia}, "clinician of this clinic"),
        ({"reason": "explanted", "clinician": ward.sam}, "clinician of this clinic"),
    ):
        with pytest.raises(TrackerError, match=said):
            alarm_closings.close_with_reason(session, alarm, **facts, by=ward.nadia, now=now)

    closing = alarm_closings.close_with_reason(
        session, alarm, reason="alarm test at the bedside", clinician=ward.ito,
        by=ward.nadia, now=now,
    )  # fmt: skip

    assert over(session, ward) is None
    assert (closing.clinician.name, closing.closed_by.name) == ("Ito Doctor", "Nadia Nurse")


def test_promise_evidence_only_a_struck_out_interrogation_opens_its_alarm_again(
    session, ward, now
):
    alarm = ward.reports()
    reading = ward.interrogates(now + MINUTE)
    alarm_closings.close_with_reading(session, alarm, reading, by=ward.nadia, now=now + MINUTE)
    put_right = record_interrogation(
        session, ward.pump, ReadingFacts(read_at=now + MINUTE / 2, note="clock"),
        replaces=reading, reason="wrong minute", by=ward.nadia, now=now + HOUR,
    )  # fmt: skip
    assert over(session, ward) is None  # it is evidence still

    void(session, put_right, reason="another pump's", by=ward.nadia, now=now + 2 * HOUR)

    watch = over(session, ward)
    assert (watch.alarm_id, watch.level, watch.next_action_at) == (
        alarm.id, "urgent", now + 2 * HOUR,
    )  # fmt: skip


def test_an_interrogation_corrected_to_before_the_alarm_opens_it_again(session, ward, now):
    alarm = ward.reports()
    reading = ward.interrogates(now + MINUTE)
    alarm_closings.close_with_reading(session, alarm, reading, by=ward.nadia, now=now + MINUTE)

    record_interrogation(
        session, ward.pump, ReadingFacts(read_at=now - HOUR, note="clock"),
        replaces=reading, reason="wrong hour", by=ward.nadia, now=now + HOUR,
    )  # fmt: skip

    assert over(session, ward).alarm_id == alarm.id


def test_one_cause_has_one_watch_and_a_later_report_only_presses_it(session, ward, now):
    first = ward.reports("low_reservoir")
    calm = over(session, ward, "low_reservoir")
    assert calm.rank == Rank.CLINICAL
    again = ward.reports("low_reservoir", at=now + HOUR, symptoms=Symptoms.YES)

    watch = over(session, ward, "low_reservoir")

    assert watch.id == calm.id
    assert (again.repeats_id, watch.alarm_id) == (first.id, first.id)
    assert (watch.kind, watch.level, watch.danger_at) == ("alarm", "urgent", now + 2 * HOUR)
    assert watch.rank == Rank.AT_ONCE
    ward.reports("low_reservoir", at=now + 2 * HOUR)  # and the calmer one changes nothing
    watch = over(session, ward, "low_reservoir")
    assert (watch.kind, watch.danger_at) == ("alarm", now + 2 * HOUR)


def test_a_correction_stays_beside_the_report_and_puts_nothing_off(session, ward, now):
    first = ward.reports("low_reservoir", symptoms=Symptoms.YES)
    before = over(session, ward, "low_reservoir").danger_at
    calmer = replace(facts_of(first), symptoms=Symptoms.NO, alarmed_at=now - HOUR)
    with pytest.raises(TrackerError, match="why"):
        correct_alarm(session, first, calmer, reason=" ", by=ward.nadia, now=now)

    row = correct_alarm(session, first, calmer, reason="misheard", by=ward.nadia, now=now)

    watch = over(session, ward, "low_reservoir")
    assert (watch.kind, watch.danger_at, watch.alarm_id) == ("alarm", before, first.id)
    assert (row.replaces_id, first.symptoms) == (first.id, Symptoms.YES)
    assert last_sounded_at(session, first) == now - HOUR  # the corrected row counts no more
    with pytest.raises(TrackerError, match="already"):
        correct_alarm(session, first, calmer, reason="again", by=ward.nadia, now=now)


def test_the_same_alarm_after_it_was_closed_is_a_new_one_and_names_the_old(session, ward, now):
    first = ward.reports()
    alarm_closings.close_with_reading(
        session, first, ward.interrogates(now + MINUTE), by=ward.nadia, now=now + MINUTE
    )

    second = ward.reports(at=now + DAY)

    assert (second.follows_id, second.repeats_id) == (first.id, None)
    assert over(session, ward).alarm_id == second.id


def test_empty_speaks_for_low_and_low_speaks_again_when_empty_is_closed(
    session, sessions, ward, now
):
    ward.reports("low_reservoir")
    low = over(session, ward, "low_reservoir")
    session.commit()
    jobs.tick(sessions, now=now, host="test")
    empty = ward.reports(at=now + MINUTE)
    session.commit()
    assert said_of(session, low) == []  # what waited gives way
    jobs.tick(sessions, now=now + 9 * HOUR, host="test")
    jobs.tick(sessions, now=now + 3 * DAY, host="test")
    beat = jobs.tick(sessions, now=now + 3 * DAY + MINUTE, host="test")
    assert said_of(session, low) == []
    assert over(session, ward, "low_reservoir").inhibited_by == "empty_reservoir"
    assert "unsaid" not in {one.promise for one in beat.audit}

    later = now + 3 * DAY + HOUR  # before its own repeat
    reading = ward.interrogates(later)
    alarm_closings.close_with_reading(session, empty, reading, by=ward.nadia, now=later)
    session.commit()
    jobs.tick(sessions, now=later, host="test")

    assert over(session, ward, "low_reservoir").inhibited_by is None
    assert {one.round for one in said_of(session, low)} != set()


def test_what_was_heard_is_closed_with_what_the_programmer_showed(session, ward, now):
    heard = ward.reports(tone=Tone.NOT_SURE)
    reading = ward.interrogates(now + MINUTE)
    for found in ("", "nonsense", "refill_overdue", "critical_tone_heard"):
        with pytest.raises(TrackerError):
            alarm_closings.close_with_reading(
                session, heard, reading, found=found, by=ward.nadia, now=now + MINUTE
            )

    alarm_closings.close_with_reading(
        session, heard, reading, found="empty_reservoir", by=ward.nadia, now=now + MINUTE
    )

    assert over(session, ward, heard.code) is None
    assert over(session, ward).kind is WatchKind.ALARM


def test_a_replacement_indicator_sets_the_end_of_the_battery(session, ward, now):
    battery = sa.select(Watch.dry_at).where(Watch.open_key == ward.pump.battery_watch_key)
    before = session.scalar(battery)
    with pytest.raises(TrackerError, match="battery's end counts from it"):
        ward.reports("eri")
    eri_on = now.date() - 5 * DAY

    alarm = ward.reports("eri", eri_on=eri_on)

    ends = session.scalar(battery)
    assert ends < before
    assert ends.date() - eri_on <= 90 * DAY
    unstated = ward.interrogates(now + MINUTE)
    with pytest.raises(TrackerError, match="day of the replacement indicator"):
        alarm_closings.close_with_reading(
            session, alarm, unstated, by=ward.nadia, now=now + MINUTE
        )
    stated = ward.interrogates(now + HOUR, eri_on=eri_on)
    alarm_closings.close_with_reading(session, alarm, stated, by=ward.nadia, now=now + HOUR)


# zero, none, stale, negative and future, of everything that an alarm is told with
ODD = [
    ({"alarmed_at": MINUTE}, "future"),
    ({"reported_at": MINUTE}, "future"),
    ({"reported_at": -MINUTE}, "before it sounds"),
    ({"alarmed_at": -4000 * DAY}, "not implanted yet"),
    ({"doing": ""}, "what is done"),
    ({"doing": " "}, "what is done"),
    ({"code": ""}, "no such alarm"),
    ({"code": "nonsense"}, "no such alarm"),
    ({"code": "refill_overdue"}, "No programmer"),
    ({"code": "alarm_heard_unverified"}, "No programmer"),
    ({"code": "eri", "tone": Tone.SINGLE}, "No programmer"),
    ({"code": "alarm_heard_unverified", "tone": Tone.TWO_TONE}, "another tone"),
]


def test_an_alarm_that_cannot_be_so_is_refused_and_opens_nothing(session, ward, now):
    for odd, said in ODD:
        told = {name: now + v if isinstance(v, timedelta) else v for name, v in odd.items()}
        facts = replace(ward.facts(), **told)

        with pytest.raises(TrackerError, match=said):
            record_alarm(session, ward.pump, facts, by=ward.nadia, now=now)

    assert session.scalar(sa.select(sa.func.count(Watch.id)).where(Watch.alarm_id > 0)) == 0


def test_an_alarm_that_is_told_of_days_later_is_late_at_once(session, ward, now):
    ward.reports(alarmed_at=now - 3 * DAY, reported_at=now - 2 * DAY)

    assert over(session, ward).danger_at == now - 2 * DAY + HOUR


def test_an_alarm_ends_with_its_pump_and_none_is_recorded_after(session, ward, now):
    ward.reports()

    end_pump(
        session,
        ward.pump,
        ended_on=now.date(),
        kind=PumpEnd.DIED,
        note="letter",
        by=ward.nadia,
        now=now,
    )

    assert over(session, ward) is None
    with pytest.raises(TrackerError, match="watched no more"):
        ward.reports(at=now + DAY)
