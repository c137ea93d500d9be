"""What an audit asks at every tick, besides the queues: each a question that names the rows.

None of them asks the code that plans and sends; none looks back only so far. Each is answered
by an index that holds what is open, in force or unclear: it costs what is wrong or under way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import Channel
from tracker.services.asking import rows_from, spelt_out
from tracker.services.audit_coverage import (
    silences_too_long,
    unseen,
    urgent_and_asleep,
)
from tracker.services.audit_moments import Rows, moments
from tracker.services.audit_people import (
    deputies_gone,
    last_resorts_gone,
    owners_away,
    owners_gone,
)
from tracker.services.audit_sending import (
    channel_failing,
    channel_not_mended,
    channel_untried,
    failing,
    texts_unreported,
    unclear_and_forgotten,
)
from tracker.services.breaches import Breach
from tracker.services.pump_dues import PUMP_DUES


@dataclass(frozen=True, slots=True)
class Check:
    """One question: which promise, which rows break it, and the sentence for staff.

    The sentence may name the `number` of what `ref` says.
    """

    promise: str
    rows: Callable[[], Rows]
    sentence: str
    ref: str


def of_channel(channel: Channel, said: str) -> tuple[Check, ...]:
    """Whether what goes this way arrives; one that is well says nothing of the other."""
    promise = failing(channel)
    return (
        Check(
            promise,
            partial(channel_failing, channel),
            f"More than half of the {said}s that are sent fail.",
            "message",
        ),
        Check(
            promise,
            partial(channel_not_mended, channel),
            f"The last {said} failed, like most before it.",
            "message",
        ),
        Check(
            promise,
            partial(channel_untried, channel),
            f"No {said} has been sent since most of them failed.",
            "watch",
        ),
    )


OF_ALL = (
    Check("last_resort", last_resorts_gone, "The last resort can't be reached.", "staff"),
    Check("owner", owners_gone, "A watch belongs to somebody who can't be reached.", "staff"),
    Check("absence", owners_away, "Somebody is away, and nobody who stands in.", "absence"),
    Check("deputy", deputies_gone, "A deputy has left or can't be reached.", "staff"),
    Check("silence", silences_too_long, "A watch is silenced for longer than may be.", "watch"),
    Check(
        "urgent", urgent_and_asleep, "An urgent watch would say nothing for a week.", "watch"
    ),
    Check(
        "unclear",
        unclear_and_forgotten,
        "A message perhaps never arrived, and nobody has followed it up.",
        "message",
    ),
    Check(
        "reports",
        texts_unreported,
        "The provider has not said for a day whether a text arrived.",
        "message",
    ),
    *(Check(due.name, partial(unseen, due), due.unseen, "pump") for due in PUMP_DUES),
)
OF_CHANNELS = {
    Channel.EMAIL: of_channel(Channel.EMAIL, "e-mail"),
    Channel.SMS: of_channel(Channel.SMS, "text"),
}


def checked(session: Session, channels: frozenset[Channel], *, now: datetime) -> list[Breach]:
    """What is wrong now; of a way of sending that was taken away nothing is to be mended."""
    return found_by(session, checks_of(channels), moments(now=now))


@cache
def checks_of(channels: frozenset[Channel]) -> tuple[Check, ...]:
    """What is asked where these ways of sending are set up."""
    ways = (checks for way, checks in OF_CHANNELS.items() if way in channels)
    return (*OF_ALL, *chain.from_iterable(ways))


def found_by(
    session: Session, checks: tuple[Check, ...], facts: Mapping[str, Any]
) -> list[Breach]:
    """One question whether anything is wrong at all; only then which, and where."""
    answers = rows_from(session).execute(_whether_any(checks), facts).one()
    found: dict[tuple[int, str], Breach] = {}
    for check, is_broken in zip(checks, answers, strict=True):
        if not is_broken:
            continue
        for clinic_id, number in _named(session, check, facts):
            sentence = check.sentence.format(number=number)
            breach = Breach(check.promise, sentence, f"{check.ref}:{number}", clinic_id)
            found.setdefault((clinic_id, check.promise), breach)
    return list(found.values())


@cache
def _whether_any(checks: tuple[Check, ...]) -> Rows:
    return spelt_out(sa.select(*(sa.exists(check.rows()) for check in checks)))


def _named(session: Session, check: Check, facts: Mapping[str, Any]) -> list[tuple[int, int]]:
    """A row of each clinic that is concerned."""
    rows = check.rows().subquery()
    clinic_id, number = rows.c
    asked = sa.select(clinic_id, sa.func.min(number)).group_by(clinic_id)
    return [(one, other) for one, other in session.execute(asked, facts)]
