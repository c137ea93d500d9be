"""A text that was sent to a contact, and the providers that call us about it."""

import pytest
import sqlalchemy as sa
from twilio.request_validator import RequestValidator

from tests.builders import a_contact, a_message
from tests.web.conftest import NOW, rows
from tracker.domain.message import Channel, MessageState
from tracker.models import (
    AddressState,
    Message,
    Watch,
)

TOKEN, SECRET = "a token of Twilio's", "0123456789abcdefX"
NUMBER = "+441632960123"


@pytest.fixture
def twilio(app, client):
    app.config.update(
        CHANNEL_SMS="twilio", TWILIO_AUTH_TOKEN=TOKEN, PUBLIC_URL="https://pumps.example"
    )

    def call(path, *, sign=TOKEN, known_as="https://pumps.example", **fields):
        made = RequestValidator(sign).compute_signature(f"{known_as}{path}", fields)
        return client.post(path, data=fields, headers={"X-Twilio-Signature": made})

    return call


@pytest.fixture
def contact(session, here):
    found = a_contact(session, here.patient)
    found.channel, found.address = Channel.SMS, NUMBER
    found.state = AddressState.UNVERIFIED
    session.commit()
    return found


@pytest.fixture
def message(session, here, contact):
    watch = session.scalars(
        sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill")
    ).one()
    made = a_message(
        session,
        watch,
        contact=contact,
        channel=Channel.SMS,
        key=f"{watch.id}:1:0:c{contact.id}:sms",
        state=MessageState.SENT,
        sent_at=NOW,
        reference="SM1",
    )
    session.commit()
    return made


@pytest.fixture
def report(twilio, message):
    def say(status, **more):
        path = f"/callbacks/sms/twilio/{message.key}"
        return twilio(path, MessageSid="SM1", MessageStatus=status, **more)

    return say


@pytest.fixture
def answer(twilio):
    def say(body, ref="SM9", sender=NUMBER):
        fields = {"MessageSid": ref, "From": sender, "To": "+441632960999", "Body": body}
        return twilio("/callbacks/sms/twilio/inbound", **fields)

    return say


def state_of(session, message):
    return rows(session, sa.select(Message.state).where(Message.id == message.id))[0]


def open_watches(session, kind):
    asked = sa.select(Watch).where(Watch.kind == kind, Watch.closed_at.is_(None))
    return rows(session, asked)
