"""What moved a pump's dates is kept in words, whatever record it was."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.riverside import (
    DAY,
    FILLED_AT,
    Bedside,
    filled_pump,
    open_watch,
    programme_facts,
    refill_facts,
    refilled,
)
from tests.scenes import Scene
from tracker.services.corrections import void
from tracker.services.date_changes import changes_of
from tracker.services.explanations import explain
from tracker.services.programmes import change_dose
from tracker.services.pumps import correct_pump, details_of
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.rebuilds import reproject_clinic

NOW = FILLED_AT + 20 * DAY


@pytest.fixture
def begins_with() -> Scene:
    return filled_pump


def newest(session: Session, bed: Bedside):
    session.flush()
    return changes_of(session, bed.pump)[0]


def test_each_kind_of_record_says_what_it_moved(session: Session, standing: Bedside) -> None:
    bed, nadia = standing, standing.here.nadia
    seen = []

    rise = programme_facts("600", effective_at=NOW)
    dose = change_dose(session, bed.pump, rise, reason="ordered", by=nadia, now=NOW)
    seen.append(newest(session, bed).because)
    again = replace(rise, dose_mcg_per_day=Decimal(500))
    dose = change_dose(
        session, bed.pump, again, replaces=dose, reason="typo", by=nadia, now=NOW
    )
    seen.append(newest(session, bed).because)
    void(session, dose, reason="never ordered", by=nadia, now=NOW)
    seen.append(newest(session, bed).because)
    stated = ReadingFacts(read_at=NOW, printed_alarm_on=(NOW + 60 * DAY).date())
    record_interrogation(session, bed.pump, stated, by=nadia, now=NOW)
    seen.append(newest(session, bed).because)
    later = NOW + DAY
    refilled(session, bed.pump, bed.here, refill_facts(filled_at=later))
    seen.append(newest(session, bed).because)
    bed.here.clinic.longest_interval_days = 90
    reproject_clinic(session, bed.here.clinic, now=later)
    seen.append(newest(session, bed).because)

    assert seen == [
        "the dose rose from 400 mcg/day to 600 mcg/day on 22 Mar 2026",
        "the programme of 22 Mar 2026 was corrected",
        "the programme of 22 Mar 2026 was struck out",
        "the programmer stated the alarm date 21 May 2026 in the interrogation of 22 Mar 2026",
        "the refill of 23 Mar 2026 was recorded",
        "the clinic's rules or open days, or the catalogue, changed",
    ]


def test_hazard_h07_another_alarm_volume_moves_the_date_and_says_so(
    session: Session, standing: Bedside
) -> None:
    bed = standing
    before = open_watch(session, bed.pump)
    assert before is not None
    was_at = before.likely_at
    facts = replace(details_of(bed.pump), low_reservoir_alarm_ml=Decimal(22))

    correct_pump(session, bed.pump, facts, reason="read", by=bed.here.ito, now=NOW)

    change, after = newest(session, bed), open_watch(session, bed.pump)
    assert change.because == "the low-reservoir alarm volume was changed from 2 to 22 mL"
    assert after is not None
    assert was_at is not None
    assert after.likely_at == was_at - 100 * DAY  # 20 mL at 0.2 mL/day


def test_hazard_h21_what_is_explained_is_what_the_reminders_say(
    session: Session, standing: Bedside
) -> None:
    found, watch = explain(session, standing.pump), open_watch(session, standing.pump)

    assert found.is_current
    assert found.computed_at == FILLED_AT + DAY / 24
    dates = {one.name: one.at for one in found.reckoned}
    assert watch is not None
    assert dates["low_fast"] == watch.earliest_at
    assert dates["low_likely"] == watch.likely_at
    assert dates["low_slow"] == watch.latest_at
    assert dates["empty_fast"] == watch.dry_at
