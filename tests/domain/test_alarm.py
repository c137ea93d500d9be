"""The catalogue of alarms, and how soon somebody must answer."""

from datetime import timedelta

import pytest

from tracker.domain.alarm import (
    BY_EAR,
    HEARD,
    AlarmEntry,
    Severity,
    Symptoms,
    Tone,
    alarm_key,
    kind_of,
    respond_by,
)
from tracker.domain.catalogue import load, read_alarms
from tracker.domain.danger import WatchKind
from tracker.domain.errors import UnsourcedConstant
from tracker.domain.sourced import Entry


@pytest.mark.parametrize(
    "code",
    [
        "empty_reservoir",
        "eos",
        "motor_stall",
        "stopped_pump_48h",
        "memory_error_critical",
        "pump_hardware_failure",
        "telemetry_mode_stuck",
    ],
)
def test_a_critical_alarm_is_answered_within_the_hour(code, now):
    alarm = load().alarms[code]

    assert alarm.severity is Severity.CRITICAL
    assert respond_by(alarm, reported_at=now) == now + timedelta(hours=1)


@pytest.mark.parametrize("code", ["low_reservoir", "eri", "memory_error_noncritical"])
def test_a_non_critical_alarm_is_answered_within_two_working_days(code, now):
    alarm = load().alarms[code]

    assert alarm.severity is Severity.NON_CRITICAL
    assert respond_by(alarm, reported_at=now) <= now + timedelta(hours=48)


def test_a_beep_that_nobody_has_read_out_is_critical_until_somebody_does(now):
    alarm = load().alarms["alarm_heard_unverified"]

    assert alarm.severity is Severity.CRITICAL
    assert respond_by(alarm, reported_at=now) == now + timedelta(hours=8)


def test_what_is_tied_to_a_visit_or_a_ladder_has_no_hour_of_its_own(now):
    for code in ("volume_discrepancy", "refill_overdue", "stability_expired"):
        assert respond_by(load().alarms[code], reported_at=now) is None


def test_every_alarm_of_the_field_is_there_with_words_for_staff():
    alarms = load().alarms

    assert len(alarms) == 18
    for alarm in alarms.values():
        assert all((alarm.tone, alarm.meaning, alarm.action, alarm.respond_within))


def test_an_alarm_without_words_for_staff_is_refused():
    with pytest.raises(UnsourcedConstant, match="eri"):
        AlarmEntry.from_entry(Entry("eri", "Indicator", {}))


@pytest.mark.parametrize("tone", list(Tone))
def test_whatever_is_heard_is_critical_and_no_programmer_shows_it(tone):
    alarm = load().alarms[HEARD[tone]]

    assert not alarm.is_readable
    assert {kind_of(alarm, one) for one in Symptoms} == {WatchKind.ALARM}


def test_two_tones_are_answered_as_soon_as_the_alarms_of_their_family(now):
    alarm = load().alarms[HEARD[Tone.TWO_TONE]]

    assert respond_by(alarm, reported_at=now) == now + timedelta(hours=1)


@pytest.mark.parametrize(
    "alarm",
    [one for one in load().alarms.values() if one.is_readable],
    ids=lambda one: one.code,
)
def test_every_alarm_that_can_be_read_has_its_ladder_and_an_hour_to_answer(alarm, now):
    is_critical = alarm.severity is Severity.CRITICAL
    calm = WatchKind.ALARM if is_critical else WatchKind.MINOR_ALARM

    assert respond_by(alarm, reported_at=now) > now
    assert kind_of(alarm, Symptoms.NO) is kind_of(alarm, Symptoms.NOT_ASKED) is calm
    assert kind_of(alarm, Symptoms.YES) is WatchKind.ALARM
    unwell = respond_by(alarm, reported_at=now, symptoms=Symptoms.YES)
    assert unwell == now + timedelta(hours=1)
    assert len(alarm_key(2**31 - 1, alarm.code)) <= 60


def test_what_this_program_or_a_clinician_raises_is_read_from_no_pump():
    unread = {one.code for one in load().alarms.values() if not one.is_readable}

    assert unread == BY_EAR | {
        "catheter_suspect", "volume_discrepancy", "refill_overdue", "stability_expired",
    }  # fmt: skip


@pytest.mark.parametrize("hours", ["0", "-1"])
def test_an_alarm_that_nobody_could_answer_in_time_is_refused(hours):
    fact = {"source": "test", "mark": "P", "verified_by": "test"}
    words = {name: fact | {"value": "x"} for name in ("tone", "meaning", "action")}
    words |= {"respond_within": fact | {"value": "x"}, "severity": fact | {"value": "info"}}
    table = {"name": "X", **words, "respond_within_hours": fact | {"value": hours}}

    with pytest.raises(UnsourcedConstant, match="respond_within_hours"):
        read_alarms({"x": table})
