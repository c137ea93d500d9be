"""The settings: read once, refused with a sentence."""

import re

import pytest

from config import ROOT, SETTINGS, WrongSetting, load

SMTP = {"CHANNEL_EMAIL": "smtp", "SMTP_FROM": "pumps@example.org"}
PRODUCTION = {
    "TRACKER_ENV": "production",
    "PUBLIC_URL": "https://pumps.example.org",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "SEALING_KEYS": "fedcba9876543210fedcba9876543210",
    "SMTP_HOST": "mail.example.org",
    "SMTP_SECURITY": "starttls",
    **SMTP,
}


def test_without_any_setting_it_starts_on_safe_ones(tmp_path):
    settings = load({}, instance=tmp_path / "instance")

    assert settings["DATABASE_URL"] == f"sqlite:///{tmp_path / 'instance' / 'tracker.db'}"
    assert settings["CHANNEL_EMAIL"] == "console"
    assert settings["HOST"] == "127.0.0.1"
    assert set(settings) == {setting.name for setting in SETTINGS}


def test_production_without_a_secret_refuses_to_start(tmp_path):
    with pytest.raises(WrongSetting, match="SECRET_KEY must be set"):
        load({**PRODUCTION, "SECRET_KEY": ""}, instance=tmp_path)


def test_production_without_a_key_to_seal_with_refuses_to_start(tmp_path):
    with pytest.raises(WrongSetting, match="SEALING_KEYS must be set"):
        load({**PRODUCTION, "SEALING_KEYS": ""}, instance=tmp_path)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({"SECRET_KEY": "for tests"}, "SECRET_KEY can be guessed", id="short"),
        pytest.param({"SECRET_KEY": "changeme" * 8}, "SECRET_KEY can be guessed", id="known"),
        pytest.param(
            {"SEALING_KEYS": "0" * 64}, "SEALING_KEYS can be guessed", id="of noughts"
        ),
        pytest.param(
            {"SEALING_KEYS": f"{PRODUCTION['SEALING_KEYS']},{'k' * 40}"},
            "SEALING_KEYS can be guessed",
            id="the older key",
        ),
        pytest.param(
            {"SEALING_KEYS": PRODUCTION["SECRET_KEY"]}, "SECRET_KEY must not", id="one for both"
        ),
        pytest.param({"PUBLIC_URL": ""}, "PUBLIC_URL must begin with https", id="no address"),
        pytest.param(
            {"PUBLIC_URL": "http://pumps.example"}, "PUBLIC_URL must begin", id="plain HTTP"
        ),
        pytest.param({"CHANNEL_SMS": "console"}, "CHANNEL_SMS must not", id="printed texts"),
    ],
)
def test_production_refuses_what_is_only_good_for_trying_out(tmp_path, settings, sentence):
    assert load(PRODUCTION, instance=tmp_path)["TRACKER_ENV"] == "production"

    with pytest.raises(WrongSetting, match=sentence):
        load({**PRODUCTION, **settings}, instance=tmp_path)


@pytest.mark.parametrize("channel", [{}, {"CHANNEL_EMAIL": "console"}])
def test_production_refuses_to_start_where_nobody_would_be_told(tmp_path, channel):
    environ = {**PRODUCTION, "CHANNEL_EMAIL": "", **channel}

    with pytest.raises(WrongSetting, match="CHANNEL_EMAIL must be smtp in production"):
        load(environ, instance=tmp_path)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"SMTP_SECURITY": "none"}, "SMTP_SECURITY must be starttls or tls"),
        (
            {
                "CHANNEL_SMS": "twilio",
                "TWILIO_ACCOUNT_SID": "AC1",
                "TWILIO_AUTH_TOKEN": "hushhush",
                "SMS_FROM": "+441632960999",
                "TWILIO_BASE_URL": "http://twilio.example",
            },
            "TWILIO_BASE_URL must begin with https",
        ),
        ({"TLS_CERTIFICATES": "nowhere.pem"}, "TLS_CERTIFICATES must name a file"),
    ],
)
def test_production_refuses_a_line_that_everybody_can_read(tmp_path, more, said):
    with pytest.raises(WrongSetting, match=said):
        load(PRODUCTION | more, instance=tmp_path)


