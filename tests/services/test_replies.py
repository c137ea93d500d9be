"""An answer that a provider calls in twice is one answer, on either database."""

import sqlalchemy as sa

from tests.cast import a_contact, a_patient, a_ward
from tracker.domain.message import Channel
from tracker.models import Consent, Reply
from tracker.services import replies

PHONE = "+441632960177"


def test_what_is_called_in_twice_is_acted_on_once(session, now):
    contact = a_contact(session, a_patient(session, a_ward(session)), address=PHONE)
    contact.channel = Channel.SMS
    session.flush()
    said = replies.Answered("gateway", "1", PHONE, "+441632960999", "STOP")

    first = replies.receive(session, said, now=now)
    consents = session.scalars(sa.select(Consent.id)).all()
    again = replies.receive(session, said, now=now)

    assert (len(first), again) == (1, [])
    assert session.scalars(sa.select(Reply.id)).all() == [first[0].id]
    assert session.scalars(sa.select(Consent.id)).all() == consents
