"""The settings: each declared once with its help, read from the environment, and nothing else.

What they can't be together is in `settings_checks`; whoever needs a setting asks here.

`NAME_FILE` names a file that holds the value, which keeps a secret out of the environment.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from settings_checks import KEYS, WrongSetting, check, check_sealing

__all__ = ["INSTANCE", "ROOT", "SETTINGS", "Setting", "WrongSetting", "load"]
ROOT = Path(__file__).parent
INSTANCE = ROOT / "instance"


@dataclass(frozen=True, slots=True)
class Setting:
    """A name, what it is when nobody says, and its help. A number's default is a number."""

    name: str
    default: str | int
    help: str
    choices: tuple[str, ...] = ()
    lowest: int = 0
    highest: int = 2**31


SETTINGS = (
    Setting(
        "TRACKER_ENV",
        "development",
        "`production` refuses to start on defaults that are only good for trying things out.",
        ("development", "production"),
    ),
    Setting("DATABASE_URL", "", "The database; empty is SQLite in `instance/tracker.db`."),
    Setting("SECRET_KEY", "", "Signs the cookies; production refuses to start without it."),
    Setting(
        "SEALING_KEYS",
        "",
        "Seal what is stored unreadable; newest first, with commas. Production needs one.",
    ),
    Setting("HOST", "127.0.0.1", "The address on which `flask serve` listens."),
    Setting("PORT", 8000, "The port on which `flask serve` listens.", highest=65535),
    Setting("PUBLIC_URL", "", "The address people use, for links in messages."),
    Setting("OTHER_HOSTS", "", "Other names it is called by; any else is refused."),
    Setting("PROXY_HOPS", 0, "Proxies of yours before it, whose word is taken.", highest=10),
    Setting(
        "TICK_SECONDS",
        60,
        "Seconds between two ticks of the scheduler.",
        lowest=1,
        highest=3600,
    ),
    Setting(
        "SCHEDULER_STALE_SECONDS",
        180,
        "A last tick older than this raises the alarm; at least two ticks.",
        lowest=2,
        highest=86400,
    ),
    Setting(
        "CHANNEL_EMAIL",
        "console",
        "`console` prints e-mails and sends nothing; `smtp`, which production needs, sends.",
        ("console", "smtp"),
    ),
    Setting("SMTP_HOST", "localhost", "The mail server."),
    Setting(
        "SMTP_PORT",
        25,
        "Its port: commonly 25, 587 with starttls, 465 with tls.",
        lowest=1,
        highest=65535,
    ),
    Setting(
        "SMTP_SECURITY",
        "none",
        "How the line is protected; `plain` says knowingly that it is not.",
        ("none", "plain", "starttls", "tls"),
    ),
    Setting("SMTP_USER", "", "The login at the mail server; empty sends without one."),
    Setting("SMTP_PASSWORD", "", "The password of that login."),
    Setting("SMTP_FROM", "", "The sender of every e-mail; needed for `smtp`."),
    # no more: the lease of a message that is being sent is reckoned from it
    Setting("SMTP_TIMEOUT", 20, "Seconds to wait for the mail server.", lowest=1, highest=60),
    Setting(
        "TLS_CERTIFICATES",
        "",
        "A file of authorities to trust besides the system's, such as the hospital's own.",
    ),
    Setting(
        "PING_URL",
        "",
        "An outside address that is called after each tick whose audit has passed.",
    ),
    Setting("WATCHDOG_TO", "", "Whom `flask watchdog` writes to; several with commas."),
    Setting(
        "WATCHDOG_MINUTES",
        30,
        "The watchdog writes at most once in so many minutes.",
        lowest=1,
        highest=1440,
    ),
    Setting(
        "SMTP_BOUNCES",
        "",
        "Where mail servers report failures; each e-mail gets `name+reference@domain` of it.",
    ),
    Setting(
        "BOUNCE_TOKEN", "", "The secret in the address that a mail server posts bounces to."
    ),
    Setting(
        "BOUNCE_IMAP_HOST", "", "The mailbox in which bounces arrive; the scheduler reads it."
    ),
    Setting("BOUNCE_IMAP_PORT", 993, "Its port.", lowest=1, highest=65535),
    Setting("BOUNCE_IMAP_USER", "", "The login of that mailbox."),
    Setting("BOUNCE_IMAP_PASSWORD", "", "Its password."),
    Setting("BOUNCE_IMAP_FOLDER", "INBOX", "The folder of it."),
    Setting("BOUNCE_IMAP_CERTIFICATES", "", "A file of authorities to trust for it."),
    Setting(
        "LIST_FOLDER",
        "",
        "Where the emergency list of each morning is written; empty is `instance/lists`.",
    ),
    Setting(
        "BACKUP_FOLDER",
        "",
        "Where the scheduler writes a backup each day; empty makes none.",
    ),
    Setting(
        "BACKUP_HOUR",
        2,
        "The hour of it, 0 to 23, by the clock of the first clinic.",
        highest=23,
    ),
    Setting(
        "BACKUP_KEEP",
        14,
        "Days of which the newest backup is kept; the last good one always is.",
        lowest=1,
        highest=3660,
    ),
    Setting(
        "BACKUP_STALE_HOURS",
        26,
        "A newest backup older than this raises the alarm.",
        lowest=25,
        highest=744,
    ),
    Setting(
        "CHANNEL_SMS",
        "none",
        "`none` sends no texts, `console` prints them; `twilio` and `gateway` send them.",
        ("none", "console", "twilio", "gateway"),
    ),
    Setting("SMS_FROM", "", "The number that texts come from; a clinic may have its own."),
    Setting("SMS_TIMEOUT", 20, "Seconds to wait for an answer.", lowest=1, highest=60),
    Setting("TWILIO_ACCOUNT_SID", "", "The account at Twilio."),
    Setting("TWILIO_AUTH_TOKEN", "", "Its token; Twilio signs its calls to us with it, too."),
    Setting("TWILIO_BASE_URL", "https://api.twilio.com", "Where Twilio is."),
    Setting("SMS_GATEWAY_URL", "", "Where texts are handed to your own gateway."),
    Setting("SMS_GATEWAY_METHOD", "GET", "How they are handed over.", ("GET", "POST")),
    Setting("SMS_GATEWAY_USER", "", "The login at the gateway."),
    Setting("SMS_GATEWAY_PASSWORD", "", "The password of that login."),
    Setting("SMS_GATEWAY_SECRET", "", "Stands in the addresses by which the gateway calls us."),
    Setting("SMS_GATEWAY_USER_FIELD", "username", "The parameter that carries the login."),
    Setting("SMS_GATEWAY_PASSWORD_FIELD", "password", "The one that carries its password."),
    Setting("SMS_GATEWAY_TO_FIELD", "to", "The one that carries the reader's number."),
    Setting("SMS_GATEWAY_FROM_FIELD", "from", "The one that carries our number."),
    Setting("SMS_GATEWAY_TEXT_FIELD", "text", "The one that carries the text."),
    Setting("SMS_GATEWAY_REPORT_FIELD", "dlr-url", "The one that says where to report."),
    Setting("OIDC_ISSUER", "", "The hospital's sign-in (OpenID Connect), as it names itself."),
    Setting("OIDC_CLIENT_ID", "", "Who we are there."),
    Setting("OIDC_CLIENT_SECRET", "", "Our secret there; empty for a client without one."),
    Setting("OIDC_LABEL", "your hospital account", "The button says: Sign in with ..."),
    Setting(
        "OIDC_PROOF",
        "always",
        "`always` asks everybody anew who they are; `kept` takes a sign-in they still have.",
        ("always", "kept"),
    ),
    Setting(
        "OIDC_EMAIL",
        "verified",
        "`verified` binds by addresses that are said to be checked; `trusted` by any it gives.",
        ("verified", "trusted"),
    ),
    Setting("OIDC_ONLY", "no", "`yes` closes passwords and passkeys.", ("no", "yes")),
    Setting(
        "OIDC_ONLY_EXCEPT", "", "Whose password still opens then; e-mail addresses with commas."
    ),
    Setting(
        "SECOND_FACTOR",
        "optional",
        "Who must have more than a password: `optional`, `administrators` or `everybody`.",
        ("optional", "administrators", "everybody"),
    ),
    # ours: shorter than a talk in the corridor; no longer than a session lasts without use
    Setting(
        "HIDE_AFTER_MINUTES",
        5,
        "Minutes without use after which a page hides itself, 1 to 30.",
        lowest=1,
        highest=30,
    ),
    Setting(
        "PASSWORD_COST",
        3,
        "Rounds of the password hash; tests lower it, nobody else does.",
        lowest=1,
        highest=50,
    ),
)


