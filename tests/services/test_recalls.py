"""A notice finds its pumps, now and later, and only what was done for a pump ends its watch."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests import recalled
from tests.riverside import FILLED_AT, Bedside, new_pump, pump_of, refilled
from tests.scenes import Scene
from tracker.domain.danger import WatchKind
from tracker.domain.recall import NotARecall, Touch
from tracker.models import PumpEnd, RecallPump, Watch
from tracker.services.pumps import correct_pump, details_of, end_pump
from tracker.services.recalls import answer_recall, withdraw_recall

NOW = FILLED_AT + timedelta(days=10)


@pytest.fixture
def begins_with() -> Scene:
    return new_pump


def entered(session, here, **more):
    return recalled.entered(session, here.clinic, by=here.nadia, now=NOW, **more)


def found(session):
    return session.scalars(sa.select(RecallPump).order_by(RecallPump.id)).all()


def open_notices(session, pump):
    return session.scalars(
        sa.select(Watch).where(
            Watch.pump_id == pump.id, Watch.kind == WatchKind.RECALL, Watch.closed_at.is_(None)
        )
    ).all()


def test_hazard_h27_a_notice_finds_its_pumps_at_once_and_says_which_cant_be_told(
    session, standing: Bedside
):
    here = standing.here
    inside = pump_of(session, here, serial="NGP123456H")
    outside = pump_of(session, here, serial="NGP200000H")
    other_model = pump_of(
        session, here, model="prometra_ii_20", serial="NGP123457H",
        reservoir_capacity_ml=Decimal("20"),
    )  # fmt: skip

    entered(session, here)

    touches = {one.pump_id: one.touch for one in found(session)}
    assert touches == {inside.id: Touch.AFFECTED, standing.pump.id: Touch.UNTOLD}
    for pump in (outside, other_model):
        assert open_notices(session, pump) == []
    (watch,) = open_notices(session, inside)
    assert watch.owner is inside.owner
    assert watch.danger_at == NOW + timedelta(days=7)
    assert watch.next_action_at <= NOW


def test_hazard_h27_a_pump_that_is_recorded_or_corrected_later_is_found_too(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    entered(session, here)
    later = pump_of(session, here, serial="NGP150000H")
    (first,) = open_notices(session, pump)

    assert len(open_notices(session, later)) == 1

    _correct(session, here, pump, serial="NGP150001H")

    (second,) = open_notices(session, pump)
    session.refresh(first)
    assert first.closed_at is not None
    assert second.explanation["sentence"].startswith("A field-safety notice is about this pump")

    _correct(session, here, pump, serial="NGP999999H")

    assert open_notices(session, pump) == []


def _correct(session, here, pump, **more):
    changed = replace(details_of(pump), **more)
    correct_pump(session, pump, changed, reason="read wrongly", by=here.nadia, now=NOW)


def test_promise_evidence_only_what_was_done_for_the_pump_ends_its_notice(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    entered(session, here)
    (row,) = found(session)

    refilled(session, pump, here)
    assert len(open_notices(session, pump)) == 1

    with pytest.raises(NotARecall):
        answer_recall(session, row, what=" ", done_on=NOW.date(), by=here.nadia, now=NOW)
    tomorrow = NOW.date() + timedelta(days=1)
    with pytest.raises(NotARecall):
        answer_recall(session, row, what="seen", done_on=tomorrow, by=here.nadia, now=NOW)
    (watch,) = open_notices(session, pump)

    answer_recall(
        session,
        row,
        what="Pump looked at: NGV000001H",
        done_on=NOW.date(),
        by=here.nadia,
        now=NOW,
    )

    assert open_notices(session, pump) == []
    session.refresh(watch)
    assert (watch.evidence_kind, watch.evidence_id) == ("recall_pump", row.id)
    with pytest.raises(NotARecall):
        answer_recall(session, row, what="again", done_on=NOW.date(), by=here.nadia, now=NOW)
    # what was done for this serial number stays done
    _correct(session, here, pump, purpose="pain")
    assert open_notices(session, pump) == []


def test_a_pump_that_has_ended_and_a_notice_withdrawn_ask_for_nothing_more(
    session, standing: Bedside
):
    here, pump = standing.here, standing.pump
    second = pump_of(session, here, serial="NGP123456H")
    recall = entered(session, here)

    end_pump(
        session,
        pump,
        ended_on=NOW.date(),
        kind=PumpEnd.EXPLANTED,
        note="letter",
        by=here.nadia,
        now=NOW,
    )
    assert open_notices(session, pump) == []
    assert len(open_notices(session, second)) == 1

    withdraw_recall(session, recall, because="entered twice", by=here.ito, now=NOW)

    assert open_notices(session, second) == []
    assert {one.done_what for one in found(session)} == {
        "explanted: letter",
        "The notice was withdrawn: entered twice",
    }


def test_a_letter_that_names_a_drug_and_a_notice_entered_twice_are_refused(
    session, standing: Bedside
):
    with pytest.raises(NotARecall) as refused:
        entered(session, standing.here, letter="Your baclofen pump may stop.")
    assert refused.value.field == "letter"

    entered(session, standing.here)
    with pytest.raises(NotARecall):
        entered(session, standing.here)
