"""The settings: each declared once with its help, read from the environment, and nothing else.

`NAME_FILE` names a file that holds the value, which keeps a secret out of the environment.
"""

import os
import re
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).parent
INSTANCE = ROOT / "instance"
DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")
PLAIN_ADDRESS = re.compile(r"[!-*,-?A-~]+@[!-?A-~]+")  # without the "+" that we put in
SHORTEST_KEY = 32  # characters; ours: 32 hex digits are 128 bits, more than anybody tries
SHORTEST_TOKEN = 20  # characters; ours: what nobody guesses
PUBLIC = re.compile(r"https?://[^/\s]+\S*")


class WrongSetting(Exception):
    """A setting that the program can't start with; the message says which and why."""


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
    _finish(values, instance)
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


def _finish(values: dict[str, str | int], instance: Path) -> None:
    """Fill in what follows from other settings, and refuse what can't go together."""
    if not values["DATABASE_URL"]:
        instance.mkdir(parents=True, exist_ok=True)
        values["DATABASE_URL"] = f"sqlite:///{instance / 'tracker.db'}"
    _check_database(str(values["DATABASE_URL"]))
    _check_production(values)
    if not values["PUBLIC_URL"]:
        values["PUBLIC_URL"] = f"http://{values['HOST']}:{values['PORT']}"
    if not PUBLIC.fullmatch(str(values["PUBLIC_URL"])):
        raise WrongSetting("PUBLIC_URL must begin with https:// or http:// and name a host.")
    if not values["LIST_FOLDER"]:
        values["LIST_FOLDER"] = str(instance / "lists")
    _check_timing(int(values["TICK_SECONDS"]), int(values["SCHEDULER_STALE_SECONDS"]))
    _check_email(values)
    if values["PING_URL"] and not PUBLIC.fullmatch(str(values["PING_URL"])):
        raise WrongSetting("PING_URL must begin with https:// or http:// and name a host.")
    _check_sms(values)
    _check_lines(values)
    _check_single_sign_on(values)
    for name in KEYS:
        values[name] = values[name] or _own_secret(instance / name.lower())
    if any(len(key) < SHORTEST_KEY for key in _parts(values["SEALING_KEYS"])):
        raise WrongSetting(f"Each key in SEALING_KEYS needs {SHORTEST_KEY} characters or more.")


# Production asks for these, made for this one installation.
KEYS = ("SECRET_KEY", "SEALING_KEYS")
FEWEST_LETTERS = 10  # ours: 32 random hex digits have some 14 different ones, "changeme…" few


def _check_production(values: Mapping[str, str | int]) -> None:
    """What trying out may do and a clinic may not: plain HTTP, and keys that somebody knows."""
    if values["TRACKER_ENV"] != "production":
        return
    for name in KEYS:
        if not values[name]:
            raise WrongSetting(f"{name} must be set in production.")
        for key in _parts(values[name]):
            if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_LETTERS:
                raise WrongSetting(
                    f"{name} can be guessed: it must be {SHORTEST_KEY} characters or more, "
                    "made by a machine."
                )
    if values["SECRET_KEY"] in _parts(values["SEALING_KEYS"]):
        raise WrongSetting("SECRET_KEY must not be one of SEALING_KEYS: each is for one thing.")
    if not str(values["PUBLIC_URL"]).startswith("https://"):
        raise WrongSetting("PUBLIC_URL must begin with https:// in production.")
    if values["CHANNEL_SMS"] == "console":
        raise WrongSetting("CHANNEL_SMS must not be console in production: it tells nobody.")


def _parts(keys: str | int) -> list[str]:
    return [one.strip() for one in str(keys).split(",")]


def _check_database(url: str) -> None:
    """Refuse what no engine can be made for; the address itself may hold a password."""
    try:
        driver = make_url(url).drivername
    except (ArgumentError, ValueError):
        driver = ""
    if driver not in DRIVERS:
        raise WrongSetting(
            "DATABASE_URL must begin with sqlite:/// or postgresql+psycopg:// and be complete."
        )


def _check_timing(tick: int, stale: int) -> None:
    if stale < 2 * tick:
        raise WrongSetting(
            f"SCHEDULER_STALE_SECONDS must be at least {2 * tick}, twice TICK_SECONDS, or each "
            "tick is called late."
        )


