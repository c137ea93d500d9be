"""The catalogue of alarms, and how soon somebody must answer."""

from datetime import timedelta

import pytest

from tracker.domain.alarm import AlarmEntry, Severity, respond_by
from tracker.domain.catalogue import load
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
