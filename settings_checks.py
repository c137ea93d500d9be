"""What the settings can't be together. Only `config` asks, and only it is asked by others."""

import re
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")
PLAIN_ADDRESS = re.compile(r"[!-*,-?A-~]+@[!-?A-~]+")  # without the "+" that we put in
SHORTEST_KEY = 32  # characters; ours: 32 hex digits are 128 bits, more than anybody tries
SHORTEST_TOKEN = 20  # characters; ours: what nobody guesses
PUBLIC = re.compile(r"https?://[^/\s]+\S*")
# Production asks for these, made for this one installation.
KEYS = ("SECRET_KEY", "SEALING_KEYS")
FEWEST_LETTERS = 10  # ours: 32 random hex digits have some 14 different ones, "changeme…" few
SMS_NEEDS = {
    "twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_BASE_URL", "SMS_FROM"),
    "gateway": ("SMS_GATEWAY_URL", "SMS_GATEWAY_SECRET", "SMS_FROM"),
}
SHORTEST_SECRET = 16  # characters; ours: too many to be guessed by trying


class WrongSetting(Exception):
    """A setting that the program can't start with; the message says which and why."""


def check(values: Mapping[str, str | int]) -> None:
    """Raises WrongSetting. A key that nobody has set is not there yet: see `check_sealing`."""
    _check_database(str(values["DATABASE_URL"]))
    _check_production(values)
    if not PUBLIC.fullmatch(str(values["PUBLIC_URL"])):
        raise WrongSetting("PUBLIC_URL must begin with https:// or http:// and name a host.")
    _check_timing(int(values["TICK_SECONDS"]), int(values["SCHEDULER_STALE_SECONDS"]))
    _check_email(values)
    if values["PING_URL"] and not PUBLIC.fullmatch(str(values["PING_URL"])):
        raise WrongSetting("PING_URL must begin with https:// or http:// and name a host.")
    _check_sms(values)
    _check_lines(values)
    _check_single_sign_on(values)


def check_sealing(keys: str | int) -> None:
    """Raises WrongSetting, also for a key of this machine's own that got lost in its file."""
    if any(len(key) < SHORTEST_KEY for key in _parts(keys)):
        raise WrongSetting(f"Each key in SEALING_KEYS needs {SHORTEST_KEY} characters or more.")


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
