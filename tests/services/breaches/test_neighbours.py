"""What is well beside a breach is no alarm, and excuses no breach that it doesn't belong to."""

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_ward
from tests.services.breaches.world import DAY, HOUR, MINUTE
from tracker.domain.danger import WatchKind
from tracker.models import Heartbeat, Membership, Watch
from tracker.services.faults import Cause, raise_fault


def test_a_world_in_which_all_is_well_is_silent(world, now):
    """Each thing here is the sound neighbour of a breach below."""
    ward, session = world.ward, world.session
    urgent, interval = world.urgent()
    world.message(urgent, ago=interval - MINUTE)
    in_hand, _ = world.urgent(next_action_at=now + 10 * DAY)
    in_hand.danger_at = now + 90 * DAY
    world.silence(in_hand, until=now + 10 * DAY, level="urgent")
    world.urgent(visit_at=now + DAY, reopens_at=now + 2 * DAY)
    world.urgent(next_action_at=now - MINUTE)
    world.silence(world.pump(), until=now - 3 * DAY, ended_at=now - 3 * DAY)
    world.message(world.quiet, ago=3 * HOUR, state="unknown")
    world.message(world.quiet, ago=HOUR)
    contact = a_contact(session, world.quiet.pump.patient)
    world.message(world.quiet, contact=contact, ago=3 * HOUR, state="unknown")
    call = Cause("x", ward.clinic.id, "Please telephone.", pump_id=world.quiet.pump_id)
    raise_fault(session, WatchKind.UNDELIVERABLE, call, now=now)
    world.text(world.quiet, ago=23 * HOUR)
    world.text(world.quiet, to=ward.ito, ago=30 * HOUR)
    world.text(world.quiet, to=ward.ito, ago=29 * HOUR, state="delivered")
    world.text(world.quiet, to=ward.cleo, ago=30 * HOUR, provider_id="gateway has no reports")
    world.tried(world.quiet, "for_now", times=4)
    world.tried(world.quiet, "sent", times=6)
    world.tried(world.quiet, "for_good", times=20, ago=2 * HOUR)
    world.message(world.quiet, ago=MINUTE, state="planned")
    world.message(world.quiet, state="held", ago=HOUR, due_at=now + HOUR)
    world.message(world.quiet, state="claimed", lease_until=now + MINUTE)
    world.away(ward.nadia, deputy=ward.cleo)
    world.away(ward.cleo, begins=HOUR, ends=2 * HOUR)
    world.away(ward.ito)  # who owns nothing

    assert world.found() == []


def test_what_is_over_is_no_alarm(world, now):
    """A closed watch whose owner is gone, silenced for ever, urgent, asleep and never sent."""
    ward = world.ward
    over = world.closed(owner=ward.ito, level="urgent", next_action_at=now + 300 * DAY)
    world.silence(over, until=now + DAY)
    world.text(over, ago=30 * HOUR)
    world.message(over, ago=3 * HOUR, state="unknown")
    world.text(world.quiet, to=ward.ito, ago=HOUR, state="delivered")
    ward.ito.left_at = now - DAY
    ward.cleo.left_at = now - DAY
    world.deputy_of(ward.cleo, ward.ito)
    world.closed(owner=a_ward(world.session, "Dale Clinic").cleo)

    assert world.found() == []


def test_a_last_resort_may_own_without_working_there(world):
    rosas = Membership.staff_id == world.ward.rosa.id
    world.session.execute(sa.delete(Membership).where(rosas))
    world.pump(owner=world.ward.rosa)

    assert world.found() == []


def test_a_battery_that_is_watched_is_covered(world):
    world.battery(world.quiet.pump)

    assert world.found() == []


def test_the_watch_that_is_late_is_named_and_no_other(world, now):
    world.closed(next_action_at=now - DAY)
    world.pump(next_action_at=now - MINUTE)
    late = world.pump(next_action_at=now - 2 * MINUTE)

    assert world.names("climbing", late)


