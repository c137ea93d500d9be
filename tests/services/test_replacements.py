"""The way to a new pump: what a date of surgery quietens, and what alone ends it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.riverside import DAY, FILLED_AT, Bedside, filled_pump, open_watch, pump_of
from tests.scenes import Scene
from tracker.domain.danger import WatchKind
from tracker.domain.replacement import NotPlanned, StepKind
from tracker.models import PumpEnd
from tracker.services.lifespans import settle
from tracker.services.pumps import AlreadyEnded, AlreadyImplanted, correct_pump, details_of
from tracker.services.replacements import (
    before,
    call_off,
    record_step,
    replace_pump,
    set_theatre,
    steps_of,
    theatre_of,
)

# The pump of the scene was implanted on 15 Jan 2024: its service ends on 15 Jan 2031.
NOW = FILLED_AT + 1600 * DAY  # 19 Jul 2030: planning has begun
BATTERY = WatchKind.BATTERY


@pytest.fixture
def begins_with() -> Scene:
    return filled_pump


def settled(session, pump, now):
    watch = open_watch(session, pump, BATTERY)
    settle(session, watch, now=now)
    return watch


def test_hazard_h28_only_surgery_before_the_end_of_service_quietens_and_it_wakes_again(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    given = {"by": here.nadia, "now": NOW}
    watch = settled(session, pump, NOW)
    assert watch.next_action_at <= NOW
    assert watch.next_action == "plan the replacement of the pump"

    record_step(
        session, pump, StepKind.REFERRED, happened_on=NOW.date(), note="ward 3", **given
    )
    assert settled(session, pump, NOW).next_action_at <= NOW

    theatre_at = watch.dry_at - 30 * DAY
    set_theatre(session, pump, theatre_at=theatre_at, **given)
    assert watch.next_action_at > NOW
    assert watch.visit_at == theatre_at
    assert settled(session, pump, theatre_at).next_action_at > theatre_at

    morning = watch.reopens_at
    assert theatre_at < morning <= theatre_at + 2 * DAY
    assert settled(session, pump, morning).next_action_at == morning


def test_surgery_after_the_end_of_service_needs_a_clinician_and_quietens_nothing(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    watch = settled(session, pump, NOW)
    late, given = watch.dry_at, {"by": here.nadia, "now": NOW}

    for signed in (
        {},
        {"signed_by": here.nadia, "signed_reason": "theatre is full"},
        {"signed_by": here.ito, "signed_reason": " "},
    ):
        with pytest.raises(NotPlanned):
            set_theatre(session, pump, theatre_at=late, **signed, **given)
    assert steps_of(session, pump.id) == []

    row = set_theatre(
        session, pump, theatre_at=late, signed_by=here.ito, signed_reason="theatre is full",
        **given,
    )  # fmt: skip

    assert row.signed_by is here.ito
    assert watch.next_action_at <= NOW


def test_a_date_that_is_moved_or_called_off_stays_on_record_and_the_newest_counts(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    given = {"by": here.nadia, "now": NOW}
    first = set_theatre(session, pump, theatre_at=NOW + 40 * DAY, **given)
    moved = set_theatre(session, pump, theatre_at=NOW + 50 * DAY, **given)

    assert moved.replaces_id == first.id
    assert theatre_of(session, pump.id) is moved

    call_off(session, pump, reason="patient has a fever", **given)

    watch = open_watch(session, pump, BATTERY)
    assert theatre_of(session, pump.id) is None
    assert watch.next_action_at == NOW
    assert [one.kind for one in steps_of(session, pump.id)] == [
        "theatre",
        "theatre",
        "called_off",
    ]
    with pytest.raises(NotPlanned):
        call_off(session, pump, reason="again", **given)


def test_promise_covered_the_new_pump_is_the_evidence_that_ends_the_old_one(
    session, standing: Bedside
):
    here, old = standing.here, standing.pump
    now = FILLED_AT + 40 * DAY
    set_theatre(session, old, theatre_at=now + DAY, by=here.nadia, now=now)
    watch, refill = open_watch(session, old, BATTERY), open_watch(session, old)
    details = replace(
        details_of(old), serial="NGP000001H", implanted_on=now.date(), purpose="spasticity"
    )
    after = now + timedelta(days=1, hours=3)

    new = replace_pump(
        session,
        old,
        old.model,
        details,
        note="operation note of today",
        by=here.nadia,
        now=after,
    )
    session.commit()

    assert (old.end_kind, old.end_note) == (PumpEnd.REPLACED, "operation note of today")
    assert (watch.evidence_kind, refill.evidence_kind) == ("replaced", "replaced")
    assert {open_watch(session, new, kind).kind for kind in (WatchKind.REFILL, BATTERY)}
    assert open_watch(session, new, WatchKind.NO_DATA) is not None  # until its fill is recorded
    assert before(session, new.id) is old
    assert steps_of(session, old.id)[-1].new_pump is new
    assert len(old.patient.contacts) == len(new.patient.contacts)
    with pytest.raises(AlreadyEnded):
        replace_pump(
            session, old, old.model, replace(details, serial="X2"), note="again", by=here.nadia,
            now=after,
        )  # fmt: skip


def test_hazard_h14_a_serial_number_is_given_once_in_a_clinic_however_it_is_written(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    details = replace(details_of(pump), serial="AB-12 34")
    given = {"by": here.nadia, "now": NOW}
    correct_pump(session, pump, details, reason="read again", **given)

    for typed in ("AB-12 34", "ab1234", " AB 1234 "):
        with pytest.raises(AlreadyImplanted):
            pump_of(session, here, serial=typed)
