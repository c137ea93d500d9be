"""Every secret setting holds a canary: whatever fails, no log, answer or row has it."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from config import ROOT, SETTINGS, WrongSetting, load
from tests.http_sink import listening
from tests.riverside import pump_of, refilled, riverside
from tests.smtp_sink import free_port, only, smtp_sink
from tests.web.conftest import HASH, sign_in
from tracker.app import create_app
from tracker.db import Base, make_engine, make_sessions
from tracker.domain.message import Channel
from tracker.models import Attempt, Relation
from tracker.services.patients import NewContact, add_contact

LATE = datetime(2026, 7, 20, 9, 0, tzinfo=UTC)
# What a name of a setting says of it: its value is nobody's business.
IS_SECRET = ("SECRET", "PASSWORD", "TOKEN", "KEYS")
NOT_SECRET = {"PASSWORD_COST", "SMS_GATEWAY_PASSWORD_FIELD"}
SECRETS = [
    one.name
    for one in SETTINGS
    if any(part in one.name for part in IS_SECRET) and one.name not in NOT_SECRET
]
CANARIES = {name: f"canary{name.replace('_', '').lower()}0123456789abcdef" for name in SECRETS}


def test_every_secret_setting_is_tried():
    assert {"SECRET_KEY", "SEALING_KEYS", "SMTP_PASSWORD", "BOUNCE_IMAP_PASSWORD"} <= set(
        SECRETS
    )
    assert len(SECRETS) >= 8


@pytest.fixture
def place(sqlite_template, tmp_path):
    """A clinic whose pump runs dry, all secrets planted, and addresses where nobody answers."""
    path, nobody = shutil.copy(sqlite_template, tmp_path / "tracker.db"), free_port()
    url = f"sqlite:///{path}"
    environ = {
        "DATABASE_URL": url,
        "LIST_FOLDER": str(tmp_path / "lists"),
        "PASSWORD_COST": "1",
        "CHANNEL_EMAIL": "smtp",
        "SMTP_FROM": "pumps@example.org",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(nobody),
        "SMTP_USER": "pumps",
        "SMTP_TIMEOUT": "2",
        "SMS_TIMEOUT": "2",
        "CHANNEL_SMS": "gateway",
        "SMS_FROM": "+441632960999",
        "SMS_GATEWAY_USER": "us",
        "SMS_GATEWAY_URL": f"http://127.0.0.1:{nobody}/send",
        "PING_URL": f"http://127.0.0.1:{nobody}/canaryping",
        "BOUNCE_IMAP_HOST": "127.0.0.1",
        "BOUNCE_IMAP_PORT": str(nobody),
        "BOUNCE_IMAP_USER": "bounces",
        "WATCHDOG_TO": "somebody@example.org",
        **CANARIES,
    }
    engine = make_engine(url)
    with make_sessions(engine).begin() as session:
        here = riverside(session)
        here.nadia.password_hash, here.nadia.phone = HASH, "+441632960123"
        here.nadia.email = environ["WATCHDOG_TO"]
        pump = pump_of(session, here)
        refilled(session, pump, here)
        sms = NewContact(Relation.PATIENT, "Ida", Channel.SMS, "+441632960177", "on paper")
        add_contact(session, pump.patient, sms, by=here.nadia, now=LATE - timedelta(days=90))
    yield environ, engine
    engine.dispose()


@pytest.fixture
def flask(log):
    """What a command prints on both, and what is logged while it runs."""

    def run(environ, *words):
        app = create_app(load(environ))
        done = app.test_cli_runner().invoke(args=list(words))
        app.extensions["tracker"].engine.dispose()
        assert isinstance(done.exception, SystemExit | None), done.exception
        return done.stdout + done.stderr + log.getvalue()

    return run


def secrets_in(text: str) -> list[str]:
    return [name for name, value in CANARIES.items() if value in text] + (
        ["PING_URL"] if "canaryping" in text else []
    )


def all_rows(engine) -> str:
    with engine.connect() as connection:
        return "\n".join(
            str(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in connection.execute(sa.text(f'SELECT * FROM "{table.name}"'))
        )


def test_no_command_prints_a_secret_and_none_is_kept(place, flask):
    environ, engine = place
    late = LATE.isoformat()
    said = flask(environ, "tick", "--now", late)
    said += flask(environ, "deliver", "--now", late)  # nobody answers
    with smtp_sink(**only("pumps", "another")) as server, listening() as gateway:
        gateway.status, gateway.body = 500, "it broke"
        there = environ | {"SMTP_PORT": str(server.port), "SMS_GATEWAY_URL": gateway.url}
        later = (LATE + timedelta(hours=2)).isoformat()
        said += flask(there, "tick", "--now", later) + flask(there, "deliver", "--now", later)
        said += flask(there, "check")  # the login is refused
        there |= {"CHANNEL_SMS": "twilio", "TWILIO_ACCOUNT_SID": "AC1"}
        there |= {"TWILIO_BASE_URL": gateway.url}
        later = (LATE + timedelta(hours=8)).isoformat()
        said += flask(there, "tick", "--now", later) + flask(there, "deliver", "--now", later)
    said += flask(environ, "check") + flask(environ, "watchdog")
    said += flask(environ, "bounces", "--mailbox")
    with make_sessions(engine)() as session:
        attempts = session.scalars(sa.select(Attempt.provider_text)).all()

    assert any("can't be reached" in one for one in attempts), attempts
    assert secrets_in(said) == []
    assert secrets_in(all_rows(engine)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"TRACKER_ENV": "production"},
        {"DATABASE_URL": f"{CANARIES['SECRET_KEY']}:x@host"},
        {"SMS_GATEWAY_SECRET": f"{CANARIES['SECRET_KEY']}/x"},
        {"SMS_GATEWAY_URL": CANARIES["SECRET_KEY"]},
        {"CHANNEL_SMS": "twilio", "TWILIO_BASE_URL": CANARIES["SECRET_KEY"]},
        {"PING_URL": CANARIES["SECRET_KEY"]},
        {"SEALING_KEYS": f"{CANARIES['SEALING_KEYS']},canaryping"},
    ],
    ids=lambda one: list(one)[-1],
)
def test_a_setting_that_is_refused_is_not_repeated(tmp_path, wrong):
    with pytest.raises(WrongSetting) as refused:
        load(
            {**CANARIES, "CHANNEL_SMS": "gateway", "SMS_FROM": "+44", **wrong},
            instance=tmp_path,
        )

    assert secrets_in(str(refused.value)) == []


def test_the_password_of_a_database_that_is_gone_is_not_printed(tmp_path):
    """The real process, whose last words nobody else formats."""
    url = f"postgresql+psycopg://me:{CANARIES['SMTP_PASSWORD']}@127.0.0.1:1/name"

    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "tick"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url, **CANARIES},
    )  # fmt: skip

    assert done.returncode == 1
    assert "The database can't be used: OperationalError" in done.stderr
    assert secrets_in(done.stdout + done.stderr) == []


def test_no_page_shows_or_logs_a_secret(place, log):
    environ, _engine = place
    app = create_app(load(environ))
    client, shown = app.test_client(), []

    def fail():
        raise KeyError(str(dict(app.config)))

    app.view_functions["board.rows"] = fail
    assert sign_in(client, environ["WATCHDOG_TO"]).status_code == 302
    for path in ("/", "/board/rows", "/clinic", "/nowhere", "/health", "/rehearsal?days=30"):
        shown.append(client.get(path))
    shown.append(client.get("/callbacks/sms/gateway/wrong/inbound"))
    shown.append(client.post("/callbacks/bounce/wrong"))
    app.extensions["tracker"].engine.dispose()

    assert shown[1].status_code == 500
    assert secrets_in(log.getvalue()) == []
    for answer in shown:
        assert secrets_in(answer.text + str(answer.headers)) == [], answer.request.path
