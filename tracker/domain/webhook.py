"""An address of another program that is told when a watch changes, as Standard Webhooks has it.

https://www.standardwebhooks.com, version 1: id, time and body are signed together, so that a
call can neither be changed nor be played again later.
"""

import base64
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from tracker.domain.errors import TrackerError

BEGINS = "whsec_"  # Standard Webhooks: by which a secret is known for one
SECRET_BYTES = 32  # Standard Webhooks: 24 to 64
LONGEST_ADDRESS = 500
# Ours: both secrets sign so long after a change, for the other side to take the new one up.
OVERLAP = timedelta(hours=24)
# Ours: failures in a row, after some three hours, at which people are told: a system alarm
# wakes them, and a machine that is mended at night shall not.
FAILING = 8


class EventKind(StrEnum):
    """What is told; the word is the `type` of the body."""

    OPENED = "watch.opened"
    LEVEL = "watch.level_changed"
    DATE = "watch.date_moved"
    CLOSED = "watch.closed"
    TEST = "webhook.test"


class EventState(StrEnum):
    """How far an event has come; `given_up` and `dropped` are shown, and never delivered."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"  # the webhook was revoked before it was told


class WrongAddress(TrackerError):
    code = "wrong_address"


def host_of(address: str) -> str:
    """The host of an address that may be called. Raises WrongAddress.

    Where its name leads is looked at with each call; what can be seen to lead inside is
    refused here already, for who typed it to learn it at once.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or not address.isascii() or not address.isprintable() or " " in address:
        _refuse("Give the whole address, such as https://example.org/pumps.")
    if parts.scheme != "https":
        _refuse("The address must begin with https://, so that nobody on the way can read it.")
    if parts.username is not None or parts.fragment or port == 0:
        _refuse("Give the address without a login before the host and without #.")
    if len(address) > LONGEST_ADDRESS:
        _refuse(f"Use at most {LONGEST_ADDRESS} characters.")
    if _is_inside(host):
        _refuse("This address lies inside the hospital's network: nothing is sent there.")
    return host


def a_secret() -> str:
    """A new secret, as the other side is given it."""
    return BEGINS + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed(known: Sequence[str], key: str, body: bytes, *, now: datetime) -> dict[str, str]:
    """The headers by which the other side knows that it is us, now, and these very bytes."""
    at = str(int(now.timestamp()))
    said = b".".join((key.encode(), at.encode(), body))
    made = (
        base64.b64encode(hmac.new(_key_of(one), said, hashlib.sha256).digest()).decode()
        for one in known
    )
    return {
        "webhook-id": key,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{one}" for one in made),
    }


def _key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(BEGINS))


def _is_inside(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _refuse(sentence: str) -> None:
    raise WrongAddress(sentence, field="address")
