"""Where a message goes, and what is known of that address: e-mail or telephone."""

from tracker.domain.message import Channel
from tracker.models import AddressState, Message


def address_of(message: Message) -> str:
    """The recipient's address for the message's channel, as it is now; empty if none is."""
    if message.contact is not None:
        return message.contact.address
    assert message.staff is not None  # one_recipient, a constraint of the table
    is_email = message.channel is Channel.EMAIL
    return message.staff.email if is_email else message.staff.phone or ""


def state_of(message: Message) -> AddressState:
    """What is known of that address."""
    if message.contact is not None:
        return message.contact.state
    assert message.staff is not None
    is_email = message.channel is Channel.EMAIL
    return message.staff.email_state if is_email else message.staff.phone_state


def mark(message: Message, state: AddressState) -> None:
    """Write down what was learnt of that address."""
    if message.contact is not None:
        message.contact.state = state
    elif message.staff is not None and message.channel is Channel.EMAIL:
        message.staff.email_state = state
    elif message.staff is not None:
        message.staff.phone_state = state
