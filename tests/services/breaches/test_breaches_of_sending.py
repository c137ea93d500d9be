"""What the audit finds of messages: late, tried too long, unclear, and channels that fail."""

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_ward
from tests.services.breaches.world import HOUR, MINUTE
from tracker.domain.message import Channel
from tracker.jobs import tick
from tracker.models import (
    DeliveryReport,
    Heartbeat,
)


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

    assert world.names("channel_email", None)


def test_promise_evidence_only_few_attempts_do_not_show_that_a_channel_is_well(world, now):
    world.failing(since=now - HOUR)
    world.tried(world.quiet, "for_now", times=1)
    world.tried(world.quiet, "sent", times=3, channel="sms", provider_id="by e-mail")
    world.tried(world.quiet, "started", times=1)

    assert world.names("channel_email", None)


def test_promise_evidence_only_that_nothing_is_tried_does_not_show_that_a_channel_is_well(
    world, now
):
    """All was refused for good: none of it is tried again, and nothing else is due."""
    world.tried(world.quiet, "sent", times=1, ago=3 * HOUR)
    world.failing(since=now - 2 * HOUR)
    world.tried(world.quiet, "bad_address", times=1)  # says nothing of the channel
    other = a_ward(world.session, "Dale Clinic")
    world.tried(world.pump(ward=other), "sent", times=1)

    assert world.names("channel_email", None)


def test_promise_evidence_only_an_e_mail_does_not_show_that_texts_arrive(world, now):
    """The last text was refused for good, and none is due; e-mails go out all the while."""
    world.failing(Channel.SMS, since=now - 2 * HOUR)
    world.tried(world.quiet, "sent", times=3)

    assert world.names("channel_sms", None)


def test_texts_that_are_taken_out_of_service_leave_no_alarm_that_nobody_can_end(world, now):
    world.failing(Channel.SMS, since=now - 2 * HOUR)
    world.tried(world.quiet, "sent", times=3)

    assert world.audit(channels=frozenset({Channel.EMAIL})) == []


def test_a_tick_asks_of_the_ways_that_are_set_up(world, sessions, now):
    world.failing(Channel.SMS, since=now - 2 * HOUR)
    world.session.commit()

    by_both = tick(sessions, now=now, host="h", channels=frozenset(Channel))
    by_mail = tick(sessions, now=now + MINUTE, host="h")

    assert "channel_sms" in {one.promise for one in by_both.audit}
    assert "channel_sms" not in {one.promise for one in by_mail.audit}


def test_promise_evidence_only_a_text_that_is_sent_shows_that_texts_arrive(world, now):
    world.failing(Channel.SMS, since=now - 2 * HOUR)
    world.tried(world.quiet, "sent", times=1, channel="sms", provider_id="0: Accepted")

    assert world.audit() == []


def test_promise_evidence_only_a_third_that_fails_keeps_the_alarm_on_a_channel(world, now):
    world.failing(since=now - MINUTE)
    world.tried(world.quiet, "for_now", times=5)
    world.tried(world.quiet, "sent", times=8)

    assert world.names("channel_email", None)
