"""A mail server that calls every address wrong is not believed for long."""

from datetime import timedelta

import sqlalchemy as sa

from tests.cast import messages
from tests.faults.ward import asking_patients
from tests.outlets import Listed, into
from tracker.domain.message import MessageState
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs import deliver, tick
from tracker.jobs.lines import WRONG_IN_A_ROW
from tracker.models import AddressState, Contact

GONE = DeliveryFailed("550 no such user", refusal=Refusal.BAD_ADDRESS)
PATIENTS = WRONG_IN_A_ROW + 4


def test_a_server_that_refuses_everybody_costs_three_addresses_and_no_more(
    sessions, session, now
):
    asking_patients(session, PATIENTS, now=now)
    tick(sessions, now=now, host="h")

    report = deliver(sessions, into(Listed(fails=GONE)), host="h", now=now)

    wrong = sa.select(sa.func.count()).where(Contact.state == AddressState.INVALID)
    assert session.scalar(wrong) == WRONG_IN_A_ROW
    assert len(messages(session, state="planned")) == PATIENTS - WRONG_IN_A_ROW
    assert (report.sent, report.failed) == (0, WRONG_IN_A_ROW + 1)
    assert "may be the server" in messages(session)[WRONG_IN_A_ROW].state_reason
    session.commit()

    later = now + timedelta(hours=1)
    mended = deliver(sessions, into(Listed()), host="h", now=later)

    assert mended.sent == PATIENTS - WRONG_IN_A_ROW
    sent = messages(session, state=MessageState.SENT)
    assert len(sent) == PATIENTS - WRONG_IN_A_ROW