@pytest.mark.parametrize(
    "more",
    [
        {"SMTP_SECURITY": "plain"},
        {"SMTP_SECURITY": "tls"},
        {"SMTP_SECURITY": "none", "SMTP_HOST": "localhost"},
        {"SMTP_SECURITY": "none", "SMTP_HOST": "127.0.0.1"},
    ],
)
def test_production_takes_a_line_that_is_safe_or_known_not_to_be(tmp_path, more):
    assert load(PRODUCTION | more, instance=tmp_path)["TRACKER_ENV"] == "production"


HOSPITAL = {"OIDC_ISSUER": "https://sso.example", "OIDC_CLIENT_ID": "pumps"}


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        (HOSPITAL | {"OIDC_ISSUER": "http://sso.example"}, "OIDC_ISSUER must begin with https"),
        (HOSPITAL | {"OIDC_ISSUER": "sso.example"}, "OIDC_ISSUER must begin with https"),
        (HOSPITAL | {"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID must be set"),
        ({"OIDC_ONLY": "yes"}, "OIDC_ISSUER must be set"),
        (HOSPITAL | {"OIDC_ONLY": "yes"}, "OIDC_ONLY_EXCEPT must name somebody"),
    ],
)
def test_a_hospitals_sign_in_that_lets_nobody_in_is_refused(tmp_path, environ, said):
    with pytest.raises(WrongSetting, match=said):
        load(environ, instance=tmp_path)


def test_a_hospitals_sign_in_that_is_whole_is_taken(tmp_path):
    more = {"OIDC_ONLY": "yes", "OIDC_ONLY_EXCEPT": "ada@example.org"}

    assert load(HOSPITAL | more, instance=tmp_path)["OIDC_PROOF"] == "always"


def test_the_recipe_of_the_manual_starts_and_warns_somebody(tmp_path):
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    environ = {}
    for line in re.findall(r"^export (.+)$", text, re.MULTILINE):
        environ.update(pair.split("=", 1) for pair in line.split())
    for name, path in environ.items():
        if name.endswith("_FILE"):
            assert f"> {path})" in text, f"no step makes {path}"
            (tmp_path / name).write_text(f"made by a step before: {name}\n")
            environ[name] = str(tmp_path / name)

    settings = load(environ, instance=tmp_path)

    assert settings["TRACKER_ENV"] == "production"
    assert settings["CHANNEL_EMAIL"] == "smtp"
    assert settings["SMTP_PASSWORD"] == "made by a step before: SMTP_PASSWORD_FILE"


