"""Each level of each kind of watch, from the record that opens it to a message in the outbox.

The kinds are those of the program: one that is new, and that no record here opens, fails.
"""

from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tests.browser.clinic import NOW, everything
from tests.riverside import DAY
from tracker.domain.danger import WatchKind
from tracker.domain.day_report import Wish
from tracker.domain.escalation import Level
from tracker.domain.events import EventKind
from tracker.domain.message import Channel
from tracker.domain.silence import CallResult
from tracker.models import (
    Clinic,
    Membership,
    Message,
    Patient,
    Pump,
    PumpModel,
    Refill,
    Staff,
    Watch,
)
from tracker.services import climbing, countersigns, undelivered
from tracker.services.contact_attempts import record_call
from tracker.services.day_reports import choose, open_reports
from tracker.services.events import EventFacts, record_event
from tracker.services.morning_lists import emergency_list, keep_list
from tracker.services.policies import ladder_of
from tracker.services.pump_dues import REVIEW, due_pumps
from tracker.services.pumps import implant_pump
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.reviews import ask

MOST_TICKS = 40  # a level that takes more is not reached


@pytest.fixture
def begins_with():
    return of_every_kind


def of_every_kind(session) -> SimpleNamespace:
    """A clinic with an open watch of every kind, each opened by a record of its own."""
    everything(session)
    clinic = session.scalars(sa.select(Clinic).where(Clinic.name == "Riverside")).one()
    pump = session.scalars(sa.select(Pump).where(Pump.ended_at.is_(None))).first()
    facts = {"by": pump.owner, "now": NOW}
    record_event(session, pump, EventFacts(kind=EventKind.MRI, started_at=NOW), **facts)
    _fever(session, clinic, **facts)
    _dispute(session, pump)
    stated = ReadingFacts(read_at=NOW, printed_alarm_on=NOW.date() + 40 * DAY)
    record_interrogation(session, pump, stated, reason="as it was printed", **facts)
    made = emergency_list(session, clinic, now=NOW)
    keep_list(session, clinic, made, folder="/tmp", files=(), digest="0" * 64, now=NOW)
    asked = sa.select(Membership).filter_by(clinic=clinic).order_by(Membership.id).limit(2)
    for one, wish in zip(session.scalars(asked).all(), (Wish.DAILY, Wish.WEEKLY), strict=True):
        choose(session, one, wish)
    open_reports(session, now=NOW + 7 * DAY)
    for number in due_pumps(session, REVIEW, after=0, now=NOW + 400 * DAY):
        ask(session, session.get_one(Pump, number), now=NOW + 400 * DAY)
    sent = session.scalars(sa.select(Message).order_by(Message.id)).first()
    undelivered.report(session, sent, "no such number", now=NOW)
    _promise(session, sent.watch, **facts)
    climbing.set_aside(session, sent.watch_id, "for the test", now=NOW)
    return SimpleNamespace(clinic=clinic)


def _fever(session, clinic, **facts) -> None:
    """Of a patient whose pump is driven by gas."""
    model = session.scalars(
        sa.select(PumpModel).where(PumpModel.code == "codman_3000_50")
    ).one()
    patient = session.scalars(sa.select(Patient).where(Patient.clinic_id == clinic.id)).first()
    size = {"reservoir_capacity_ml": Decimal(50), "low_reservoir_alarm_ml": Decimal(2)}
    pump = implant_pump(
        session, patient, model=model, serial="GAS1", implanted_on=NOW.date() - 90 * DAY,
        fixed_flow_ml_per_day=Decimal(1), owner=facts["by"], **size, **facts,
    )  # fmt: skip
    record_event(session, pump, EventFacts(kind=EventKind.FEVER, started_at=NOW), **facts)


def _promise(session, watch, **facts) -> None:
    """Nobody answered, and a day is named on which to call again."""
    told = {"result": CallResult.NO_ANSWER, "called": "the patient", "called_at": NOW}
    record_call(session, watch, **told, next_call_on=NOW.date() + DAY, **facts)


def _dispute(session, pump) -> None:
    refill = session.scalars(sa.select(Refill).where(Refill.pump_id == pump.id)).first()
    ito = session.scalars(sa.select(Staff).where(Staff.name == "Ito Doctor")).one()
    refill.checked_by_id = ito.id
    countersigns.countersign(
        session, refill, is_agreed=False, reason="another lot", by=ito, now=NOW
    )


def told_by(session, watch: Watch) -> set[Level]:
    """The levels of what one watch has said, ticked whenever it asks for it."""
    known = climbing.known_by(frozenset({Channel.EMAIL}))
    wanted = {step.level for step in ladder_of(watch.policy).steps}
    for _ in range(MOST_TICKS):
        said = sa.select(Message.level).where(Message.watch_id == watch.id)
        told = set(session.scalars(said))
        if told >= wanted or watch.next_action_at is None:
            return told
        climbing.climb_one(session, known, watch.id, now=watch.next_action_at)
        session.refresh(watch)
    return told


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_promise_persistent_each_level_of_each_kind_of_watch_reaches_the_outbox(
    session, standing
):
    opened = session.scalars(
        sa.select(Watch)
        .where(Watch.closed_at.is_(None), Watch.clinic_id == standing.clinic.id)
        .order_by(Watch.danger_at.desc(), Watch.id)  # the one with most of its ladder ahead
    ).all()
    first = {watch.kind: watch for watch in reversed(opened)}
    assert set(first) == set(WatchKind)

    told = {kind: told_by(session, first[kind]) for kind in WatchKind}

    assert told == {
        kind: {step.level for step in ladder_of(first[kind].policy).steps} for kind in WatchKind
    }
    assert told[WatchKind.ALARM] == {Level.URGENT}  # it skips the ladder
