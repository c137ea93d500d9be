"""The trail: who did or saw what, each entry sealed to the one before it by its hash.

Not the auditor, which looks whether the promises are kept: the trail looks at people.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

BEGINNING = "0" * 64  # what stands before the first entry
SHOWN_DIGITS = 16  # ours: 64 bits can't be met by trying, and can be compared by eye


class Act(StrEnum):
    VIEWED = "viewed"
    LISTED = "listed"  # several patients on one page
    EXPORTED = "exported"
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is at work: a person, a command, a job or a provider; when and from where."""

    at: datetime
    name: str
    staff_id: int | None = None
    clinic_id: int | None = None
    address: str = ""
    correlation: str = ""  # the same for all that one request or one command did


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail. `before` and `after` are JSON as it is kept, to the letter."""

    id: int
    at: datetime
    actor: str
    staff_id: int | None
    clinic_id: int | None
    patient_id: int | None
    pump_id: int | None
    act: str
    what: str
    row_id: int | None
    before: str | None
    after: str | None
    address: str
    correlation: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it was read, with its hash and the patients by whom it is found."""

    entry: Entry
    hash: str
    patients: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: whoever has it on paper can tell later that the trail was cut."""

    number: int
    hash: str
    at: datetime | None = None

    @property
    def digits(self) -> str:
        return self.hash[:SHOWN_DIGITS]

    @property
    def short(self) -> str:
        """As it is printed and as `flask verify-audit --head` takes it."""
        return f"{self.number}:{self.digits}"


@dataclass(frozen=True, slots=True)
class Wrong:
    """The first entry that isn't as it was written, and what differs."""

    number: int
    sentence: str


def as_json(value: object) -> str:
    """JSON of which there is one form only; decimals stay exact and times say their zone."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else str(value)


def chained(before: str, entry: Entry) -> str:
    """The hash of an entry, over all that it says and the hash of the one before."""
    text = f"{before}\n{as_json(list(astuple(entry)))}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def follow(entries: Iterable[Kept], heads: Iterable[Head] = ()) -> Head | Wrong:
    """The head of a trail that is whole, or the first entry that is wrong.

    `heads` are ones that were written down elsewhere: each must be there still.
    """
    wanted = {head.number: head for head in heads}
    last, stream = Head(0, BEGINNING), iter(entries)
    for kept in stream:
        wrong = _look_at(last, kept, stream)
        if wrong is not None:
            return wrong
        last = Head(kept.entry.id, kept.hash, kept.entry.at)
        head = wanted.pop(last.number, None)
        if head is not None and not last.hash.startswith(head.hash):
            return Wrong(last.number, f"it is not the one that was printed ({head.short})")
    if wanted:
        number = min(wanted)
        return Wrong(last.number + 1, f"the trail ends before it, and {number} was printed")
    return last


def _look_at(last: Head, kept: Kept, rest: Iterator[Kept]) -> Wrong | None:
    entry = kept.entry
    if entry.id != last.number + 1:
        if entry.id > last.number:
            return Wrong(last.number + 1, f"it is missing; the next there is {entry.id}")
        return Wrong(entry.id, "it was put in before the first")
    computed = chained(last.hash, entry)
    if computed != kept.hash:
        return Wrong(entry.id, _what_differs(computed, kept, next(rest, None)))
    if kept.patients != named_in(entry):
        return Wrong(entry.id, "the patients by whom it is found aren't those it names")
    return None


def _what_differs(computed: str, kept: Kept, following: Kept | None) -> str:
    """Told by the next entry, which was sealed to this one as it was first written."""
    if following is not None and chained(kept.hash, following.entry) == following.hash:
        return "what it says isn't what was written: a field was changed"
    if following is not None and chained(computed, following.entry) == following.hash:
        return "its own hash was changed; what it says is as it was written"
    if following is None:
        return "it and its hash don't belong together"
    return "it doesn't follow from the one before: entries were put in, replaced or moved"


def named_in(entry: Entry) -> tuple[int, ...]:
    """The patients of a page that showed several, in order."""
    if entry.act not in (Act.LISTED, Act.EXPORTED) or not entry.after:
        return ()
    try:
        return tuple(sorted(json.loads(entry.after).get("patients", ())))
    except (ValueError, AttributeError, TypeError):  # a field that was tampered with
        return ()
