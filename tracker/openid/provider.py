"""A conversation with the hospital's sign-in: where it is asked, and what it answered.

Code flow with PKCE (S256). Discovery and keys are kept for an hour, in this process alone.
"""

import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc.jwk import KeySet

from tracker.domain.errors import TrackerError
from tracker.domain.identity import Identity
from tracker.openid.tokens import (
    Expected,
    NotBelieved,
    UnknownKey,
    identity_of,
    read_id_token,
    read_keys,
)
from tracker.outward.calls import guarded
from tracker.outward.places import Reach

TIMEOUT = 10  # seconds; ours: somebody waits at the screen
KEPT = timedelta(hours=1)  # ours: providers announce a new key days ahead
SOONEST = timedelta(
    minutes=1
)  # ours: a token with a made-up key must not make us ask each time
PAUSE = timedelta(seconds=15)  # ours: while it is dead, each who asks must not wait for it
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
S = TypeVar("S", bound=requests.Session)


class OutOfReach(TrackerError):
    """The hospital's sign-in does not answer, or not in words that can be read."""

    code = "provider_out_of_reach"


class Declined(TrackerError):
    """It answered that it lets nobody in; `code` is the word it used, if it is one we know."""

    code = "declined"


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are at the provider."""

    issuer: str
    client_id: str
    redirect_uri: str
    secret: str = field(default="", repr=False)
    certificates: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was asked with, which the answer must fit; it lies in the cookie of who asked."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    proved_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider says of itself."""

    facts: Mapping[str, Any]
    keys: KeySet
    read_at: datetime


def an_attempt(*, proved_since: datetime | None) -> Attempt:
    """A new one, of which nobody can guess a part."""
    one, two, three = (secrets.token_urlsafe(32) for _ in range(3))
    return Attempt(one, two, three, proved_since)


