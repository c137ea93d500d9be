"""The token in the link by which somebody ends our e-mails: whose they are, and signed."""

import hmac
import re
from hashlib import sha256

PURPOSE = "unsubscribe"  # a signature of ours for anything else is none for this


def token_for(contact_id: int, secret: str) -> str:
    """The token of one contact; the same each time, so that an old e-mail's link works."""
    return f"{contact_id}.{_signature(contact_id, secret)}"


def contact_of(token: str, secret: str) -> int | None:
    """The contact that a token names; None if it is not one of ours."""
    found = re.fullmatch(r"([1-9]\d{0,9})\.([0-9a-f]{40})", token, re.ASCII)
    if found is None:
        return None
    contact_id = int(found[1])
    is_ours = hmac.compare_digest(found[2], _signature(contact_id, secret))
    return contact_id if is_ours else None


def _signature(contact_id: int, secret: str) -> str:
    said = f"{PURPOSE}:{contact_id}".encode()
    return hmac.new(secret.encode(), said, sha256).hexdigest()[:40]
