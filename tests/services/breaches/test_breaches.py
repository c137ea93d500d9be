"""Each way in which a promise can break, made by hand, is named, and nothing else is."""

import pytest
import sqlalchemy as sa

from tests.cast import a_ward
from tests.services.breaches.world import DAY, HOUR, MINUTE
from tracker.models import (
    AddressState,
    Heartbeat,
    Membership,
    Watch,
)
from tracker.services import audits
from tracker.services.audit_checks import checks_of
from tracker.services.audit_slices import OF_PUMPS, OF_URGENT, PUMPS_AT_ONCE, URGENT_AT_ONCE


def test_a_watch_that_is_due_for_more_than_two_ticks(world, now):
    late = world.pump(next_action_at=now - 2 * MINUTE)

    assert world.names("climbing", late)


def test_promise_covered_each_clinic_has_an_alarm_of_its_own(world, session, now):
    world.pump(next_action_at=now - 2 * MINUTE)
    other = a_ward(session, "Dale Clinic")
    world.pump(ward=other, next_action_at=now - HOUR)

    found = world.audit()

    assert [one.promise for one in found] == ["climbing", "climbing"]
    assert {one.clinic_id for one in found} == {world.ward.clinic.id, other.clinic.id}


@pytest.mark.parametrize("loss", ["left", "invalid", "stopped"])
def test_an_owner_who_is_gone(world, now, loss):
    nadia = world.ward.nadia
    if loss == "left":
        nadia.left_at = now
    else:
        nadia.email_state = AddressState(loss)

    assert world.names("owner", nadia)


def test_promise_covered_an_owner_who_does_not_work_there(world, session):
    session.execute(sa.delete(Membership).where(Membership.staff_id == world.ward.nadia.id))

    assert world.names("stranger", world.quiet)


def test_an_owner_away_without_a_deputy(world):
    assert world.names("absence", world.away(world.ward.nadia))


def test_an_owner_away_whose_deputy_is_away_too(world):
    world.away(world.ward.cleo)

    assert world.names("absence", world.away(world.ward.nadia, deputy=world.ward.cleo))


def test_an_owner_away_whose_deputy_of_always_is_gone(world, now):
    member = world.session.scalars(
        sa.select(Membership).where(Membership.staff_id == world.ward.nadia.id)
    ).one()
    member.deputy_id, world.ward.ito.left_at = world.ward.ito.id, now
    gone = world.away(world.ward.nadia)

    assert world.found() == [
        ("absence", f"absence:{gone.id}"),
        ("deputy", f"staff:{world.ward.ito.id}"),
    ]


def test_a_last_resort_who_is_gone(world, now):
    world.ward.rosa.left_at = now

    assert world.names("last_resort", world.ward.rosa)


@pytest.mark.parametrize(
    ("kind", "level", "until", "danger"),
    [
        ("acknowledgement", "warn", -2 * MINUTE, 60 * DAY),  # past its end
        ("acknowledgement", "warn", HOUR, -2 * MINUTE),  # past the date
        ("acknowledgement", "warn", 15 * DAY, 60 * DAY),  # longer than any may be
        ("acknowledgement", "warn", 9 * DAY, 8 * DAY),  # given beyond the date
        ("snooze", "urgent", HOUR, 60 * DAY),  # what is urgent can't be put off
    ],
)
def test_promise_persistent_a_silence_beyond_its_bound(world, now, kind, level, until, danger):
    watch = world.pump(danger_at=now + danger)
    world.silence(watch, kind=kind, level=level, until=now + until)

    assert world.names("silence", watch)


def test_promise_persistent_an_urgent_watch_that_would_sleep_for_a_week(world, now):
    watch, _ = world.urgent(next_action_at=now + 7 * DAY + MINUTE)
    world.message(watch)

    assert world.names("urgent", watch)


@pytest.mark.parametrize("days", [-1, 10])
def test_promise_persistent_a_watch_that_would_sleep_over_its_date(world, now, days):
    """It is not urgent, and never becomes so: nothing else would see it."""
    watch = world.pump(danger_at=now + days * DAY, next_action_at=now + 400 * DAY)

    assert world.names("asleep", watch)


