"""A rule that changes moves the watches, as a record does."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.riverside import DAY, FILLED_AT, Riverside, filled_pump, open_watch
from tests.scenes import Scene
from tracker.domain.danger import WatchKind
from tracker.models import Clinic, Pump, PumpEnd
from tracker.services.clinics import close_days
from tracker.services.pumps import end_pump
from tracker.services.rebuilds import Rebuilt, reproject_all, reproject_clinic

NOW = FILLED_AT + DAY


@pytest.fixture
def begins_with() -> Scene:
    return filled_pump


def test_a_day_that_closes_moves_what_was_due_on_it(
    session: Session, here: Riverside, pump: Pump
) -> None:
    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.danger_at is not None
    due = watch.danger_at
    day = due.astimezone(here.clinic.zone).date()

    close_days(session, here.clinic, [(day, "inventory")], now=NOW)

    assert watch.danger_at < due
    assert watch.danger_at.astimezone(here.clinic.zone).date() < day
    assert watch.next_action_at is not None
    assert watch.next_action_at <= watch.danger_at


def test_a_battery_is_booked_before_a_day_that_closes(
    session: Session, here: Riverside, pump: Pump
) -> None:
    watch = open_watch(session, pump, WatchKind.BATTERY)
    assert watch is not None
    assert watch.danger_at is not None
    day = watch.danger_at.astimezone(here.clinic.zone).date()
    days = [(day - timedelta(days=back), "moving house") for back in range(3)]

    close_days(session, here.clinic, days, now=NOW)

    open_on = watch.danger_at.astimezone(here.clinic.zone)
    assert open_on.date() < day - timedelta(days=2)
    assert open_on.weekday() < 5


def test_a_shorter_interval_reaches_the_watches(
    session: Session, here: Riverside, pump: Pump
) -> None:
    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.danger_at is not None
    before = watch.danger_at
    here.clinic.longest_interval_days = 30

    done = reproject_clinic(session, here.clinic, now=NOW)

    assert done.pumps == 1
    assert done.changed >= 1
    assert watch.danger_at <= before - 10 * DAY


def test_what_has_ended_and_what_is_another_clinics_is_left_alone(
    session: Session, here: Riverside, pump: Pump
) -> None:
    end_pump(
        session,
        pump,
        ended_on=NOW.date(),
        kind=PumpEnd.REPLACED,
        note="operation note",
        by=here.nadia,
        now=NOW,
    )
    neighbour: Clinic = here.neighbour

    assert reproject_clinic(session, here.clinic, now=NOW) == Rebuilt(0, 0)
    assert reproject_clinic(session, neighbour, now=NOW) == Rebuilt(0, 0)
    assert reproject_all(session, now=NOW) == Rebuilt(0, 0)