def test_the_claim_that_is_past_its_lease_is_named_and_no_other(world, now):
    world.message(world.quiet, state="sent", lease_until=now - DAY)
    world.message(world.quiet, state="claimed", lease_until=now + MINUTE)
    message = world.message(world.quiet, state="claimed", lease_until=now)

    assert world.names("lease", message)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("late", "is_told"), [(9 * MINUTE, False), (14 * MINUTE, True)])
def test_promise_alive_or_known_dead_who_hangs_hides_its_rows_for_minutes_alone(
    world, engine, now, late, is_told
):
    """SQLite, with its one writer, has no rows that another scheduler holds."""
    world.session.execute(sa.delete(Heartbeat))
    for minutes in (12, 1):
        world.beat(now - minutes * MINUTE)
    held = world.pump(next_action_at=now - late)
    world.session.commit()
    with engine.begin() as other:
        mine = sa.select(Watch.id).where(Watch.id == held.id).with_for_update()
        other.execute(mine)

        assert world.found() == ([("climbing", f"watch:{held.id}")] if is_told else [])


def test_who_is_not_away_now_needs_nobody(world, now):
    nadia = world.ward.nadia
    world.away(nadia, begins=-2 * DAY, ends=-DAY)
    world.away(nadia, begins=DAY, ends=2 * DAY)
    world.away(nadia, withdrawn_at=now - DAY)

    assert world.found() == []


def test_who_is_away_needs_somebody_for_what_is_hers_there(world):
    world.closed(owner=world.ward.cleo)
    world.away(world.ward.cleo)

    assert world.found() == []


def test_a_deputy_of_always_stands_in(world, now):
    """And is here, though away in another clinic or at another time."""
    ward, other = world.ward, a_ward(world.session, "Dale Clinic")
    world.deputy_of(ward.nadia, ward.cleo)
    world.away(ward.cleo, clinic=other.clinic)
    world.away(ward.cleo, begins=DAY, ends=2 * DAY)
    world.away(ward.ito, begins=-DAY)
    world.away(ward.nadia)

    assert world.found() == []


def test_a_deputy_elsewhere_stands_in_for_nobody_here(world):
    ward, other = world.ward, a_ward(world.session, "Dale Clinic")
    world.deputy_of(other.cleo, other.nadia, clinic=other.clinic)
    here = Membership(clinic_id=ward.clinic.id, staff_id=other.cleo.id, role="nurse")
    world.session.add(here)
    world.pump(owner=other.cleo)
    world.pump(ward=other, owner=other.cleo)
    world.away(other.cleo, clinic=other.clinic)

    assert world.names("absence", world.away(other.cleo))


def test_a_deputy_of_another_stands_in_for_them_alone(world):
    world.deputy_of(world.ward.nadia, world.ward.ito)
    world.pump(owner=world.ward.cleo)

    assert world.names("absence", world.away(world.ward.cleo))


def test_an_owner_elsewhere_may_be_away_here(world):
    other = a_ward(world.session, "Dale Clinic")
    world.pump(ward=other, owner=other.cleo)
    world.away(other.cleo)

    assert world.found() == []


def test_a_silence_is_of_its_own_watch_and_clinic(world, now):
    other = a_ward(world.session, "Dale Clinic")
    world.pump(danger_at=now - DAY, next_action_at=now)  # which nobody has taken in hand
    world.silence(world.pump(), until=now + DAY)
    watch = world.pump(ward=other)
    world.silence(watch, until=now + 30 * DAY)

    (breach,) = world.audit()
    assert (breach.promise, breach.ref) == ("silence", f"watch:{watch.id}")
    assert breach.clinic_id == other.clinic.id


@pytest.mark.parametrize(("kind", "level"), [("acknowledgement", "urgent"), ("snooze", "warn")])
def test_what_may_be_silenced_may_be(world, now, kind, level):
    world.silence(world.pump(), kind=kind, level=level, until=now + HOUR)

    assert world.found() == []


@pytest.mark.parametrize("what", ["ended", "shorter", "of another"])
def test_promise_persistent_no_other_silence_lets_an_urgent_watch_sleep(world, now, what):
    asleep_until = now + 8 * DAY
    watch, _ = world.urgent(next_action_at=asleep_until)
    watch.danger_at = now + 60 * DAY
    world.message(watch)
    silenced = world.pump() if what == "of another" else watch
    world.silence(
        silenced,
        level="urgent",
        until=asleep_until - (DAY if what == "shorter" else -DAY),
        ended_at=now - DAY if what == "ended" else None,
    )

    assert world.names("urgent", watch)