def _check_email(values: Mapping[str, str | int]) -> None:
    """In production somebody must be told: a program that only prints warns nobody."""
    is_sent = values["CHANNEL_EMAIL"] == "smtp"
    if values["TRACKER_ENV"] == "production" and not is_sent:
        raise WrongSetting(
            "CHANNEL_EMAIL must be smtp in production: console prints every warning and sends "
            "it to nobody."
        )
    if is_sent and "@" not in str(values["SMTP_FROM"]):
        raise WrongSetting("SMTP_FROM must name the sender when CHANNEL_EMAIL is smtp.")
    bounces = str(values["SMTP_BOUNCES"])
    if bounces and not PLAIN_ADDRESS.fullmatch(bounces):
        raise WrongSetting("SMTP_BOUNCES must be one address, such as bounces@clinic.example.")
    if 0 < len(str(values["BOUNCE_TOKEN"])) < SHORTEST_TOKEN:
        raise WrongSetting(f"BOUNCE_TOKEN must have at least {SHORTEST_TOKEN} characters.")


SMS_NEEDS = {
    "twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_BASE_URL", "SMS_FROM"),
    "gateway": ("SMS_GATEWAY_URL", "SMS_GATEWAY_SECRET", "SMS_FROM"),
}
SHORTEST_SECRET = 16  # characters; ours: too many to be guessed by trying


def _check_sms(values: Mapping[str, str | int]) -> None:
    """What a way of sending texts needs; half set up it would send nothing, or hear nothing."""
    channel = str(values["CHANNEL_SMS"])
    for name in SMS_NEEDS.get(channel, ()):
        if not values[name]:
            raise WrongSetting(f"{name} must be set when CHANNEL_SMS is {channel}.")
        if name.endswith("_URL") and not PUBLIC.fullmatch(str(values[name])):
            raise WrongSetting(f"{name} must begin with https:// or http:// and name a host.")
    if channel == "gateway" and not _is_secret(str(values["SMS_GATEWAY_SECRET"])):
        raise WrongSetting(
            f"SMS_GATEWAY_SECRET must be at least {SHORTEST_SECRET} letters and digits."
        )


def _check_lines(values: Mapping[str, str | int]) -> None:
    """E-mails name patients and logins are secrets: neither crosses a network in the open."""
    certificates = str(values["TLS_CERTIFICATES"])
    if certificates:  # those of the machine needn't be read to know that they are there
        try:
            ssl.create_default_context(cafile=certificates)
        except OSError as problem:
            raise WrongSetting(
                f"TLS_CERTIFICATES must name a file of certificates: {problem}."
            ) from problem
    if values["TRACKER_ENV"] != "production":
        return
    is_open = values["SMTP_SECURITY"] == "none" and not _is_here(str(values["SMTP_HOST"]))
    if values["CHANNEL_EMAIL"] == "smtp" and is_open:
        raise WrongSetting(
            "SMTP_SECURITY must be starttls or tls in production: e-mails name patients. If "
            "the line to the mail server is safe by other means, set it to plain."
        )
    if values["CHANNEL_SMS"] == "twilio" and _is_in_the_open(str(values["TWILIO_BASE_URL"])):
        raise WrongSetting("TWILIO_BASE_URL must begin with https:// in production.")


def _check_single_sign_on(values: Mapping[str, str | int]) -> None:
    """Half set up it would let nobody in; alone, nobody while the hospital's is down."""
    issuer = str(values["OIDC_ISSUER"])
    if issuer and (not PUBLIC.fullmatch(issuer) or _is_in_the_open(issuer)):
        raise WrongSetting("OIDC_ISSUER must begin with https:// and name a host.")
    if issuer and not values["OIDC_CLIENT_ID"]:
        raise WrongSetting("OIDC_CLIENT_ID must be set when OIDC_ISSUER is.")
    if values["OIDC_ONLY"] == "no":
        return
    if not issuer:
        raise WrongSetting("OIDC_ISSUER must be set when OIDC_ONLY is yes, or nobody gets in.")
    if "@" not in str(values["OIDC_ONLY_EXCEPT"]):
        raise WrongSetting(
            "OIDC_ONLY_EXCEPT must name somebody whose password still opens: nobody could get "
            "in while the hospital's sign-in is down."
        )


def _is_in_the_open(url: str) -> bool:
    """Whether what is said to that address crosses a network for all to read."""
    return not url.startswith("https://") and not _is_here(urlsplit(url).hostname or "")


def _is_here(host: str) -> bool:
    """Whether a host, as it is written in a setting, is this machine itself."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_secret(text: str) -> bool:
    """It stands in an address, so nothing but letters and digits."""
    return len(text) >= SHORTEST_SECRET and text.isascii() and text.isalnum()


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
