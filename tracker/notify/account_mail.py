"""The e-mail by which somebody learns that their account changed; it holds no secret."""

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tracker.domain.account_change import SENTENCES, AccountChange, who_did_it
from tracker.domain.outgoing import Words
from tracker.domain.wording import write_day
from tracker.notify.folders import FOLDER

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(FOLDER).parent / "account_mail"),
    autoescape=True,
    undefined=StrictUndefined,
)
_PLAIN = _TEMPLATES.overlay(autoescape=False)


def account_words(
    name: str,
    change: AccountChange,
    *,
    by: str | None,
    is_own: bool,
    at: datetime,
    public_url: str,
) -> Words:
    """What is said of one change; `by` is None where a command made it."""
    facts = {
        "name": name,
        "sentence": SENTENCES[change],
        "by": who_did_it(change, by, is_own=is_own),
        "at": f"{write_day(at.date())}, {at:%H:%M} ({at.tzinfo})",
        "link": f"{public_url.rstrip('/')}/account",
    }
    subject, body = (
        _PLAIN.get_template(f"{part}.txt").render(facts).strip() for part in ("subject", "body")
    )
    html = _TEMPLATES.get_template("body.html").render(
        paragraphs=body.split("\n\n"), subject=subject
    )
    return Words(subject, body + "\n", html + "\n", "")