class Provider:
    """The provider that the settings name. Usable from many threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: _Known | None = None
        self._failed_at: datetime | None = None
        self._lock = threading.Lock()

    def address(self, attempt: Attempt, *, now: datetime) -> str:
        """Where the browser is sent to sign in. Raises OutOfReach."""
        url = str(self._ask_who(now).facts["authorization_endpoint"])
        more = {} if attempt.proved_since is None else {"prompt": "login", "max_age": "0"}
        with self._session(url) as session:
            found, _ = session.create_authorization_url(
                url,
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
                **more,
            )
        return str(found)

    def identify(
        self, answer: Mapping[str, str], attempt: Attempt, *, now: datetime
    ) -> Identity:
        """Who has signed in, by the answer that the browser brought back.

        Raises NotBelieved, Declined or OutOfReach.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise NotBelieved("The answer belongs to another sign-in.")
        facts = self._ask_who(now).facts
        self._check_issuer(answer, facts)
        if "error" in answer or not answer.get("code"):
            raise Declined(answer.get("error", ""))
        token = self._redeem(answer["code"], attempt, facts)
        identity = self._read(token, attempt, now)
        return identity if identity.email else self._with_address(identity, token, facts)

    def _check_issuer(self, answer: Mapping[str, str], facts: Mapping[str, Any]) -> None:
        """Whose answer it is (RFC 9207), where the provider says it or says that it would."""
        says = facts.get("authorization_response_iss_parameter_supported") is True
        if (says or "iss" in answer) and answer.get("iss") != self._client.issuer:
            raise NotBelieved("The answer is another provider's.")

    def _redeem(
        self, code: str, attempt: Attempt, facts: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        url = str(facts["token_endpoint"])
        try:
            with self._session(url, facts) as session:
                token = session.fetch_token(
                    url,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                )
        except AuthlibBaseError as refused:
            raise Declined(str(refused.error or "")) from None
        except (OSError, ValueError, TypeError, AttributeError) as problem:
            raise _out_of_reach(problem) from None
        if not isinstance(token, dict) or not isinstance(token.get("id_token"), str):
            raise NotBelieved("The provider handed out no ID token.")
        return token

    def _read(self, token: Mapping[str, Any], attempt: Attempt, now: datetime) -> Identity:
        expected = Expected(
            self._client.issuer,
            self._client.client_id,
            attempt.nonce,
            str(token.get("access_token", "")),
            attempt.proved_since,
        )
        text = token["id_token"]
        try:
            return read_id_token(text, self._ask_who(now).keys, expected, now=now)
        except UnknownKey:  # it may have a new one
            keys = self._ask_who(now, anew=True).keys
            return read_id_token(text, keys, expected, now=now)

    def _with_address(
        self, identity: Identity, token: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> Identity:
        """The same person with an address, where the provider tells it in another place."""
        url = facts.get("userinfo_endpoint")
        if not self._is_fit(url) or not token.get("access_token"):
            return identity
        try:
            with self._session(str(url), token=dict(token)) as session:
                said = session.get(str(url)).json()
        except (AuthlibBaseError, OSError, ValueError) as problem:
            raise _out_of_reach(problem) from None
        if not isinstance(said, dict) or said.get("sub") != identity.subject:
            raise NotBelieved("The provider told of somebody else.")
        return identity_of(identity.issuer, identity.subject, said, identity.proved_at)

    def _ask_who(self, now: datetime, *, anew: bool = False) -> _Known:
        """What the provider says of itself, as it said it lately."""
        with self._lock:
            known, longest = self._known, SOONEST if anew else KEPT
            if known is not None and timedelta(0) <= now - known.read_at < longest:
                return known
            failed = self._failed_at
            if failed is not None and timedelta(0) <= now - failed < PAUSE:
                raise OutOfReach("It did not answer a moment ago.")
            try:
                self._known = self._read_about(now)
            except OutOfReach:
                self._failed_at = now
                raise
            return self._known

    def _read_about(self, now: datetime) -> _Known:
        issuer = self._client.issuer
        facts = self._document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if facts.get("issuer") != issuer:
            raise OutOfReach("It says that it is another issuer than OIDC_ISSUER.")
        if not all(self._is_fit(facts.get(one)) for one in ENDPOINTS):
            raise OutOfReach("An address that it names is missing or not protected.")
        keys = read_keys(self._document(str(facts["jwks_uri"])))
        if not keys.keys:
            raise OutOfReach("It lists no key that may sign.")
        return _Known(facts, keys, now)

    def _document(self, url: str) -> dict[str, Any]:
        try:
            with self._guard(requests.Session(), url) as session:
                answer = session.get(url, headers={"Accept": "application/json"})
            said = answer.json() if answer.status_code == 200 else None
        except (OSError, ValueError) as problem:
            raise _out_of_reach(problem) from None
        if not isinstance(said, dict):
            raise OutOfReach("Its answer can't be read.")
        return said

    def _is_fit(self, url: Any) -> bool:
        """Whether what the provider names may be called: protected as its own address is."""
        if not isinstance(url, str):
            return False
        parts = urlsplit(url)
        schemes = {"https", urlsplit(self._client.issuer).scheme}
        return parts.scheme in schemes and bool(parts.hostname) and parts.username is None

    def _session(
        self, url: str, facts: Mapping[str, Any] | None = None, token: Any = None
    ) -> OAuth2Session:
        client = self._client
        session = OAuth2Session(
            client.client_id,
            client.secret or None,
            token_endpoint_auth_method=_how(client, facts or {}),
            scope="openid email",
            redirect_uri=client.redirect_uri,
            code_challenge_method="S256",
            token=token,
        )
        return self._guard(session, url)

    def _guard(self, session: S, url: str) -> S:
        """Its own host is set by who runs the machine; others it names must lie outside."""
        is_own = urlsplit(url).hostname == urlsplit(self._client.issuer).hostname
        reach = Reach.ANYWHERE if is_own else Reach.OUTSIDE
        return guarded(session, reach, timeout=TIMEOUT, certificates=self._client.certificates)


def _how(client: Client, facts: Mapping[str, Any]) -> str:
    """How we show the provider who we are: as a header unless it takes only the form."""
    if not client.secret:
        return "none"
    ways = facts.get("token_endpoint_auth_methods_supported")
    takes = ways if isinstance(ways, list) else ["client_secret_basic"]
    only_form = "client_secret_post" in takes and "client_secret_basic" not in takes
    return "client_secret_post" if only_form else "client_secret_basic"


def _out_of_reach(problem: Exception) -> OutOfReach:
    """By its kind alone: the words of the cause hold addresses, and may hold a code."""
    return OutOfReach(f"It can't be reached: {type(problem).__name__}.")
