"""What other programs are to be told is written with the change itself, or not at all."""

import json
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from config import ROOT
from tests.hooks import an_agreed_webhook
from tests.riverside import (
    DAY,
    FILLED_AT,
    filled_pump,
    open_watch,
    programme_facts,
    refill_facts,
    refilled,
)
from tracker.domain.danger import WatchKind
from tracker.domain.infusion import Mode
from tracker.domain.message import Channel
from tracker.domain.proposal import Outcome
from tracker.domain.webhook import EventKind
from tracker.models import Watch, WebhookEvent
from tracker.services import climbing, webhook_events
from tracker.services.programmes import change_dose
from tracker.services.proposals import agree
from tracker.services.webhooks import add_webhook, revoke_webhook

HOUR = timedelta(hours=1)
NOW = FILLED_AT + DAY


@pytest.fixture
def begins_with():
    return filled_pump


@pytest.fixture
def webhook(session, here):
    found = an_agreed_webhook(
        session, here.clinic, name="board", address="https://example.org/hook?key=theirs",
        by=here.nadia, now=NOW,
    )  # fmt: skip
    session.execute(sa.delete(WebhookEvent))  # the test that it is called with first
    session.commit()
    return found


def events(session, kind=None):
    found = session.scalars(sa.select(WebhookEvent).order_by(WebhookEvent.id)).all()
    return [one for one in found if kind is None or one.kind is kind]


def dose(session, here, pump, at=NOW, **more):
    facts = programme_facts("800", effective_at=at, **more)
    change_dose(session, pump, facts, reason="test", by=here.nadia, now=at)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_refill_closes_a_watch_and_opens_another(session, here, pump, webhook):
    old = open_watch(session, pump).id

    refilled(session, pump, here, refill_facts(filled_at=NOW))

    by_kind = {(one.kind, one.watch_id) for one in events(session)}
    new = open_watch(session, pump).id
    assert by_kind >= {(EventKind.CLOSED, old), (EventKind.OPENED, new)}
    (closed,) = events(session, EventKind.CLOSED)
    told = json.loads(closed.body)
    assert (told["type"], told["data"]["evidence_kind"]) == ("watch.closed", "refill")
    assert told["data"]["closed_at"] is not None
    for secret in ("aclofen", pump.patient.family_name, "Ida", "Nadia", pump.serial):
        assert not any(secret in one.body for one in events(session))
    assert told["data"]["mrn"] == pump.patient.mrn


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_earlier_date_is_told_with_the_date_itself(session, here, pump, webhook):
    dose(session, here, pump)

    (moved,) = [
        one
        for one in events(session, EventKind.DATE)
        if json.loads(one.body)["data"]["kind"] == "refill"
    ]
    told = json.loads(moved.body)["data"]["danger_at"]
    assert told == open_watch(session, pump).danger_at.isoformat()
    assert len({one.key for one in events(session)}) == len(events(session))


def test_a_tick_tells_a_new_level_once_and_a_repeated_step_nothing(
    session, here, pump, webhook
):
    watch = open_watch(session, pump)
    known = climbing.known_by(frozenset({Channel.EMAIL}))
    for at in (watch.danger_at + HOUR, watch.danger_at + 30 * DAY):
        climbing.climb(session, known, now=at)
        session.flush()

    of_watch = [one for one in events(session, EventKind.LEVEL) if one.watch_id == watch.id]
    assert [json.loads(one.body)["data"]["level"] for one in of_watch] == ["urgent"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_record_that_takes_a_level_back_tells_the_level(session, here, pump, webhook):
    watch = open_watch(session, pump)
    known = climbing.known_by(frozenset({Channel.EMAIL}))
    climbing.climb(session, known, now=watch.danger_at + HOUR)
    session.refresh(watch)
    at = watch.danger_at + 2 * HOUR
    session.execute(sa.delete(WebhookEvent))

    facts = programme_facts("100", effective_at=NOW)
    change_dose(session, pump, facts, reason="test", by=here.nadia, now=at)

    assert watch.danger_at > at
    of_watch = [one for one in events(session, EventKind.LEVEL) if one.watch_id == watch.id]
    assert [json.loads(one.body)["data"]["level"] for one in of_watch] == ["info"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_change_that_is_taken_back_is_told_to_nobody(session, here, pump, webhook):
    dose(session, here, pump)
    session.rollback()

    assert events(session) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_neither_another_clinic_nor_a_revoked_webhook_is_told(session, here, pump, webhook):
    revoke_webhook(session, webhook, by=here.ito, now=NOW)
    an_agreed_webhook(
        session, here.neighbour, name="theirs", address="https://example.net/", by=here.sam,
        now=NOW,
    )  # fmt: skip
    session.execute(sa.delete(WebhookEvent))

    dose(session, here, pump)

    assert events(session) == []


def test_whatever_fails_in_telling_programs_the_watch_itself_is_written(
    session, here, pump, webhook, monkeypatch, log
):
    monkeypatch.setattr(webhook_events, "_told", lambda row: {}[row.mrn])
    before = open_watch(session, pump).danger_at

    dose(session, here, pump)
    session.commit()

    assert open_watch(session, pump).danger_at < before
    assert events(session) == []
    assert "is told to no program" in log.getvalue()
    assert pump.patient.mrn not in log.getvalue()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_open_watch_of_a_clinic_was_told_when_it_opened(session, here, pump, webhook):
    """Of whatever kind, and by whichever room: a way of opening that forgets it fails here."""
    refilled(session, pump, here, refill_facts(filled_at=NOW))
    dose(session, here, pump, at=NOW + HOUR, mode=Mode.STOPPED, dose_mcg_per_day=None)
    session.flush()

    opened = {one.watch_id for one in events(session, EventKind.OPENED)}
    newer = session.scalars(sa.select(Watch.id).where(Watch.opened_at >= NOW)).all()
    assert set(newer) == opened
    assert open_watch(session, pump, WatchKind.REFILL).id in opened


def test_no_room_opens_a_watch_that_is_told_to_nobody():
    """Whoever makes the columns of one adds it by `opened` or `keep`, or tells of it itself."""
    wrong = [
        path.name
        for path in (ROOT / "tracker" / "services").glob("*.py")
        if re.search(r"(?<!def )\bborn\(", text := path.read_text(encoding="utf-8"))
        if not re.search(r"\b(opened|keep)\(session, (watch|promised)\b", text)
        if "EventKind.OPENED" not in text
    ]

    assert wrong == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_that_waits_for_a_second_person_is_told_nothing(session, here, pump):
    facts = {"name": "b", "address": "https://b.example/", "reason": "why", "now": NOW}
    waiting, proposal = add_webhook(session, here.clinic, by=here.nadia, **facts)

    dose(session, here, pump)
    assert events(session) == []
    revoke_webhook(session, waiting, by=here.ito, now=NOW)
    ended = agree(session, proposal, by=None, note="too late", now=NOW)

    assert (ended, waiting.agreed_at) == (Outcome.OUTDATED, None)
    assert events(session) == []
