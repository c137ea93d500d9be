"""Whether a call comes from who shares a secret with us: Twilio's signature, a bare token."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit


def signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Twilio's own: HMAC-SHA1 over the address and the sorted fields, each pair once."""
    said = url + "".join(name + value for name, value in sorted(set(fields)))
    made = hmac.new(token.encode(), said.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return base64.b64encode(made.digest()).decode()


def with_and_without_port(url: str) -> tuple[str, str]:
    """An address in both ways: its port may stand in what Twilio signs, or not."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    bare = parts.netloc.removesuffix(f":{port}")
    before, after = url.split(parts.netloc, 1)
    return f"{before}{bare}:{port}{after}", f"{before}{bare}{after}"


def is_same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing; an empty one never is."""
    if not one or not other:
        return False
    ours, theirs = (text.encode("utf-8", "surrogatepass") for text in (one, other))
    return hmac.compare_digest(ours, theirs)
