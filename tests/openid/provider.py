"""A small OpenID provider of the tests' own, which signs whatever it is told to."""

import base64
import hashlib
import hmac
import json
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT = "pump-watch"
SECRET = "hushhush-hushhush-hushhush"
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
with warnings.catch_warnings(action="ignore"):
    SHORT = RSAKey.generate_key(1024, {"kid": "short", "use": "sig"})
NEW = RSAKey.generate_key(2048, {"kid": "new", "use": "sig"})


@dataclass
class House:
    """What it says of people, and what it has been asked."""

    now: int
    port: int = 0
    claims: dict[str, Any] = field(default_factory=dict)  # over those that would be right
    header: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)  # over those of discovery
    key: Any = field(default_factory=lambda: RSA)
    keys: list[Any] = field(default_factory=lambda: [RSA, EC])
    sign: Any = None  # instead of what signs by the header
    answer: dict[str, Any] | None = None  # instead of tokens
    status: int = 200
    userinfo: dict[str, Any] | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    nonce: str = ""
    challenge: str = ""

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def agree(self, address: str, **more: str) -> str:
        """Sign in at the address a browser was sent to; the path with which it comes back."""
        asked = {one: value[0] for one, value in parse_qs(urlsplit(address).query).items()}
        self.nonce, self.challenge = asked["nonce"], asked["code_challenge"]
        answer = {"code": "a code", "state": asked["state"]} | more
        where = urlsplit(asked["redirect_uri"]).path
        return f"{where}?{urlencode(answer)}"

    def token(self) -> str:
        claims = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": CLIENT,
            "exp": self.now + 300,
            "iat": self.now,
            "auth_time": self.now,
            "nonce": self.nonce,
            "email": "nadia@example.org",
            "email_verified": True,
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        alg = "ES256" if self.key is EC else "RS256"
        header = {"alg": alg, "kid": self.key.kid} | self.header
        if self.sign is not None:
            return self.sign(header, claims)
        return jwt.encode(header, claims, self.key)

    def say(self, path: str) -> tuple[int, Any]:
        if path.endswith("/openid-configuration"):
            found = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/me",
            }
            return 200, found | self.facts
        if path == "/jwks":
            return 200, {"keys": [one.as_dict(private=False) for one in self.keys]}
        if path == "/me":
            return 200, self.userinfo
        if self.answer is not None:
            return self.status, self.answer
        verifier = self.asked[-1][1].get("code_verifier", "")
        digest = hashlib.sha256(verifier.encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenge:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "t", "token_type": "Bearer", "id_token": self.token()}


def by_hand(header: dict[str, Any], claims: dict[str, Any], key: RSAKey = RSA) -> str:
    """A token whose header may say anything, signed as RS256 is."""
    parts = [_plain(json.dumps(one).encode()) for one in (header, claims)]
    text = ".".join(parts)
    mark = key.private_key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{_plain(mark)}"


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token that says of itself that nobody has signed it."""
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    return ".".join([*(_plain(json.dumps(one).encode()) for one in parts), ""])


def with_the_public_key(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token whose secret is what everybody may read: the public key itself."""
    parts = [{"alg": "HS256", "kid": "rsa"}, claims]
    text = ".".join(_plain(json.dumps(one).encode()) for one in parts)
    secret = RSA.as_pem(private=False)
    return f"{text}.{_plain(hmac.digest(secret, text.encode(), 'sha256'))}"


def with_a_key_of_its_own(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token that brings along the key by which it wants to be believed."""
    return jwt.encode(
        {"alg": "RS256", "jwk": OTHER.as_dict(private=False), "kid": "rsa"}, claims, OTHER
    )


def changed(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token that was right until somebody put another subject into it."""
    head, _, mark = jwt.encode(header, claims, RSA).split(".")
    return ".".join([head, _plain(json.dumps(claims | {"sub": "subject-2"}).encode()), mark])


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@contextmanager
def provider(now: int) -> Iterator[House]:
    """One that is served on a free port."""
    house = House(now)

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            sent = parse_qs(self.rfile.read(length).decode())
            path = urlsplit(self.path).path
            house.asked.append((path, {name: value[0] for name, value in sent.items()}))
            house.logins.append(self.headers.get("Authorization", ""))
            status, said = house.say(path)
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_):
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    house.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield house
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
