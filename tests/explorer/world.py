"""A watch, its messages and all that can happen to them, as values.

Whatever is decided here is decided by the functions of `tracker/domain`: which step fires, when
a silence is broken, whether a message may still be sent, what an outcome makes of it. The world
only keeps the books that the tables keep, and knows what truly arrived.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

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
)
from tracker.domain.message import Channel, MessageState, message_key
from tracker.domain.silence import Silence

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)
D = BEGIN + 14 * DAY
REPEAT = 8 * HOUR
LEASE = 15 * MINUTE

STAFF, PATIENT = "s1", "c1"


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


@dataclass(frozen=True, slots=True)
class Mail:
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
    has_arrived: bool = False
    has_left: bool = False  # for all that we know: no hand-over of it was refused
    reports: tuple[MessageState, ...] = ()  # a provider's word that came before ours

    @property
    def key(self) -> str:
        return message_key(1, self.step, self.round, self.who, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class World:
    """Everything at one moment."""

    now: datetime = BEGIN
    danger_at: datetime = D
    position: Position = START
    next_at: datetime = BEGIN
    silence: Silence | None = None
    booking: Booking | None = None
    called_off_at: datetime | None = None
    is_closed: bool = False
    has_refill: bool = False
    is_stopped: bool = False  # the patient's number
    must_phone: bool = False  # a watch asks somebody to telephone the patient
    mails: tuple[Mail, ...] = field(default=())

    @property
    def hush(self) -> Hush:
        return Hush(self.silence, self.booking, self.called_off_at)

    @property
    def anchors(self) -> Anchors:
        return Anchors(self.danger_at, None, BEGIN - 90 * DAY, BEGIN - 90 * DAY)

    @property
    def level(self) -> Level:
        return LADDER.level_at(self.position.cursor)

    def with_mail(self, mail: Mail) -> "World":
        """The same world with one row changed."""
        mails = tuple(mail if one.number == mail.number else one for one in self.mails)
        return replace(self, mails=mails)

    def add(self, **facts: object) -> "World":
        """The same world with one row more, unless its key is there already."""
        mail = Mail(number=len(self.mails) + 1, state=MessageState.PLANNED, **facts)  # type: ignore[arg-type]
        if any(one.key == mail.key for one in self.mails):
            return self
        return replace(self, mails=(*self.mails, mail))
