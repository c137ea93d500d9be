"""An ID token: who it says has signed in, believed only if every part of it is as asked.

No text of an error repeats a token or anything that stands in one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from tracker.domain.errors import TrackerError
from tracker.domain.identity import Identity

# A key that anybody can read signs nothing (HS256), and no signature is none ("none").
ALGORITHMS = ["RS256", "ES256"]
LEEWAY = timedelta(seconds=60)  # ours: two clocks of one hospital are closer
# 2048 bits in base64; NIST SP 800-131A: shorter RSA keys are no longer to be believed.
SHORTEST_MODULUS = 342
LONGEST_SUBJECT = 255  # characters; OpenID Connect Core 2


class NotBelieved(TrackerError):
    """The answer of the hospital's sign-in is not what it would be if all were right."""

    code = "not_believed"


class UnknownKey(NotBelieved):
    """The token is signed with a key that wasn't among those of the provider."""

    code = "unknown_key"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must say; `proved_since`: who it is was shown there no earlier."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    proved_since: datetime | None = None


def read_keys(document: Any) -> KeySet:
    """The keys that may sign; what else is there, or can't be read, is passed over."""
    listed = document.get("keys") if isinstance(document, dict) else None
    found = [_key(one) for one in listed] if isinstance(listed, list) else []
    return KeySet([one for one in found if one is not None])


def read_id_token(text: str, keys: KeySet, expected: Expected, *, now: datetime) -> Identity:
    """Who has signed in. Raises NotBelieved, or UnknownKey where newer keys may know better."""
    claims = _checked(text, keys, expected, now)
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise NotBelieved("The token names nobody.")
    proved_at = _instant(claims.get("auth_time"))
    if expected.proved_since is not None and (
        proved_at is None or proved_at < expected.proved_since - LEEWAY
    ):
        raise NotBelieved("The token does not say that somebody showed just now who they are.")
    return identity_of(expected.issuer, subject, claims, proved_at)


def identity_of(
    issuer: str, subject: str, claims: Mapping[str, Any], proved_at: datetime | None
) -> Identity:
    """The person, with the address that the claims say is theirs."""
    email = claims.get("email")
    return Identity(
        issuer,
        subject,
        email.strip().lower() if isinstance(email, str) else "",
        claims.get("email_verified") is True,
        proved_at,
    )


def _key(one: Any) -> RSAKey | ECKey | None:
    if not isinstance(one, dict) or one.get("use", "sig") != "sig":
        return None
    try:
        if one.get("kty") == "RSA" and len(one["n"].rstrip("=")) >= SHORTEST_MODULUS:
            return RSAKey.import_key(one)
        if (one.get("kty"), one.get("crv")) == ("EC", "P-256"):
            return ECKey.import_key(one)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        pass
    return None


def _checked(text: str, keys: KeySet, expected: Expected, now: datetime) -> Mapping[str, Any]:
    try:
        token = jwt.decode(text, _named(keys), algorithms=ALGORITHMS)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": expected.issuer},
                "aud": {"essential": True, "value": expected.client_id},
            },
            params={
                "nonce": expected.nonce,
                "client_id": expected.client_id,
                "access_token": expected.access_token,
            },
        )
        claims.validate(int(now.timestamp()), int(LEEWAY.total_seconds()))
    except UnknownKey:
        raise
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as problem:
        # of any kind: a token that can't be read is as little believed as a wrong one
        raise NotBelieved(f"The token is not right: {type(problem).__name__}.") from None
    return dict(claims)


def _named(keys: KeySet) -> Any:
    """Picks the key that the token names; where it names none there must be one alone."""

    def pick(token: Any) -> Any:
        header = token.headers()
        kind = {"RS256": RSAKey, "ES256": ECKey}.get(str(header.get("alg")))
        fitting = [one for one in keys.keys if kind is not None and isinstance(one, kind)]
        if header.get("kid") is not None:
            fitting = [one for one in fitting if one.kid == header["kid"]]
        if len(fitting) != 1:
            raise UnknownKey("The token is signed with a key that the provider does not list.")
        return fitting[0]

    return pick


def _instant(seconds: Any) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
