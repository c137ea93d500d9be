"""What every answer tells the browser, on every route; cookies; whose name we answer to."""

import hashlib
import re

import pytest
import sqlalchemy as sa
from werkzeug.middleware.proxy_fix import ProxyFix

from config import load
from tests.web.conftest import csrf_token, sign_in
from tracker.app import create_app
from tracker.models import Role
from tracker.services.clinics import add_member
from tracker.web.devices import _signer
from tracker.web.headers import HEADERS, NOWHERE, POLICY_NAME, own_names
from tracker.web.site import BY_SECRET

PRINTED = f"default-src 'none'; style-src 'unsafe-inline'; {NOWHERE}"
OWN = {page.bp.name for page in BY_SECRET}


def every_route(app):
    """Each rule and method with an address; a number in it is 1."""
    at = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {name: "tracker.css" if name == "filename" else "1" for name in rule.arguments}
        path = at.build(rule.endpoint, values, method=None)
        for method in sorted(rule.methods):
            yield rule.endpoint, method, path


def faults_of(answer, *, static=False) -> list[str]:
    """What an answer lacks of what each must tell."""
    found = [name for name, value in HEADERS.items() if answer.headers.getlist(name) != [value]]
    if not static and answer.headers.getlist("Cache-Control") != ["no-store"]:
        found.append("Cache-Control")
    cookies = answer.headers.getlist("Set-Cookie")
    found += [one for one in cookies if not (is_guarded(one) or is_taken_away(one))]
    if b"<" in answer.data and re.search(
        rb"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:", answer.data
    ):
        found.append("inline script or style")
    return found


def is_guarded(cookie: str) -> bool:
    parts = set(cookie.split("; ")[1:])
    return cookie.startswith("session=") and {"HttpOnly", "Path=/", "SameSite=Lax"} <= parts


def is_taken_away(cookie: str) -> bool:
    return cookie.split("; ")[0].endswith("=") and "Max-Age=0" in cookie


@pytest.fixture
def as_ada(client, here, session):
    """The nurse as administrator too, so that no page is closed."""
    add_member(session, here.place.neighbour, here.nadia, role=Role.ADMINISTRATOR)
    session.execute(sa.text("UPDATE membership SET role = 'administrator'"))
    session.commit()
    assert sign_in(client, here.nadia.email).status_code == 302
    return client


@pytest.mark.one_database("sqlite")
def test_every_answer_of_every_route_tells_the_browser_what_it_may(app, as_ada):
    stranger, seen = app.test_client(), set()
    for endpoint, method, path in every_route(app):
        for who in (as_ada, stranger):
            if endpoint == "sign_in.end" and who is as_ada:
                continue
            answer = who.open(path, method=method, buffered=True)
            seen.add(answer.status_code)

            is_static = endpoint == "static" and answer.status_code == 200
            is_printed = (
                answer.headers[POLICY_NAME] == PRINTED and answer.mimetype[-4:] == "/pdf"
            )
            own = [POLICY_NAME] if is_printed else []
            assert faults_of(answer, static=is_static) == own, (method, path)

    assert {200, 302, 400, 403, 404} <= seen


def test_a_fault_a_refusal_and_what_is_not_there_tell_it_too(app, as_nadia):
    app.testing = False

    def fail():
        raise RuntimeError

    app.view_functions["board.rows"] = fail
    for path, status, method in (
        ("/board/rows", 500, "GET"),
        ("/nowhere", 404, "GET"),
        ("/static/nowhere.css", 404, "GET"),
        ("/patients/new", 405, "PUT"),
        ("/static/tracker.css", 200, "GET"),
    ):
        answer = as_nadia.open(path, method=method, buffered=True)

        assert answer.status_code == status
        assert faults_of(answer, static=status == 200) == [], path


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere():
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))

    assert policy.pop("default-src") == "'none'"
    assert (
        policy.pop("object-src")
        == policy.pop("base-uri")
        == policy.pop("frame-ancestors")
        == "'none'"
    )
    assert set(policy) == {"script-src", "style-src", "img-src", "connect-src", "form-action"}
    assert set(policy.values()) == {"'self'"}


def test_a_printout_may_use_the_style_it_carries_and_nothing_else(as_nadia):
    for kind, rule in (("html", "'sha256-"), ("pdf", "'unsafe-inline'")):
        answer = as_nadia.get(f"/emergency-list/now.{kind}")

        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith(f"default-src 'none'; style-src {rule}")
        assert ("sandbox" in policy) == (kind == "html")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in policy


def test_nothing_can_be_posted_without_the_forms_token(app, as_ada):
    posted = [
        (endpoint, path)
        for endpoint, method, path in every_route(app)
        if method not in {"GET", "HEAD", "OPTIONS"} and endpoint.split(".")[0] not in OWN
        if endpoint != "sign_in.go_on"  # saves nothing, and opens what we have sealed ourselves
    ]
    for endpoint, path in posted:
        answer = as_ada.post(path, data={"note": "x"})

        assert answer.status_code == 400, endpoint
        assert "Nothing was saved" in answer.text, endpoint
    assert len(posted) > 20


