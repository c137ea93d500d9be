"""A watch, its messages and all that can happen to them, as values.

Whatever is decided here is decided by the functions of `tracker/domain`: which step fires, when
a silence is broken, whether a message may still be sent, what an outcome makes of it. The world
only keeps the books that the tables keep, and knows what truly arrived.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar

from tracker.domain.escalation import (
    START,
    Anchor,
    Anchors,
    Booking,
    Hush,
    Ladder,
    Level,
    Position,
    Step,
    Target,
    default_ladder,
)
from tracker.domain.facts import WatchKind
from tracker.domain.message import Channel, MessageState, message_key
from tracker.domain.risk import RiskClass
from tracker.domain.silence import Silence

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)
D = BEGIN + 14 * DAY
FILLED_AT = BEGIN - 90 * DAY  # the newest refill, when the watch opened
REPEAT = 8 * HOUR
LEASE = 15 * MINUTE

STAFF, PATIENT = "s1", "c1"


class Address(IntEnum):
    """What is known of the patient's, the worst last."""

    WORKS = 0
    FAILING = 1  # written to all the same
    REFUSED = 2


Value = TypeVar("Value", "Mail", "World")


def replace(value: Value, **facts: Any) -> Value:
    """The same with other facts. Tuples, for most of the time went into making worlds."""
    return value._replace(**facts)


def _step(
    ordinal: int, at: timedelta, to: Target, level: Level, template: str, **more: object
) -> Step:
    offsets = ((Anchor.DANGER, at),)
    return Step(ordinal, f"step {ordinal}", offsets, (to,), level, template, **more)  # type: ignore[arg-type]


LADDER = Ladder(
    (
        _step(1, -14 * DAY, Target.PATIENT, Level.INFO, "refill_please_book"),
        _step(2, -14 * DAY + HOUR, Target.OWNER, Level.INFO, "refill_book"),
        _step(3, -7 * DAY, Target.PATIENT, Level.WARN, "refill_please_book"),
        _step(4, -7 * DAY + HOUR, Target.OWNER, Level.WARN, "refill_book"),
        _step(5, 0 * DAY, Target.LAST_RESORT, Level.URGENT, "refill_late", repeat=REPEAT),
    )
)


@cache
def ladder_of(kind: WatchKind | None) -> Ladder:
    """That of a new clinic for the worst risk; without a kind the short one above."""
    return LADDER if kind is None else default_ladder(kind, RiskClass.CRITICAL)


@cache
def has_date(kind: WatchKind) -> bool:
    """Whether the steps of such a watch are counted from a date that may move."""
    anchors = {anchor for step in ladder_of(kind).steps for anchor, _ in step.offsets}
    return anchors != {Anchor.OPENED}


class Mail(NamedTuple):
    """One row of the outbox, and what became of its text in the world."""

    number: int
    step: int
    round: int
    who: str
    state: MessageState
    due_at: datetime
    attempts: int = 0
    lease_until: datetime | None = None
    is_handed: bool = False  # the text has left, and nobody has written that down yet
    arrived: int = 0  # how often the text truly did
    has_left: bool = False  # for all that we know: no hand-over of it was refused
    reports: tuple[MessageState, ...] = ()  # a provider's word that came before ours
    watch: int = 1
    is_unlooked: bool = False  # claimed while nobody had looked through the restored records
    is_needless: bool = False  # claimed, and to be sent, though its watch was over
    is_told: bool = False  # on record: somebody was reached by telephone since
    is_untold: bool = False  # in truth: not sent for good, and nobody was told of its step
    is_withdrawn: bool = False  # on record: its refused address is not to be written to
    is_heard: bool = False  # in truth: the patient was told of it by telephone
    is_answered: bool = False  # in truth: the patient is told, or what lost it is mended

    @property
    def has_arrived(self) -> bool:
        return self.arrived > 0

    @property
    def key(self) -> str:
        return message_key(self.watch, self.step, self.round, self.who, Channel.EMAIL)


class World(NamedTuple):
    """Everything at one moment."""

    now: datetime = BEGIN
    danger_at: datetime | None = D
    kind: WatchKind | None = None
    watch: int = 1  # the one that is open; what ended it may be struck out, and another opens
    opened_at: datetime = FILLED_AT
    position: Position = START
    next_at: datetime = BEGIN
    silence: Silence | None = None
    booking: Booking | None = None
    called_off_at: datetime | None = None
    is_closed: bool = False
    is_safe: bool = False  # in truth: what is watched is no danger any more
    is_stopped: bool = False  # the patient's number
    asks_way: bool = False  # a watch asks for another way to write to them
    is_agreed: bool = False  # in truth: there is one
    address: Address = Address.WORKS
    asked: tuple[int, ...] = ()  # the messages of which a watch asks to telephone
    restored_at: datetime | None = None
    is_compared: bool = True  # somebody has looked through what was put back
    perhaps_told: int = 0  # up to this step, unknown to the restored records
    told_before: tuple[tuple[int, int], ...] = ()  # watch and step; the backup knows it not
    mails: tuple[Mail, ...] = ()

    @property
    def hush(self) -> Hush:
        return Hush(self.silence, self.booking, self.called_off_at)

    @property
    def anchors(self) -> Anchors:
        dry_at = None
        if self.kind is not None and self.danger_at is not None:
            dry_at = self.danger_at + 10 * DAY
        return Anchors(self.danger_at, dry_at, self.opened_at, FILLED_AT)

    @property
    def ladder(self) -> Ladder:
        return ladder_of(self.kind)

    @property
    def level(self) -> Level:
        return self.ladder.level_at(self.position.cursor)

    def with_mail(self, mail: Mail) -> "World":
        """The same world with one row changed."""
        mails = tuple(mail if one.number == mail.number else one for one in self.mails)
        return replace(self, mails=mails)

    def with_each(self, act: Callable[[Mail], Mail]) -> "World":
        """The same world with something done to each row."""
        return replace(self, mails=tuple(act(one) for one in self.mails))

    def add(self, **facts: Any) -> "World":
        """The same world with one row more, unless its key is there already."""
        mail = Mail(len(self.mails) + 1, state=MessageState.PLANNED, watch=self.watch, **facts)
        if any(one.key == mail.key for one in self.mails):
            return self
        return replace(self, mails=(*self.mails, mail))
