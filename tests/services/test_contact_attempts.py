"""Calls: what each leaves due, whom a wrong number flags, and that none takes anybody off."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.riverside import (
    FILLED_AT,
    Riverside,
    pump_of,
    refill_facts,
    refilled,
    riverside,
)
from tests.scenes import Scene
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.message import Channel
from tracker.domain.silence import CallResult
from tracker.jobs import tick
from tracker.models import AddressState, Message, Relation, Watch, WebhookEvent
from tracker.services.boards import BoardFilters, board_counts, board_rows
from tracker.services.contact_attempts import record_call
from tracker.services.owners import own
from tracker.services.patients import NewContact, add_contact
from tracker.services.promised_calls import watch_promises

NOW = FILLED_AT + timedelta(days=60)
DAY = timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture
def begins_with() -> Scene:
    return riverside


@pytest.fixture
def here(standing: Riverside) -> Riverside:
    return standing


@pytest.fixture
def watch(session, here) -> Watch:
    pump = pump_of(session, here)
    refilled(session, pump, here)
    return session.scalars(sa.select(Watch).where(Watch.open_key == f"{pump.id}:refill")).one()


def called(session, here, watch, result, *, again=None, ago=timedelta(), **facts):
    again = None if again is None else TODAY + again * DAY
    return record_call(
        session, watch, result=result, called=facts.pop("called", "Ada"), next_call_on=again,
        called_at=NOW - ago, by=here.nadia, now=NOW, **facts,
    )  # fmt: skip


def due(session, here, *, days=0):
    at = NOW + days * DAY
    found = board_rows(session, here.clinic, BoardFilters(is_call_due=True), now=at)
    assert board_counts(session, here.clinic, now=at).due_calls.n == len(found)
    return [row.watch_id for row in found]


def test_the_next_call_is_itself_due_from_its_day_on(session, here, watch):
    called(session, here, watch, CallResult.NO_ANSWER, again=2)

    assert due(session, here, days=1) == []
    assert due(session, here, days=2) == due(session, here, days=30) == [watch.id]

    called(session, here, watch, CallResult.REACHED)
    assert due(session, here, days=30) == []


def test_a_call_that_is_written_down_late_takes_no_newer_one_back(session, here, watch):
    called(session, here, watch, CallResult.MESSAGE_LEFT, again=1)
    called(session, here, watch, CallResult.REACHED, ago=DAY)

    assert watch.next_call_on == TODAY + DAY


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_promise_evidence_only_no_result_of_a_call_closes_or_moves_a_watch(
    session, here, watch
):
    before = (watch.danger_at, watch.next_action_at, watch.level, watch.owner_id)

    for result in set(CallResult) - {CallResult.WILL_COME}:  # that one needs a visit
        if result is not CallResult.REACHED:
            with pytest.raises(TrackerError, match="say when to call again"):
                called(session, here, watch, result)
        called(session, here, watch, result, again=1)

        assert watch.closed_at is None
        assert (watch.danger_at, watch.next_action_at, watch.level, watch.owner_id) == before
    assert watch.id in [
        one.watch_id for one in board_rows(session, here.clinic, BoardFilters(), now=NOW)
    ]


def test_hazard_h17_a_wrong_number_flags_the_contact_and_asks_for_another(session, here, watch):
    new = NewContact(Relation.PATIENT, "Ada", Channel.SMS, "+447700900001")
    contact = add_contact(session, watch.pump.patient, new, by=here.nadia, now=NOW)
    for ago in (timedelta(hours=1), timedelta()):
        facts = {"again": 1, "ago": ago, "contact": contact}
        called(session, here, watch, CallResult.WRONG_NUMBER, **facts)

    assert contact.state is AddressState.INVALID
    asked = sa.select(Watch.explanation).where(Watch.kind == WatchKind.UNDELIVERABLE)
    (why,) = session.scalars(asked)
    assert "ask for the right one" in why["sentence"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_was_not_reached_is_called_again_before_refill_by(session, here, watch):
    left = (watch.danger_at.date() - TODAY).days
    with pytest.raises(TrackerError, match="The date comes first") as refused:
        called(session, here, watch, CallResult.NO_ANSWER, again=left + 1)

    assert refused.value.field == "next_call_on"
    called(session, here, watch, CallResult.NO_ANSWER, again=left)
    called(session, here, watch, CallResult.REACHED, again=left + 1)  # agreed with them


def promised(session, watch):
    asked = sa.select(Watch).where(Watch.kind == WatchKind.CALL).order_by(Watch.id)
    return list(session.scalars(asked.execution_options(populate_existing=True)))


def test_promise_covered_a_promised_call_has_an_owner_until_the_next_call(session, here, watch):
    first = called(session, here, watch, CallResult.NO_ANSWER, again=1)
    (call,) = promised(session, watch)
    ends = datetime(*(TODAY + DAY).timetuple()[:3], 23, 59, 59, tzinfo=here.clinic.zone)
    assert (call.danger_at, call.owner_id, call.closed_at) == (ends, watch.owner_id, None)

    called(session, here, watch, CallResult.REACHED, ago=DAY)  # older, written down late
    assert promised(session, watch)[0].closed_at is None

    second = called(session, here, call, CallResult.MESSAGE_LEFT, again=2)  # from its own row
    assert second.watch_id == watch.id != call.id
    ended, call = promised(session, watch)
    assert (ended.evidence_kind, ended.evidence_id) == ("contact_attempt", second.id)
    assert call.explanation["attempt_id"] == second.id != first.id

    called(session, here, watch, CallResult.REACHED)
    assert [one.closed_at for one in promised(session, watch)] == [NOW, NOW]


def test_promise_persistent_a_promised_call_that_is_not_made_grows_louder(
    sessions, session, here, watch
):
    called(session, here, watch, CallResult.NO_ANSWER, again=1)
    (call,) = promised(session, watch)
    session.commit()

    def shown(days):
        found = board_rows(session, here.clinic, BoardFilters(), now=NOW + days * DAY)
        return [one.kind for one in found if one.watch_id == call.id]

    assert (shown(0), shown(1), shown(2)) == ([], [], [WatchKind.CALL])

    session.commit()
    for days in (1, 2, 3, 5):
        tick(sessions, now=NOW + days * DAY, host="h")

    session.expire_all()
    said = sa.select(Message.step).where(Message.watch_id == call.id).order_by(Message.id)
    told = list(session.scalars(said))
    assert (list(dict.fromkeys(told)), call.level) == ([1, 2, 3], "urgent")
    assert call.closed_at is watch.closed_at is None


def test_a_promised_call_ends_with_what_it_is_about_and_changes_hands_with_it(
    session, here, watch
):
    called(session, here, watch, CallResult.NO_ANSWER, again=3)
    own(session, watch, here.ito, by=here.nadia, now=NOW)
    assert promised(session, watch)[0].owner_id == here.ito.id

    refilled(session, watch.pump, here, refill_facts("300", filled_at=NOW))

    (call,) = promised(session, watch)
    assert (call.closed_at, call.evidence_kind) == (watch.closed_at, "refill") != (None, None)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_call_that_an_older_version_took_down_is_watched_after_the_upgrade(
    session, here, watch
):
    called(session, here, watch, CallResult.NO_ANSWER, again=3)
    session.execute(sa.delete(WebhookEvent))
    session.execute(sa.delete(Watch).where(Watch.kind == WatchKind.CALL))

    assert (watch_promises(session, now=NOW), watch_promises(session, now=NOW)) == (1, 0)
    assert len(promised(session, watch)) == 1