@pytest.mark.parametrize("what", ["ended", "of another"])
def test_promise_persistent_no_other_silence_lets_an_urgent_watch_say_nothing(world, now, what):
    watch, _ = world.urgent()
    silenced = world.pump() if what == "of another" else watch
    ended_at = now - DAY if what == "ended" else None
    world.silence(silenced, level="urgent", until=now + DAY, ended_at=ended_at)

    assert world.names("unsaid", watch)


@pytest.mark.parametrize("who", ["nurse", "last resort"])
def test_promise_covered_an_owner_of_another_clinic_is_a_stranger(world, who):
    other = a_ward(world.session, "Dale Clinic")
    world.quiet.owner = other.cleo if who == "nurse" else other.rosa
    if who == "last resort":
        rosas = Membership.staff_id == other.rosa.id
        world.session.execute(sa.delete(Membership).where(rosas))

    assert world.names("stranger", world.quiet)


@pytest.mark.parametrize("what", ["before", "to another", "of another watch", "unreported"])
def test_promise_exactly_enough_nothing_else_makes_good_for_an_unreported_text(world, what):
    heard = {"ago": 30 * HOUR, "state": "delivered"}
    if what == "before":
        world.text(world.quiet, **heard)
    text = world.text(world.quiet, ago=30 * HOUR)
    if what == "to another":
        world.text(world.quiet, to=world.ward.ito, **heard)
    if what == "of another watch":
        world.text(world.pump(), **heard)
    if what == "unreported":
        world.text(world.quiet, ago=HOUR)

    assert world.names("reports", text)


def test_who_was_told_again_needs_no_call(world):
    watch = world.pump()
    world.message(watch, ago=3 * HOUR, state="unknown")
    world.message(watch)

    assert world.found() == []


def test_promise_exactly_enough_no_other_call_makes_good_for_an_unclear_message(world, now):
    """One about another pump, of another kind, or that was over before."""
    pump = world.quiet.pump
    other = Cause("x", pump.clinic_id, "Please telephone.", pump_id=world.pump().pump_id)
    raise_fault(world.session, WatchKind.UNDELIVERABLE, other, now=now)
    world.closed(kind=WatchKind.UNDELIVERABLE, pump=pump, opened_at=now - DAY)
    contact = a_contact(world.session, pump.patient)
    message = world.message(world.quiet, contact=contact, ago=3 * HOUR, state="unknown")

    assert world.names("unclear", message)


def test_attempts_of_another_hour_channel_or_clinic_don_t_count(world):
    world.tried(world.quiet, "for_now", times=6)
    world.tried(world.quiet, "for_good", times=6, ago=2 * HOUR)
    world.tried(world.quiet, "for_now", times=6, ago=-HOUR)  # by a clock that was set back
    world.tried(world.quiet, "for_now", times=6, channel="sms", provider_id="by e-mail")
    other = a_ward(world.session, "Dale Clinic")
    world.tried(world.pump(ward=other), "for_now", times=6)

    assert world.found() == []


def test_what_arrived_after_it_failed_shows_that_a_channel_is_well(world, now):
    world.failing(since=now - HOUR)
    world.tried(world.quiet, "for_now", times=6)
    world.tried(world.quiet, "sent", times=1)
    world.tried(world.quiet, "bad_address", times=1)
    world.tried(world.quiet, "opted_out", times=1)

    assert world.found() == []


def test_an_alarm_on_a_channel_counts_nothing_from_before_nor_of_another_clinic(world, now):
    world.failing(since=now - MINUTE)
    world.tried(world.quiet, "for_now", times=1)
    world.tried(world.quiet, "sent", times=1, ago=MINUTE / 2)
    other = a_ward(world.session, "Dale Clinic")
    world.tried(world.pump(ward=other), "for_now", times=5, ago=MINUTE / 2)
    world.tried(world.pump(ward=other), "sent", times=8, ago=MINUTE / 2)

    assert world.found() == []