def load(
    environ: Mapping[str, str] | None = None, *, instance: Path = INSTANCE
) -> dict[str, str | int]:
    """Every setting with its value. Raises WrongSetting, which names the setting."""
    environ = os.environ if environ is None else environ
    values = {setting.name: _value(setting, environ) for setting in SETTINGS}
    _fill_in(values, instance)
    check(values)
    for name in KEYS:
        values[name] = values[name] or _own_secret(instance / name.lower())
    check_sealing(values["SEALING_KEYS"])
    return values


def _value(setting: Setting, environ: Mapping[str, str]) -> str | int:
    text = environ.get(setting.name, "").strip() or _from_file(setting.name, environ)
    if not text:
        return setting.default
    if setting.choices and text not in setting.choices:
        raise WrongSetting(
            f"{setting.name} must be one of {', '.join(setting.choices)}, not {text!r}."
        )
    if isinstance(setting.default, str):
        return text
    if not (text.isascii() and text.isdigit()):
        raise WrongSetting(f"{setting.name} must be a whole number, not {text!r}.")
    return _within(setting, text)


def _within(setting: Setting, text: str) -> int:
    # by length first: Python refuses to read a number of thousands of digits
    number = int(text) if len(text) <= 12 else setting.highest + 1
    if number < setting.lowest:
        raise WrongSetting(
            f"{setting.name} must be at least {setting.lowest}, not {text[:20]}."
        )
    if number > setting.highest:
        raise WrongSetting(
            f"{setting.name} must be at most {setting.highest}, not {text[:20]}."
        )
    return number


def _from_file(name: str, environ: Mapping[str, str]) -> str:
    path = environ.get(f"{name}_FILE", "")
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise WrongSetting(f"{name}_FILE can't be read: {problem}.") from problem


def _fill_in(values: dict[str, str | int], instance: Path) -> None:
    """What follows from other settings."""
    if not values["DATABASE_URL"]:
        instance.mkdir(parents=True, exist_ok=True)
        values["DATABASE_URL"] = f"sqlite:///{instance / 'tracker.db'}"
    if not values["PUBLIC_URL"]:
        values["PUBLIC_URL"] = f"http://{values['HOST']}:{values['PORT']}"
    if not values["LIST_FOLDER"]:
        values["LIST_FOLDER"] = str(instance / "lists")


def _own_secret(path: Path) -> str:
    """A secret of this machine, made on first use, so that it outlives a restart."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # opened exclusively: of two processes that start at once one writes and the other reads
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip()
