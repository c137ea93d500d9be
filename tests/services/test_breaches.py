"""Each way in which a promise can break, made by hand, is named; what is well beside it is not.

The rows are written past the services, for the audit must not rely on them.
"""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_ward, a_watched_pump
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.models import (
    Absence,
    AddressState,
    Attempt,
    DeliveryReport,
    Heartbeat,
    Membership,
    Message,
    SilenceRow,
    Watch,
)
from tracker.services import audits, heartbeats
from tracker.services.audit_checks import CHECKS
from tracker.services.audit_slices import OF_PUMPS, OF_URGENT, PUMPS_AT_ONCE, URGENT_AT_ONCE
from tracker.services.faults import Cause, raise_fault

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TWILIO = "SM" + "0" * 32


class World:
    """One clinic with a quiet pump, and rows to put beside it."""

    def __init__(self, session, now):
        self.session, self.now = session, now
        self.ward = a_ward(session)
        self.quiet = self.pump(next_action_at=now + 5 * DAY)
        self.beat(now - MINUTE)

    def pump(self, *, danger_at=None, next_action_at=None, ward=None, **facts):
        at = next_action_at or self.now + DAY
        danger_at = danger_at or self.now + 60 * DAY
        ward = ward or self.ward
        return a_watched_pump(
            self.session, ward, danger_at=danger_at, next_action_at=at, **facts
        )

    def urgent(self, **facts):
        """A watch on the first urgent step of its policy, and that step's interval."""
        watch = self.pump(level="urgent", danger_at=self.now + 6 * DAY, **facts)
        steps = watch.policy.steps
        watch.cursor = next(one["ordinal"] for one in steps if one["level"] == "urgent")
        return watch, timedelta(minutes=steps[watch.cursor - 1]["repeat_minutes"])

    def message(self, watch, *, to=None, contact=None, ago=HOUR, state="sent", **facts):
        number = self.session.scalar(sa.select(sa.func.count(Message.id)))
        at = self.now - ago
        staff = None if contact else to or self.ward.nadia
        sent_at = at if state in ("sent", "delivered", "unknown") else None
        row = Message(
            **{
                "key": f"{watch.id}:1:{number}:x:email",
                "clinic_id": watch.clinic_id,
                "watch_id": watch.id,
                "step": 1,
                "round": number,
                "level": "info",
                "template": "refill_late",
                "staff_id": staff and staff.id,
                "contact_id": contact and contact.id,
                "channel": Channel.EMAIL,
                "state": MessageState(state),
                "due_at": at,
                "planned_at": at,
                "sent_at": sent_at,
                "reference": f"r{number}",
            }
            | facts
        )
        self.session.add(row)
        self.session.flush()
        return row

    def text(self, watch, **facts):
        return self.message(watch, channel=Channel.SMS, **{"provider_id": TWILIO} | facts)

    def silence(self, watch, *, until, kind="acknowledgement", level="warn", **facts):
        row = SilenceRow(
            watch_id=watch.id,
            kind=kind,
            reason="she is on holiday",
            began_at=self.now - 20 * DAY,
            until=until,
            by_id=self.ward.nadia.id,
            level=level,
            danger_at=watch.danger_at,
            **facts,
        )
        self.session.add(row)
        self.session.flush()
        return row

    def away(self, who, *, deputy=None, begins=-HOUR, ends=HOUR, **facts):
        row = Absence(
            clinic_id=self.ward.clinic.id,
            staff_id=who.id,
            starts_at=self.now + begins,
            ends_at=self.now + ends,
            deputy_id=deputy and deputy.id,
            recorded_at=self.now,
            recorded_by_id=who.id,
            **facts,
        )
        self.session.add(row)
        self.session.flush()
        return row

    def tried(self, watch, outcome, *, times, ago=10 * MINUTE):
        for _ in range(times):
            message = self.message(watch)
            self.session.add(
                Attempt(message_id=message.id, started_at=self.now - ago, outcome=outcome)
            )
        self.session.flush()

    def beat(self, at):
        heartbeats.beat(
            self.session,
            planned=0,
            skipped=0,
            oldest=0,
            breaches=[],
            faults=[],
            host="h",
            now=at,
        )

    def audit(self):
        self.session.flush()
        look, last = heartbeats.look(self.session), heartbeats.newest(self.session)
        return audits.audit(self.session, look, last, now=self.now)

    def found(self):
        return [(one.promise, one.ref) for one in self.audit()]

    def names(self, promise, row):
        """Whether exactly this is found, and of this clinic."""
        (breach,) = self.audit()
        place = breach.ref.split(":")[-1]
        assert breach.promise == promise
        assert row is None or place == str(row.id)
        assert breach.clinic_id in (self.ward.clinic.id, None)
        return True


@pytest.fixture
def world(session, now):
    return World(session, now)


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


@pytest.mark.parametrize("state", ["planned", "held"])
def test_a_message_past_its_time(world, state):
    message = world.message(world.quiet, state=state, ago=2 * MINUTE)

    assert world.names("sending", message)


def test_a_message_past_its_time_where_ticks_are_far_apart(world, now):
    world.session.execute(sa.delete(Heartbeat))
    for minutes in (10, 5):
        world.beat(now - minutes * MINUTE)
    message = world.message(world.quiet, state="planned", ago=10 * MINUTE)

    assert world.names("sending", message)


def test_a_message_that_is_tried_for_an_hour(world, now):
    message = world.message(
        world.quiet, state="planned", ago=HOUR, attempts=3, due_at=now + MINUTE
    )

    assert world.names("sending", message)


def test_a_claim_past_its_lease(world, now):
    message = world.message(world.quiet, state="claimed", lease_until=now)

    assert world.names("lease", message)


def test_promise_exactly_enough_an_unclear_message_to_staff_without_another(world):
    world.message(world.quiet, to=world.ward.ito)
    message = world.message(world.quiet, state="unknown")
    world.message(world.quiet, to=world.ward.ito)  # to somebody else
    world.message(world.pump())  # of another watch

    assert world.names("unclear", message)


def test_promise_exactly_enough_an_unclear_message_to_a_patient_without_a_call(world, session):
    contact = a_contact(session, world.quiet.pump.patient)
    message = world.message(world.quiet, contact=contact, state="unknown")
    world.message(world.quiet)

    assert world.names("unclear", message)


def test_a_text_of_which_nothing_is_heard_for_a_day(world):
    text = world.text(world.quiet, ago=24 * HOUR)
    world.text(world.quiet, to=world.ward.ito, ago=HOUR, state="delivered")

    assert world.names("reports", text)


def test_a_text_by_a_gateway_that_reported_before(world, session, now):
    text = world.text(world.quiet, ago=24 * HOUR, provider_id="0: Accepted")
    session.add(_report("e-mail", now))
    assert world.found() == []

    session.add(_report("gateway", now))

    assert world.names("reports", text)


def _report(provider, now):
    return DeliveryReport(
        provider=provider, provider_ref="r", status="delivered", received_at=now
    )


def test_a_channel_that_fails_more_often_than_not(world):
    world.tried(world.quiet, "for_now", times=6)
    world.tried(world.quiet, "sent", times=5)

    assert world.names("channel", None)


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
    assert {one.promise for one in CHECKS} <= set(audits.PROMISES)
    assert {*OF_PUMPS, *OF_URGENT} <= set(audits.PROMISES)
    assert min(PUMPS_AT_ONCE, URGENT_AT_ONCE) > 0
