"""Telephone numbers as they are kept: with their country, in one way of writing (E.164)."""

import phonenumbers

from tracker.domain.errors import TrackerError
from tracker.domain.message import Channel


class NotANumber(TrackerError):
    code = "not_a_number"


def e164(text: str, *, field: str = "address") -> str:
    """The number as +441632960123. Raises NotANumber: a country is asked for, never guessed."""
    typed = text.strip()
    if not typed.startswith("+"):
        raise NotANumber(
            "Write the number with + and its country, e.g. +44 1632 960123.", field=field
        )
    try:
        number = phonenumbers.parse(typed, None)
    except phonenumbers.NumberParseException:
        number = None
    # possible, not valid: numbers set aside for trying out are possible, and new ranges open
    if number is None or number.extension or not phonenumbers.is_possible_number(number):
        raise NotANumber(f"{typed[:40]} is not a complete telephone number.", field=field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def as_kept(channel: Channel, address: str) -> str:
    """An address as it is written down; a number in its one way of writing."""
    return e164(address) if channel is Channel.SMS else address.strip()


def readable(address: str) -> str:
    """A number in groups, as it is dialled and read aloud; anything else as it is."""
    try:
        number = phonenumbers.parse(address, None)
    except phonenumbers.NumberParseException:
        return address
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def as_sent_in(text: str) -> str:
    """A number as a provider names a sender, in our way of writing where it can be read."""
    typed = text.strip()
    try:
        return e164(typed if typed.startswith("+") else f"+{typed}")
    except NotANumber:
        return typed[:254]