def test_the_secret_of_a_machine_stays_the_same_and_is_its_own(tmp_path):
    first = load({}, instance=tmp_path)["SECRET_KEY"]

    assert load({}, instance=tmp_path)["SECRET_KEY"] == first
    assert len(str(first)) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_key_of_this_machine_that_got_lost_in_its_file_is_refused(tmp_path):
    load({}, instance=tmp_path)
    (tmp_path / "sealing_keys").write_text("")

    with pytest.raises(WrongSetting, match="Each key in SEALING_KEYS"):
        load({}, instance=tmp_path)


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "password").write_text("from the file\n")

    settings = load({"SMTP_PASSWORD_FILE": str(tmp_path / "password")}, instance=tmp_path)

    assert settings["SMTP_PASSWORD"] == "from the file"


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        pytest.param({"PORT": "eighty"}, "PORT must be a whole number", id="port in words"),
        pytest.param({"TICK_SECONDS": "0"}, "TICK_SECONDS must be at least 1", id="no pause"),
        pytest.param({"CHANNEL_EMAIL": "pigeon"}, "must be one of console, smtp", id="pigeon"),
        pytest.param({"CHANNEL_EMAIL": "smtp"}, "SMTP_FROM must name", id="no sender"),
        pytest.param(SMTP | {"SMTP_FROM": "us"}, "SMTP_FROM must name", id="sender no address"),
        pytest.param({"SMTP_TIMEOUT": "120"}, "SMTP_TIMEOUT must be at most 60", id="patient"),
        pytest.param({"SMTP_TIMEOUT": "0"}, "SMTP_TIMEOUT must be at least 1", id="hasty"),
        pytest.param({"SMTP_PORT": "0"}, "SMTP_PORT must be at least 1", id="no mail port"),
        pytest.param({"PORT": "99999"}, "PORT must be at most 65535", id="no such port"),
        pytest.param({"PORT": "9" * 5000}, "PORT must be at most 65535", id="endless port"),
        pytest.param({"PASSWORD_COST": "0"}, "PASSWORD_COST must be at least 1", id="no hash"),
        pytest.param({"DATABASE_URL": "foo"}, "DATABASE_URL must begin with", id="no database"),
        pytest.param(
            {"DATABASE_URL": "postgresql://h/n"}, "DATABASE_URL must begin with", id="no driver"
        ),
        pytest.param(
            {"DATABASE_URL": "postgresql+psycopg://h:port/n"}, "DATABASE_URL must", id="no port"
        ),
        pytest.param({"PUBLIC_URL": "pumps.example"}, "PUBLIC_URL must begin", id="no scheme"),
        pytest.param({"PUBLIC_URL": "https://"}, "PUBLIC_URL must begin", id="no host"),
        pytest.param(
            {"TICK_SECONDS": "600"},
            "SCHEDULER_STALE_SECONDS must be at least",
            id="always late",
        ),
        pytest.param(
            {"SEALING_KEYS": f"{'k' * 32},short"}, "Each key in SEALING", id="short key"
        ),
        pytest.param({"SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE can't be", id="no file"),
    ],
)
def test_a_setting_that_can_t_be_right_is_refused(tmp_path, environ, sentence):
    with pytest.raises(WrongSetting, match=sentence):
        load(environ, instance=tmp_path)


TWILIO = {
    "CHANNEL_SMS": "twilio",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "a token",
    "SMS_FROM": "+441632960999",
}
GATEWAY = {
    "CHANNEL_SMS": "gateway",
    "SMS_GATEWAY_URL": "http://10.0.0.5:13013/cgi-bin/sendsms",
    "SMS_GATEWAY_SECRET": "0123456789abcdefX",
    "SMS_FROM": "+441632960999",
}


@pytest.mark.parametrize(
    ("environ", "name"),
    [(whole, name) for whole in (TWILIO, GATEWAY) for name in whole if name != "CHANNEL_SMS"],
)
def test_a_way_of_texts_that_is_half_set_up_is_refused(tmp_path, environ, name):
    load(environ, instance=tmp_path)

    with pytest.raises(WrongSetting, match=f"{name} must be"):
        load({**environ, name: ""}, instance=tmp_path)


@pytest.mark.parametrize(
    ("environ", "name", "value"),
    [
        (TWILIO, "TWILIO_BASE_URL", "api.twilio.com"),
        (GATEWAY, "SMS_GATEWAY_URL", "ftp://10.0.0.5/sendsms"),
        (GATEWAY, "SMS_GATEWAY_SECRET", "0123456789abcde"),
        (GATEWAY, "SMS_GATEWAY_SECRET", "0123456789abcdef/x"),
        (GATEWAY, "SMS_GATEWAY_SECRET", "0123456789abcdefé"),
        (GATEWAY, "CHANNEL_SMS", "pigeon"),
    ],
)
def test_a_way_of_texts_that_cannot_work_is_refused(tmp_path, environ, name, value):
    with pytest.raises(WrongSetting, match=name):
        load({**environ, name: value}, instance=tmp_path)
