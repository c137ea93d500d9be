"""An alarm whose evidence fails is open again, as loud as it was."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tracker.domain.alarm import Symptoms
from tracker.domain.errors import TrackerError
from tracker.models import Reading
from tracker.services.alarm_closings import close_with_reading, close_with_reason
from tracker.services.alarm_corrections import correct_alarm, facts_of
from tracker.services.alarm_watches import open_alarm_watch
from tracker.services.corrections import void
from tracker.services.readings import ReadingFacts, record_interrogation

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def over(session, ward, code):
    session.expire_all()
    return open_alarm_watch(session, ward.pump.id, code)


def test_promise_evidence_only_what_showed_an_alarm_does_not_show_that_it_is_over(
    session, ward, now
):
    alarm = ward.reports("eos")
    with_it = ward.interrogates(now)

    with pytest.raises(TrackerError, match="doesn't show that it is over"):
        close_with_reading(session, alarm, with_it, by=ward.nadia, now=now + HOUR)

    assert over(session, ward, "eos") is not None


def test_promise_evidence_only_a_reading_that_lost_the_indicators_day_closes_it_no_more(
    session, ward, now
):
    alarm = ward.reports("eri", eri_on=now.date())
    reading = ward.interrogates(now + MINUTE, eri_on=now.date())
    close_with_reading(session, alarm, reading, by=ward.nadia, now=now + MINUTE)

    record_interrogation(
        session, ward.pump, ReadingFacts(read_at=now + MINUTE, note="no day"),
        replaces=reading, reason="typed wrongly", by=ward.nadia, now=now + HOUR,
    )  # fmt: skip

    assert over(session, ward, "eri").alarm_id == alarm.id


def test_the_day_of_an_indicator_is_not_lost_while_its_alarm_is_open(session, ward, now):
    alarm = ward.reports("eri", eri_on=now.date())
    stated = session.scalars(sa.select(Reading).where(Reading.eri_on.is_not(None))).one()

    with pytest.raises(TrackerError, match="rests on this day"):
        void(session, stated, reason="a mistake", by=ward.nadia, now=now)
    with pytest.raises(TrackerError, match="rests on this day"):
        record_interrogation(
            session, ward.pump, ReadingFacts(read_at=now, note="no day"),
            replaces=stated, reason="a mistake", by=ward.nadia, now=now,
        )  # fmt: skip

    why = {"reason": "read off another pump", "clinician": ward.ito}
    close_with_reason(session, alarm, **why, by=ward.nadia, now=now)
    void(session, stated, reason="a mistake", by=ward.nadia, now=now)


def test_promise_evidence_only_an_alarm_that_sounded_after_its_evidence_is_open_again(
    session, ward, now
):
    alarm = ward.reports("motor_stall")
    reading = ward.interrogates(now + MINUTE)
    close_with_reading(session, alarm, reading, by=ward.nadia, now=now + MINUTE)
    later = replace(facts_of(alarm), alarmed_at=now + HOUR, reported_at=now + HOUR)

    correct_alarm(session, alarm, later, reason="an hour later", by=ward.nadia, now=now + HOUR)

    assert over(session, ward, "motor_stall").alarm_id == alarm.id


def test_it_comes_back_as_loud_as_the_worst_report_of_it(session, ward, now):
    alarm = ward.reports("low_reservoir")
    ward.reports("low_reservoir", at=now + MINUTE, symptoms=Symptoms.YES)
    before = over(session, ward, "low_reservoir")
    loud = (before.kind, before.level, before.danger_at)
    reading = ward.interrogates(now + 2 * MINUTE)
    close_with_reading(session, alarm, reading, by=ward.nadia, now=now + 2 * MINUTE)

    void(session, reading, reason="another pump's", by=ward.nadia, now=now + HOUR)

    again = over(session, ward, "low_reservoir")
    assert (again.kind, again.level, again.danger_at) == loud
