"""A pump that has ended stays ended: what is written down late wakes nobody."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.riverside import (
    DAY,
    FILLED_AT,
    Riverside,
    programme_facts,
    pump_of,
    refill_facts,
    refilled,
    riverside,
)
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.models import Pump, PumpEnd, Refill, Staff, Watch
from tracker.services.corrections import void
from tracker.services.programmes import change_dose
from tracker.services.pumps import AlreadyEnded, Assurance, NoEvidence, end_pump
from tracker.services.readings import ReadingFacts, record_interrogation

ENDED_AT = FILLED_AT + 40 * DAY
LATER = ENDED_AT + DAY
Ended = tuple[Riverside, Pump, Refill]


@pytest.fixture
def ended(session: Session) -> Ended:
    """A pump with one refill, whose patient died forty days after it."""
    here = riverside(session)
    pump = pump_of(session, here)
    refill = refilled(session, pump, here)
    end_pump(
        session,
        pump,
        ended_on=ENDED_AT.date(),
        kind=PumpEnd.DIED,
        note="letter of the GP",
        by=here.nadia,
        now=ENDED_AT,
    )
    session.commit()
    return here, pump, refill


def read_late(session: Session, here: Riverside, pump: Pump, refill: Refill) -> None:
    facts = ReadingFacts(read_at=ENDED_AT - DAY, printed_alarm_on=LATER.date())
    record_interrogation(session, pump, facts, by=here.nadia, now=LATER)


def refill_late(session: Session, here: Riverside, pump: Pump, refill: Refill) -> None:
    refilled(session, pump, here, refill_facts(filled_at=ENDED_AT - DAY), now=LATER)


def correct_late(session: Session, here: Riverside, pump: Pump, refill: Refill) -> None:
    facts = refill_facts(instilled_volume_ml=Decimal("34"))
    refilled(session, pump, here, facts, replaces=refill, now=LATER)


def stop_late(session: Session, here: Riverside, pump: Pump, refill: Refill) -> None:
    facts = programme_facts("500", effective_at=ENDED_AT - DAY)
    change_dose(session, pump, facts, reason="late", by=here.nadia, now=LATER)


def void_late(session: Session, here: Riverside, pump: Pump, refill: Refill) -> None:
    void(session, refill, reason="another patient's", by=here.nadia, now=LATER)


@pytest.mark.parametrize("act", [read_late, refill_late, correct_late, stop_late, void_late])
def test_promise_evidence_only_a_late_record_of_an_ended_pump_opens_no_watch(
    session: Session,
    ended: Ended,
    act: Callable[[Session, Riverside, Pump, Refill], None],
) -> None:
    here, pump, refill = ended
    watches = session.scalar(sa.select(sa.func.count(Watch.id)))

    act(session, here, pump, refill)
    session.commit()

    still = session.scalars(sa.select(Watch.kind).where(Watch.closed_at.is_(None))).all()
    assert still == [WatchKind.ENDING]  # which asks the second person, and stays
    assert session.scalar(sa.select(sa.func.count(Watch.id))) == watches


def test_promise_evidence_only_who_had_it_before_them_when_it_ended_opens_no_watch(
    sessions: sessionmaker[Session], session: Session
) -> None:
    here = riverside(session)
    pump = pump_of(session, here)
    refilled(session, pump, here)
    session.commit()
    with sessions() as other:
        seen, by = other.get_one(Pump, pump.id), other.get_one(Staff, here.nadia.id)
        other.commit()
        end = {"kind": PumpEnd.DIED, "note": "letter", "by": here.nadia, "now": ENDED_AT}
        end_pump(session, pump, ended_on=ENDED_AT.date(), **end)
        session.commit()

        facts = ReadingFacts(read_at=ENDED_AT - DAY, printed_alarm_on=LATER.date())
        record_interrogation(other, seen, facts, by=by, now=LATER)
        other.commit()

    still = session.scalars(sa.select(Watch.kind).where(Watch.closed_at.is_(None))).all()
    assert still == [WatchKind.ENDING]


def test_a_second_end_is_refused_and_the_first_stays(session: Session, ended: Ended) -> None:
    here, pump, _ = ended

    with pytest.raises(AlreadyEnded):
        end_pump(
            session,
            pump,
            ended_on=LATER.date(),
            kind=PumpEnd.EXPLANTED,
            note="another",
            by=here.ito,
            now=LATER,
        )

    session.rollback()
    assert (pump.end_kind, pump.end_note) == (PumpEnd.DIED, "letter of the GP")
    assert pump.ended_at == ENDED_AT


@pytest.mark.parametrize("note", ["", "  \n"])
def test_an_end_without_evidence_is_refused(session: Session, note: str) -> None:
    here = riverside(session)
    pump = pump_of(session, here)
    now: datetime = FILLED_AT

    with pytest.raises(NoEvidence):
        end_pump(
            session,
            pump,
            ended_on=now.date(),
            kind=PumpEnd.DIED,
            note=note,
            by=here.nadia,
            now=now,
        )

    assert pump.ended_at is None


A_WEEK_ON = (FILLED_AT + 9 * DAY).date()
TOO_LITTLE: tuple[tuple[PumpEnd, dict[str, Any], str], ...] = (
    (PumpEnd.TRANSFERRED, {}, "accepted_by"),
    (PumpEnd.TRANSFERRED, {"accepted_by": "Dr Brook"}, "accepted_on"),
    (PumpEnd.TRANSFERRED, {"accepted_by": "B", "accepted_on": A_WEEK_ON}, "accepted_on"),
    (PumpEnd.EXPLANTED, {}, "plan"),
)


def test_hazard_h25_a_pump_that_may_hold_drug_is_not_let_go_of_without_who_takes_over(
    session: Session,
) -> None:
    """Nor explanted for good without a plan."""
    here = riverside(session)
    pump = pump_of(session, here)
    refilled(session, pump, here)

    for kind, given, field in TOO_LITTLE:
        at = FILLED_AT + DAY
        facts = {"kind": kind, "note": "letter", "by": here.nadia, "now": at}
        facts["ended_on"] = at.date()
        with pytest.raises(NoEvidence) as refused:
            end_pump(session, pump, assurance=Assurance(**given), **facts)

        assert refused.value.field == field
        assert pump.ended_at is None


def test_a_pump_ends_on_its_own_day_and_not_on_the_day_on_which_that_was_recorded(
    session: Session,
) -> None:
    here = riverside(session)
    pump = pump_of(session, here)
    refilled(session, pump, here)
    facts = {"kind": PumpEnd.DIED, "note": "letter", "by": here.nadia, "now": ENDED_AT}

    filled_on, today = FILLED_AT.date(), ENDED_AT.date()
    empty = pump_of(session, here)  # of which no refill says that it was there
    for one, day in (
        (empty, empty.implanted_on - DAY),
        (pump, filled_on - DAY),
        (pump, today + DAY),
    ):
        with pytest.raises(NoEvidence) as refused:
            end_pump(session, one, ended_on=day, **facts)
        assert refused.value.field == "ended_on"
    end_pump(session, pump, ended_on=filled_on + 2 * DAY, **facts)

    assert (pump.ended_on, pump.ended_at) == (filled_on + 2 * DAY, ENDED_AT)
    with pytest.raises(TrackerError, match="before that refill"):  # of another pump, surely
        refilled(session, pump, here, refill_facts(filled_at=FILLED_AT + 5 * DAY), now=LATER)
    late = refill_facts(filled_at=FILLED_AT + DAY)
    assert refilled(session, pump, here, late, now=LATER).filled_at == late.filled_at
