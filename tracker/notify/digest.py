"""One digest instead of many messages: what several notices say to one person, worst first."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tracker.domain.gsm7 import SEGMENT
from tracker.domain.ladder import LOUDNESS, Level
from tracker.domain.message import Channel
from tracker.domain.outgoing import Notice, Words
from tracker.domain.ranking import Rank, rank_of
from tracker.notify.folders import environment
from tracker.notify.phrases import PERMANENT_NOTICE

FOLDER = Path(__file__).parents[2] / "templates" / "digest"
MOST_LINES = 40  # ours: about what is read on one screen before the eye gives up
_TEMPLATES = environment(FOLDER)
FAR = datetime.max.replace(tzinfo=UTC)


def digest_words(said: Sequence[tuple[Notice, Words]], url: str, *, now: datetime) -> Words:
    """The one message; each notice is a line, by the words that its own subject would be."""
    worst_first = sorted(said, key=lambda one: _place(one[0]))
    shown = worst_first[:MOST_LINES]
    to = said[0][0]
    facts = {
        "to_name": to.to_name,
        "clinic": to.clinic_name,
        "clinic_phone": to.clinic_phone,
        "count": len(said),
        "urgent": sum(notice.level is Level.URGENT for notice, _ in said),
        "lines": [
            {
                "is_urgent": notice.level is Level.URGENT,
                "text": words.subject,
                "link": f"{url}/pumps/{notice.pump_id}" if notice.pump_id else f"{url}/",
            }
            for notice, words in shown
        ],
        "more": len(said) - len(shown),
        "board": f"{url}/",
        "permanent_notice": PERMANENT_NOTICE,
    }
    subject = " ".join(_said("subject.txt", facts).split())
    if to.channel is Channel.SMS:
        sms = _one_segment(_said("sms.txt", facts), f"{url}/")
        return Words(subject, sms, "", sms)
    return Words(subject, _said("body.txt", facts) + "\n", _said("body.html", facts) + "\n", "")


def _said(part: str, facts: dict[str, Any]) -> str:
    return _TEMPLATES.get_template(part).render(facts).strip()


def _place(notice: Notice) -> tuple[int, Rank, datetime]:
    """As on the board: of what is equally loud first what may be without drug now."""
    at = notice.danger_at or notice.dry_at or FAR
    return -LOUDNESS[notice.level], rank_of(notice.kind), at


def _one_segment(text: str, link: str) -> str:
    """Plain letters, as initials may be others; the link only where it fits in whole."""
    plain = " ".join("".join(one for one in text if one.isascii()).split())
    with_link = f"{plain} {link}"
    return with_link if len(with_link) <= SEGMENT else plain[:SEGMENT]
