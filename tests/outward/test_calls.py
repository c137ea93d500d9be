"""Calls over real lines: pinned to what was looked at, never led on, and over in time."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager

import pytest
import requests

from tests.smtp_sink import server_context
from tracker.outward.calls import LARGEST, guarded
from tracker.outward.places import Reach

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PUBLIC = "93.184.215.14"  # an address outside: nothing is sent there, see `elsewhere`


@contextmanager
def serving(answer, context: ssl.SSLContext | None = None):
    """A server that answers by `answer(line)`; gives its port and the requests it has heard."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                line, _ = listener.accept()
                line.settimeout(5)
                if context is not None:
                    line = context.wrap_socket(line, server_side=True)
                with line:
                    heard.append(line.recv(65_536))
                    answer(line)
            except ssl.SSLError:
                continue
            except OSError:
                if listener.fileno() == -1 or closed.is_set():
                    return

    closed = threading.Event()
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        closed.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=6)


def saying(text: bytes):
    return lambda line: line.sendall(text)


def ask(url: str, reach: Reach = Reach.ANYWHERE, *, timeout=2.0, certificates=""):
    with guarded(
        requests.Session(), reach, timeout=timeout, certificates=certificates
    ) as session:
        return session.get(url)


@pytest.fixture
def elsewhere(monkeypatch):
    """Names answer as they are told here; lines to the address outside end on this machine."""
    asked: list[str] = []
    gone: list[tuple] = []
    answers: list[list[str]] = []
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def answer(host, port, *rest, **more):
        if host != "hook.example":
            return resolve(host, port, *rest, **more)
        asked.append(host)
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    def go(self, address):
        gone.append(address)
        return connect(self, ("127.0.0.1", address[1]) if address[0] == PUBLIC else address)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(socket.socket, "connect", go)
    return answers, asked, gone


@pytest.fixture
def hook(authority):
    """The certificate of a place outside."""
    return server_context(*authority.issue("hook.example"))


def test_what_is_set_by_who_runs_the_machine_may_be_inside():
    with serving(saying(OK)) as (port, heard):
        assert ask(f"http://127.0.0.1:{port}/").text == "ok"
        assert ask(f"http://localhost:{port}/").text == "ok"

    assert heard[1].split(b"\r\n")[1] == f"Host: localhost:{port}".encode()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0177.0.0.1"]
)
def test_what_is_typed_into_a_page_never_reaches_inside(host, authority):
    context = server_context(*authority.issue("127.0.0.1", "localhost"))
    with (
        serving(saying(OK), context) as (port, heard),
        pytest.raises(requests.ConnectionError, match="may not go"),
    ):
        ask(f"https://{host}:{port}/", Reach.OUTSIDE, certificates=authority.file)

    assert heard == []


def test_what_is_typed_into_a_page_is_called_outside_over_tls(elsewhere, hook, authority):
    answers, _, gone = elsewhere
    answers.append([PUBLIC])
    with serving(saying(OK), hook) as (port, heard):
        url = f"https://hook.example:{port}/x"
        assert ask(url, Reach.OUTSIDE, certificates=authority.file).text == "ok"

    assert gone[0] == (PUBLIC, port)
    assert heard[0].startswith(b"GET /x HTTP/1.1\r\nHost: hook.example")


def test_what_is_typed_into_a_page_is_not_called_in_the_open():
    with pytest.raises(requests.exceptions.InvalidSchema):
        ask("http://hook.example/", Reach.OUTSIDE)


def test_a_name_that_turns_inward_after_the_look_is_not_asked_again(elsewhere, hook, authority):
    answers, asked, gone = elsewhere
    answers += [[PUBLIC], ["127.0.0.1"]]
    with serving(saying(OK), hook) as (port, _):
        url = f"https://hook.example:{port}/"
        assert ask(url, Reach.OUTSIDE, certificates=authority.file).text == "ok"
        with pytest.raises(requests.ConnectionError, match="may not go"):
            ask(url, Reach.OUTSIDE, certificates=authority.file)

    assert asked == ["hook.example"] * 2  # once for each call
    assert [address for address, _ in gone] == [PUBLIC]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("reach", Reach)
def test_a_redirect_is_an_answer_and_never_followed(elsewhere, hook, authority, reach, status):
    elsewhere[0].append([PUBLIC])
    with serving(saying(OK)) as (inside, reached):
        led = f"HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:{inside}/\r\n"
        with serving(saying(f"{led}Content-Length: 0\r\n\r\n".encode()), hook) as (port, _):
            url = f"https://hook.example:{port}/"
            found = ask(url, reach, certificates=authority.file)

    assert found.status_code == status
    assert reached == []


def test_a_name_without_an_address_is_said():
    with pytest.raises(requests.ConnectionError):
        ask("http://nowhere.invalid/")


def test_the_second_address_is_tried_where_the_first_is_dead(elsewhere):
    elsewhere[0].append(["127.0.0.9", "127.0.0.1"])
    with serving(saying(OK)) as (port, _):
        assert ask(f"http://hook.example:{port}/").text == "ok"


def test_an_answer_that_is_too_long_is_not_read():
    long = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LARGEST + 1)
    with serving(saying(long)) as (port, _), pytest.raises(requests.ReadTimeout):
        ask(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_drips_is_cut(head):
    over = threading.Event()

    def drip(line):
        line.sendall(head)
        letters = iter(b"X-Drip: " + b"x" * 10_000)
        while not over.wait(0.05):
            line.sendall(bytes([next(letters)]))

    with serving(drip) as (port, _):
        began = time.monotonic()
        with pytest.raises((requests.Timeout, requests.ConnectionError)):
            ask(f"http://127.0.0.1:{port}/", timeout=0.5)
        took = time.monotonic() - began
        over.set()

    assert took < 2


def test_a_login_that_lies_about_is_not_sent(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving(saying(OK)) as (port, heard):
        ask(f"http://127.0.0.1:{port}/")

    assert b"Authorization" not in heard[0]


def test_a_proxy_is_used_for_the_house_and_not_for_what_is_typed(
    elsewhere, hook, authority, monkeypatch
):
    elsewhere[0].append([PUBLIC])
    with serving(saying(OK)) as (proxy, heard), serving(saying(OK), hook) as (port, _):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert ask("http://ping.example/").text == "ok"
        url = f"https://hook.example:{port}/"
        assert ask(url, Reach.OUTSIDE, certificates=authority.file).text == "ok"

    assert len(heard) == 1
    assert heard[0].startswith(b"GET http://ping.example/")