def test_what_is_called_without_a_token_needs_its_secret(app, client, here):
    """A page that takes no form's token asks for another secret, which no guess is."""
    for endpoint, method, path in every_route(app):
        if endpoint.split(".")[0] in OWN and method not in {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method, data={"note": "x"})

            assert answer.status_code in {403, 404}, (method, path)


@pytest.fixture
def a_site(tmp_path):
    """Makes the application with other settings, on a database that nobody asks."""
    engines = []

    def make(**settings):
        environ = {"DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}", **settings}
        app = create_app(load(environ, instance=tmp_path / "instance"))
        engines.append(app.extensions["tracker"].engine)
        app.testing = True
        return app

    yield make
    for one in engines:
        one.dispose()


HTTPS = {"PUBLIC_URL": "https://pumps.example"}
THERE = {"base_url": "https://pumps.example"}


def test_by_tls_the_cookie_is_bound_to_this_host_and_tls_is_demanded(a_site):
    answer = a_site(**HTTPS).test_client().get("/sign-in", **THERE)

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_by_plain_http_the_cookie_still_works_and_tls_is_not_demanded(a_site):
    answer = a_site().test_client().get("/sign-in")

    assert is_guarded(answer.headers["Set-Cookie"])
    assert "Strict-Transport-Security" not in answer.headers


def test_every_cookie_is_signed_with_a_hash_that_is_approved(app):
    with app.test_request_context():
        for signer in (_signer(), app.session_interface.get_signing_serializer(app)):
            assert signer.make_signer().digest_method is hashlib.sha256


def test_by_tls_a_form_from_another_site_is_refused_by_where_it_came_from(a_site):
    client = a_site(**HTTPS).test_client()
    token = csrf_token(client.get("/sign-in", **THERE).text)

    for origin in ("https://evil.example/", ""):
        answer = client.post(
            "/sign-in", data={"csrf_token": token}, headers={"Referer": origin}, **THERE
        )
        assert answer.status_code == 400, origin
    same = {"Referer": "https://pumps.example/sign-in"}
    answer = client.post("/sign-in", data={"csrf_token": token}, headers=same, **THERE)
    assert answer.status_code == 422  # nothing was typed


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("pumps.example", 200),
        ("PUMPS.example:8443", 200),
        ("10.0.0.7:8000", 200),
        ("localhost:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example", 400),
        ("pumps.example.evil.example", 400),
        ("pumps.example@evil.example", 400),
        ("evil.example/pumps.example", 400),
    ],
)
def test_only_our_own_names_are_answered(a_site, host, status):
    client = a_site(**HTTPS, OTHER_HOSTS="balancer.example, 10.0.0.7").test_client()

    answer = client.get("/sign-in", headers={"Host": host})

    assert answer.status_code == status
    if status == 400:
        assert "PUBLIC_URL" in answer.text
        assert "evil" not in answer.text


def test_a_name_is_asked_for_only_where_it_can_be_known():
    assert own_names("http://0.0.0.0:8000", "0.0.0.0", "") == frozenset()
    assert "pumps.example" in own_names("https://pumps.example", "0.0.0.0", "")
    assert "192.0.2.1" in own_names("http://192.0.2.1:8000", "192.0.2.1", "")


@pytest.mark.parametrize(
    ("hops", "seen"), [("0", "127.0.0.1"), ("1", "198.51.100.7"), ("2", "203.0.113.9")]
)
def test_the_callers_address_is_believed_of_our_own_proxies_only(a_site, hops, seen):
    app = a_site(PROXY_HOPS=hops)
    assert isinstance(app.wsgi_app, ProxyFix) == (hops != "0")
    forwarded = {
        "X-Forwarded-For": "192.0.2.66, 203.0.113.9, 198.51.100.7",
        "X-Forwarded-Host": "evil.example",
    }

    with app.test_client() as client:
        assert client.get("/sign-in", headers=forwarded).status_code == 200
        from flask import request

        assert request.remote_addr == seen
        assert request.host == "localhost"


def test_more_than_a_form_can_hold_is_refused_in_words(as_nadia):
    long, parts = "x" * (256 * 1024 + 1), "multipart/form-data"
    for answer in (
        as_nadia.post("/patients/new", data={"note": long * 4}),
        as_nadia.post("/patients/new", data={"note": long}, content_type=parts),
        as_nadia.post(
            "/patients/new", data={f"n{n}": "x" for n in range(1001)}, content_type=parts
        ),
    ):
        assert answer.status_code == 413
        assert "Nothing was saved" in answer.text
        assert faults_of(answer) == []
