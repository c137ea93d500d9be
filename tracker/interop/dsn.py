"""Reports of mail servers (RFC 3464) read from the raw e-mail; anything else gives none.

They come from anywhere, so nothing in them is taken at its word but the name of our message,
which is too long to be guessed.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from itertools import islice

from tracker.domain.bounce import KEPT_AS, STATUS, Bounce

REFERENCE = r"[0-9a-f]{40}"
OWN_ADDRESS = re.compile(rf"\+({REFERENCE})@", re.IGNORECASE)  # bounces+reference@…
OWN_ID = re.compile(rf"<({REFERENCE})@[^>\s]+>", re.IGNORECASE)
ACTIONS = frozenset({*KEPT_AS, "relayed", "expanded"})
# Ours, against an e-mail that is made to keep us busy. A report is a few thousand bytes in
# three parts, and what comes back behind it is not needed.
LARGEST = 256 * 1024  # bytes that are read
MOST_PARTS = 100
LONGEST_HEADER = 2000  # characters that are decoded
LONGEST = 500  # characters of a diagnostic that are kept; ours: two lines of a server
MOST_RECIPIENTS = 20  # blocks that are read; each of our e-mails has one recipient
ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Envelope-To")


def bounces_in(raw: bytes) -> list[Bounce]:
    """The reports in an e-mail, one for each recipient; empty if it holds none."""
    try:
        return _read(message_from_bytes(raw[:LARGEST]))
    except RecursionError:  # parts within parts without end: no mail server writes that
        return []


def _read(mail: Message) -> list[Bounce]:
    status = next(_parts(mail, "message/delivery-status"), None)
    if status is None or not isinstance(blocks := status.get_payload(), list):
        return []
    reference = _reference(mail)
    found = [_bounce(block, reference) for block in blocks[: MOST_RECIPIENTS + 1]]
    return [one for one in found if one is not None]


def _parts(mail: Message, kind: str) -> Iterator[Message]:
    parts = islice(mail.walk(), MOST_PARTS)
    return (part for part in parts if part.get_content_type() == kind)


def _bounce(block: object, reference: str) -> Bounce | None:
    if not isinstance(block, Message):
        return None
    action = _said(block, "Action").lower()
    if action not in ACTIONS:
        return None  # the first block is of the whole e-mail
    status = STATUS.search(_said(block, "Status"))
    diagnostic = re.sub(r"^\s*smtp\s*;\s*", "", _said(block, "Diagnostic-Code"), flags=re.I)
    return Bounce(reference, action, status[0] if status else "", diagnostic[:LONGEST])


def _reference(mail: Message) -> str:
    """By the address that only this e-mail had; else by the id of the e-mail that came back."""
    for name in ADDRESSED:
        if found := OWN_ADDRESS.search(_said(mail, name)):
            return found[1].lower()
    for kind in ("message/rfc822", "text/rfc822-headers"):
        for part in _parts(mail, kind):
            if found := OWN_ID.search(_returned_id(part)):
                return found[1].lower()
    return ""


def _returned_id(part: Message) -> str:
    inside = part.get_payload()
    if isinstance(inside, list):
        mail = inside[0] if inside else None
        return _said(mail, "Message-ID") if isinstance(mail, Message) else ""
    text = part.get_payload(decode=True)
    return _said(message_from_bytes(text), "Message-ID") if isinstance(text, bytes) else ""


def _said(part: Message, name: str) -> str:
    """A header in one line; one that can't be read is shown as it came."""
    value = str(part.get(name, ""))[:LONGEST_HEADER]
    with suppress(LookupError, ValueError):
        value = str(make_header(decode_header(value)))
    return " ".join(value.replace("\0", "").split())
