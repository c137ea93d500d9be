"""The settings: read once, refused with a sentence."""

import pytest

from config import SETTINGS, WrongSetting, load


def test_without_any_setting_it_starts_on_safe_ones(tmp_path):
    settings = load({}, instance=tmp_path / "instance")

    assert settings["DATABASE_URL"] == f"sqlite:///{tmp_path / 'instance' / 'tracker.db'}"
    assert settings["CHANNEL_EMAIL"] == "console"
    assert settings["HOST"] == "127.0.0.1"
    assert set(settings) == {setting.name for setting in SETTINGS}


def test_production_without_a_secret_refuses_to_start(tmp_path):
    with pytest.raises(WrongSetting, match="SECRET_KEY must be set"):
        load({"TRACKER_ENV": "production"}, instance=tmp_path)


def test_the_secret_of_a_machine_stays_the_same_and_is_its_own(tmp_path):
    first = load({}, instance=tmp_path)["SECRET_KEY"]

    assert load({}, instance=tmp_path)["SECRET_KEY"] == first
    assert len(str(first)) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


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
        pytest.param({"SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE can't be", id="no file"),
    ],
)
def test_a_setting_that_can_t_be_right_is_refused(tmp_path, environ, sentence):
    with pytest.raises(WrongSetting, match=sentence):
        load(environ, instance=tmp_path)
