"""Who could not be written to: what is asked of them goes along, and ends as it does here."""

from datetime import timedelta

import sqlalchemy as sa

from tests.builders import a_message
from tests.offered import accept, open_watches
from tests.riverside import refill_facts, refilled
from tracker.domain.danger import WatchKind
from tracker.jobs import tick
from tracker.models import AddressState, Contact
from tracker.services import undelivered

DAY = timedelta(days=1)


def handed_over(session, sessions, ward, now):
    """Her e-mail was refused for good; a day later she is another clinic's."""
    (refill,) = open_watches(session, open_key=f"{ward.pump.id}:refill")
    contact = session.scalars(sa.select(Contact)).one()
    lost = a_message(session, refill, contact=contact, state="failed", sent_at=now)
    contact.state = AddressState.INVALID
    undelivered.report(session, lost, "no such address", now=now)
    accept(session, ward, now + DAY)
    session.commit()
    for day in range(1, 4):
        tick(sessions, now=now + day * DAY, host="h")


def asked(session):
    found = open_watches(session, kind=WatchKind.UNDELIVERABLE)
    session.commit()  # a reader that stays open keeps others from writing
    return found


def test_promise_evidence_only_another_clinic_mends_no_address(session, sessions, ward, now):
    handed_over(session, sessions, ward, now)

    (task,) = asked(session)
    assert (task.clinic_id, task.owner_id) == (ward.there.id, ward.sam.id)


def test_it_ends_with_the_refill_that_is_recorded_there(session, sessions, ward, now):
    handed_over(session, sessions, ward, now)

    ward.place.nadia = ward.sam  # who records it now
    refilled(session, ward.pump, ward.place, refill_facts(filled_at=now + 3 * DAY))
    session.commit()
    tick(sessions, now=now + 5 * DAY, host="h")

    assert asked(session) == []
