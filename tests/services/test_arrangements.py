"""What is arranged for a visit goes along when the visit is moved."""

from datetime import timedelta

import pytest

from tests.riverside import FILLED_AT, filled_pump
from tracker.domain.visit import Transport
from tracker.services.appointments import book, move
from tracker.services.arrangements import ArrangementFacts, arrange, arrangements_of

NOW = FILLED_AT + timedelta(days=10)


@pytest.fixture
def begins_with():
    return filled_pump


@pytest.mark.parametrize(
    ("later", "transport", "is_booked"),
    [
        pytest.param(timedelta(), Transport.ARRANGED, True, id="the same hour"),
        pytest.param(timedelta(hours=1), Transport.NEEDED, False, id="another hour"),
    ],
)
def test_what_is_arranged_goes_along_and_what_hangs_on_the_hour_is_asked_anew(
    session, here, pump, later, transport, is_booked
):
    who = {"by": here.nadia, "now": NOW}
    at = NOW + timedelta(days=4)
    visit = book(session, pump, scheduled_at=at, **who)
    facts = ArrangementFacts(
        transport=Transport.ARRANGED,
        transport_by="St John",
        interpreter="Polish",
        is_interpreter_booked=True,
        note="has a dog",
    )
    arrange(session, visit, facts, **who)

    moved = move(session, visit, scheduled_at=at + later, **who)

    now_so = arrangements_of(session, [moved.id])[moved.id]
    assert (now_so.transport, now_so.is_interpreter_booked) == (transport, is_booked)
    assert (now_so.transport_by, now_so.interpreter, now_so.note) == (
        "St John",
        "Polish",
        "has a dog",
    )
