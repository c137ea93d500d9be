"""What every answer tells the browser, what a cookie is called, and who may call us by name."""

import base64
import hashlib
import re
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

# All is refused but what is named: our own files, and forms that come back to us. Nothing
# inline, nothing from elsewhere, no framing. No `upgrade-insecure-requests`: trying out goes by
# plain HTTP.
NOWHERE = "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "object-src 'none'",  # said by the line above too; the standard wants it by name
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",  # the parts of a page that are fetched again
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# What a page of ours never asks a browser for; passkeys are asked for, by ourselves alone.
REFUSED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen",
    "geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb",
)  # fmt: skip
ALLOWED = ("publickey-credentials-create", "publickey-credentials-get")
POLICY_NAME = "Content-Security-Policy"
HEADERS = {
    POLICY_NAME: POLICY,
    "X-Content-Type-Options": "nosniff",
    # to ourselves, for the check of a form's origin needs it; to nobody else
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        [f"{name}=()" for name in REFUSED] + [f"{name}=(self)" for name in ALLOWED]
    ),
}
# Asked for again and again, and told by themselves how long they are good.
OWN_AGE = frozenset({"static", "calendars.feed"})
YEAR = 365 * 24 * 60 * 60  # seconds; ASVS 5.0, 3.4.1: at least
STRICT_TRANSPORT = f"max-age={YEAR}; includeSubDomains"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # nosec B104 - compared, not listened on
STRANGE = (
    "This program isn't called that. PUBLIC_URL, or OTHER_HOSTS, names how it is called.\n"
)


class SignedCookies(SecureCookieSessionInterface):
    """Flask's own, with a hash that is still approved; its SHA-1 isn't (ASVS 5.0, 11.4.1)."""

    digest_method = staticmethod(hashlib.sha256)


def init_app(app: Flask) -> None:
    """Headers on every answer, cookies of this host alone, no answer to a strange name."""
    config = app.config
    app.session_interface = SignedCookies()
    is_https = str(config["PUBLIC_URL"]).startswith("https://")
    config.update(
        # `__Host-`: a browser takes it only by TLS, from this very host, for all its paths, so
        # that no neighbour under the same domain can plant one. By plain HTTP it takes none.
        SESSION_COOKIE_NAME="__Host-session" if is_https else "session",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_PATH="/",
        # Not Strict: whoever follows the link of a warning from their mail would arrive signed
        # out. What changes anything is posted, and Lax keeps the cookie from another site's
        # forms; the form's token stands behind it.
        SESSION_COOKIE_SAMESITE="Lax",
        # An answer that was on its way must not bring back the token of before a fresh proof.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    _believe_proxies(app, int(config["PROXY_HOPS"]))
    names = own_names(config["PUBLIC_URL"], config["HOST"], config["OTHER_HOSTS"])

    @app.before_request
    def refuse_strange_names() -> None:
        if names and hostname(f"//{request.host}") not in names:
            raise SecurityError

    @app.errorhandler(SecurityError)
    def strange(_error: SecurityError) -> ResponseReturnValue:
        # no page: it would need the address that was just refused
        return Response(STRANGE, 400, mimetype="text/plain")

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            if name != POLICY_NAME or name not in response.headers:  # a printout has its own
                response.headers[name] = value
        if is_https:
            response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        is_kept = request.endpoint in OWN_AGE and "Cache-Control" in response.headers
        # a file that isn't there is answered by a page
        if not is_kept or response.status_code >= 400:
            response.headers["Cache-Control"] = "no-store"
        return response


def printed(response: Response) -> Response:
    """A printout, which is read without us too: by its own style, and nothing else."""
    # a browser's own viewer of PDF pages runs in no sandbox, and styles itself
    rules = "style-src 'unsafe-inline'"
    if response.mimetype == "text/html":
        response.direct_passthrough = False  # it is read here, and not only by the server
        found = re.search(rb"<style>(.*?)</style>", response.get_data(), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(found[1] if found else b"").digest())
        rules = f"style-src 'sha256-{digest.decode()}'; sandbox"
    response.headers[POLICY_NAME] = f"default-src 'none'; {rules}; {NOWHERE}"
    return response


def own_names(public_url: str, host: str, others: str) -> frozenset[str]:
    """The names by which we may be called, beside this machine's own; none: by any.

    A name that another made to point at us, as in DNS rebinding, is not among them. While it
    listens to a whole network and was told no address, what it is called can't be known.
    """
    told = {hostname(public_url), *(hostname(f"//{one.strip()}") for one in others.split(","))}
    told.discard("")
    if told <= EVERYWHERE and hostname(f"//{host}") in {*EVERYWHERE, ""}:
        return frozenset()
    return frozenset(told | LOOPBACK)


def hostname(address: str) -> str:
    """The name in an address, in small letters and without its port; empty if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _believe_proxies(app: Flask, hops: int) -> None:
    """Take the caller's address from what the last `hops` proxies wrote, and from no other.

    Only the address and whether it was TLS: the host is the one that was asked for.
    """
    if hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0
        )
