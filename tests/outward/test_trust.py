"""Every TLS line of the program against a real server: believed only for the right reasons."""

import ssl
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import requests

from tests.authority import an_authority
from tests.imap_server import Folder, imap_server
from tests.outward.test_calls import OK, saying, serving
from tests.smtp_sink import server_context, smtp_sink
from tracker import watchdog
from tracker.domain.outgoing import DeliveryFailed
from tracker.notify.email import EmailChannel, MailServer
from tracker.notify.mailbox import Mailbox, MailboxClosed, OpenMailbox
from tracker.notify.sms import Line
from tracker.outward import trust
from tracker.outward.calls import guarded
from tracker.outward.places import Reach

HOST = "localhost"
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
REFUSED = (DeliveryFailed, MailboxClosed, OSError)


@contextmanager
def smtp(context, security, certificates):
    """A mail server and what connects to it."""
    options = (
        {"ssl_context": context}
        if security == "tls"
        else {"tls_context": context, "require_starttls": True}
    )
    with smtp_sink(**options) as sink:
        where = {"host": HOST, "port": sink.port, "sender": "pumps@hill.example"}
        channel = EmailChannel(
            MailServer(**where, security=security, certificates=certificates)
        )
        yield channel.greet
        channel.close()


@contextmanager
def smtp_tls(context, certificates):
    with smtp(context, "tls", certificates) as connect:
        yield connect


@contextmanager
def smtp_starttls(context, certificates):
    with smtp(context, "starttls", certificates) as connect:
        yield connect


@contextmanager
def watchdogs_mail(context, certificates):
    with (
        smtp_sink(tls_context=context, require_starttls=True) as sink,
        tempfile.TemporaryDirectory() as folder,
    ):
        settings = watchdog.SETTINGS | {
            "SMTP_HOST": HOST,
            "SMTP_PORT": str(sink.port),
            "SMTP_SECURITY": "starttls",
            "SMTP_FROM": "pumps@hill.example",
            "TLS_CERTIFICATES": certificates,
            "WATCHDOG_TO": "oncall@hill.example",
            "LIST_FOLDER": folder,
        }
        yield lambda: watchdog.tell(settings, ["It is silent."], now=NOW)


@contextmanager
def imap(context, certificates):
    with imap_server(Folder({}), context, "me secret") as folder:
        box = Mailbox(HOST, folder.port, "me", "secret", certificates=certificates)
        yield lambda: OpenMailbox(box).close()


@contextmanager
def gateway(context, certificates):
    with serving(saying(OK), context) as (port, _):
        line = Line(2, certificates=certificates)
        yield lambda: line.ask("GET", f"https://{HOST}:{port}/", {})
        line.close()


@contextmanager
def any_call(context, certificates):
    with (
        serving(saying(OK), context) as (port, _),
        guarded(
            requests.Session(), Reach.ANYWHERE, timeout=2, certificates=certificates
        ) as session,
    ):
        yield lambda: session.get(f"https://{HOST}:{port}/")


ways = pytest.mark.parametrize(
    "way", [smtp_tls, smtp_starttls, watchdogs_mail, imap, gateway, any_call]
)


@ways
def test_the_hospitals_own_authority_is_believed_once_it_is_set(way, authority):
    context = server_context(*authority.issue(HOST))
    with way(context, authority.file) as connect:
        connect()


@ways
def test_an_authority_that_nobody_set_is_not_believed(way, authority):
    context = server_context(*authority.issue(HOST))
    with way(context, "") as connect, pytest.raises(REFUSED):
        connect()


@ways
def test_a_certificate_of_another_host_is_not_believed(way, authority):
    context = server_context(*authority.issue("other.example"))
    with way(context, authority.file) as connect, pytest.raises(REFUSED):
        connect()


@ways
def test_a_certificate_that_has_ended_is_not_believed(way, authority):
    context = server_context(*authority.issue(HOST, days=-1))
    with way(context, authority.file) as connect, pytest.raises(REFUSED):
        connect()


@ways
def test_another_authority_of_the_same_name_is_not_believed(way, authority, tmp_path):
    context = server_context(*an_authority(tmp_path).issue(HOST))
    with way(context, authority.file) as connect, pytest.raises(REFUSED):
        connect()


def test_a_mail_server_that_offers_no_starttls_gets_nothing():
    with smtp_sink() as sink:
        server = MailServer(
            HOST, sink.port, "pumps@hill.example", security="starttls", user="u", password="p"
        )
        with pytest.raises(DeliveryFailed):
            EmailChannel(server).greet()


def test_an_old_protocol_is_not_spoken():
    assert trust.context().minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_file_of_authorities_that_is_gone_sends_nothing():
    with pytest.raises(DeliveryFailed, match="authorities"):
        Line(2, certificates="nowhere.pem").ask("GET", "https://localhost/", {})