def test_a_watch_that_sleeps_until_its_urgent_step_is_no_breach(world, now):
    world.pump(danger_at=now + 10 * DAY, next_action_at=now + 10 * DAY)
    in_hand = world.pump(danger_at=now + 30 * DAY, next_action_at=now + 40 * DAY)
    world.silence(in_hand, kind="acknowledgement", level="info", until=now + DAY)

    assert world.found() == []


def test_promise_persistent_an_urgent_watch_of_which_nobody_was_told(world, now):
    watch, _ = world.urgent()

    assert world.names("unsaid", watch)


def test_promise_persistent_an_urgent_watch_told_too_long_ago(world, now):
    watch, interval = world.urgent()
    world.message(watch, ago=interval + 2 * MINUTE)
    world.message(watch, state="superseded")
    world.message(watch, state="cancelled")

    assert world.names("unsaid", watch)


def test_promise_persistent_an_urgent_watch_whose_visit_is_over(world, now):
    watch, _ = world.urgent(visit_at=now - 2 * DAY, reopens_at=now - DAY)

    assert world.names("unsaid", watch)


def test_promise_persistent_each_urgent_watch_has_its_turn(world, now, monkeypatch):
    monkeypatch.setattr("tracker.services.audit_slices.URGENT_AT_ONCE", 2)
    watches = [world.urgent()[0] for _ in range(5)]
    for watch in watches[:4]:
        world.message(watch)
    seen = []
    for _ in range(3):
        world.beat(now - MINUTE)
        seen += world.found()

    assert seen == [("unsaid", f"watch:{watches[4].id}")]


def test_promise_covered_a_pump_that_nobody_watches_is_found_though_refused(
    world, session, engine, now
):
    _take_away_the_wall(session, engine)
    session.execute(
        sa.update(Watch)
        .where(Watch.id == world.quiet.id)
        .values(closed_at=now, open_key=None, evidence_kind="refill", evidence_id=1)
    )

    assert world.names("covered", world.quiet.pump)


def test_promise_covered_a_battery_that_nobody_watches_is_found_though_refused(
    world, session, engine
):
    _take_away_the_wall(session, engine)
    session.execute(sa.text("UPDATE pump SET has_battery = true"))

    assert world.names("covered", world.quiet.pump)


def _take_away_the_wall(session, engine):
    """The foreign keys by which the database refuses a pump without a watch."""
    session.commit()
    if engine.dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = on")
        return
    for one in sa.inspect(session.connection()).get_foreign_keys("pump"):
        if one["referred_table"] == "watch":
            session.execute(sa.text(f"ALTER TABLE pump DROP CONSTRAINT {one['name']}"))


def test_promise_covered_each_pump_has_its_turn(world, session, engine, now, monkeypatch):
    monkeypatch.setattr("tracker.services.audit_slices.PUMPS_AT_ONCE", 2)
    watches = [world.pump() for _ in range(4)]
    _take_away_the_wall(session, engine)
    last = watches[-1]
    last.closed_at, last.open_key, last.evidence_kind = now, None, "refill"
    seen = []
    for _ in range(3):
        world.beat(now - MINUTE)
        seen += world.found()

    assert seen == [("covered", f"pump:{last.pump_id}")]


@pytest.mark.parametrize(
    ("ticks", "said"),
    [
        ([1], ""),
        ([-4], ""),  # two hosts differ by a little
        ([-6], "went back"),
        ([25 * 60], ""),
        ([25 * 60 + 1], "nothing ran, or the clock jumped"),
        ([1, 2, 3, -60], "went back"),  # told still, ticks later
        ([1, 2, 3, 24 * 60 * 40], "nothing ran, or the clock jumped"),
    ],
)
def test_promise_alive_or_known_dead_a_clock_that_jumped(world, session, now, ticks, said):
    session.execute(sa.delete(Heartbeat))
    for minutes in reversed(ticks):
        world.beat(now - minutes * MINUTE)

    found = world.audit()

    assert [one.promise for one in found] == (["clock"] if said else [])
    assert said in (found[0].sentence if found else "")


def test_every_check_has_its_promise_and_slices_hold_something():
    assert {one.promise for one in checks_of(audits.EVERY_WAY)} <= set(audits.PROMISES)
    assert {*OF_PUMPS, *OF_URGENT} <= set(audits.PROMISES)
    assert min(PUMPS_AT_ONCE, URGENT_AT_ONCE) > 0
