"""Whether the promises are kept, looked at from outside after each step of a story.

It knows the tables and nothing of the engine: what it asks is written in the README, and when a
reservoir is empty it works out for itself.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.stories.truth import fillings
from tracker.jobs.sender import DeliverReport
from tracker.jobs.ticker import TickReport
from tracker.models import Message, Policy, Pump, SilenceRow, Staff, Watch

EVIDENCE = {
    "refill",
    "programme",
    "reading",
    "pump",
    "correction",
    "void",
    "audit_passed",
    "climbed_again",
    "sent_again",
    "address_mended",
    "appointment",
    "next_list",
    "rules",
    "contact_attempt",
    "drug_order",
    "end_sign",
    "died",
}
HOUR = timedelta(hours=1)
SLACK = 5 * HOUR  # the story's timer looks every four hours
LATEST_RECORD = timedelta(days=3)  # of a refill of the story, after it was done
Span = tuple[datetime, datetime]


# asked after every step, so put together once
_BARE = (
    sa.select(Pump.id)
    .outerjoin(
        Watch,
        sa.and_(
            Watch.pump_id == Pump.id,
            Watch.kind == sa.literal_column("'refill'"),
            Watch.closed_at.is_(None),
            Watch.next_action_at > sa.bindparam("now"),
            Watch.owner_id.is_not(None),
        ),
    )
    .where(Pump.ended_at.is_(None), Watch.id.is_(None))
)
_TOLD_LAST = (
    sa.select(sa.func.max(Message.sent_at))
    .where(Message.watch_id == Watch.id, Message.staff_id.is_not(None))
    .scalar_subquery()
    .label("told_at")
)
_URGENT = (
    sa.select(Watch.id, Watch.pump_id, Watch.cursor, Watch.policy_id, _TOLD_LAST)
    .outerjoin(
        SilenceRow, sa.and_(SilenceRow.watch_id == Watch.id, SilenceRow.ended_at.is_(None))
    )
    .where(
        Watch.closed_at.is_(None),
        Watch.kind == sa.literal_column("'refill'"),
        Watch.level == sa.literal_column("'urgent'"),
        SilenceRow.id.is_(None),
    )
)
_TO_ONE = (Message.watch_id, Message.staff_id, Message.contact_id, Message.channel)
_TWICE = (
    sa.select(*_TO_ONE)
    .where(Message.sent_at == sa.bindparam("now"))
    .group_by(*_TO_ONE)
    .having(sa.func.count() > 1)
)


@dataclass(slots=True)
class Watchman:
    """Keeps the count of what went wrong; a story is right when `breaches` is empty."""

    scheduler_outages: list[Span]
    sender_outages: list[Span]
    breaches: list[str] = field(default_factory=list)
    dry: int = 0
    dry_without_notice: int = 0
    steps: int = 0
    _last_look: datetime | None = None
    _steps: dict[int, Any] = field(default_factory=dict)  # by the number of their policy

    def look(
        self,
        session: Session,
        report: TickReport,
        done: DeliverReport,
        *,
        is_down: bool,
        now: datetime,
    ) -> None:
        """One look at every promise, after a tick and a delivery at `now`."""
        self.steps += 1
        was_out = self._last_look is not None and now - self._last_look > SLACK
        self._last_look = now
        self._no_fault(report, done, now)
        self._covered(session, now)
        if not is_down:
            self._persistent(session, now)
            self._one_current_message(session, was_out, now)
        if self.steps % 42 == 0:  # weekly: these look at everything that is stored
            self._exactly_enough(session)
            self._evidence_only(session)
            self._no_date_is_later_than_the_truth(session, now)

    def _say(self, promise: str, now: datetime | None, what: str) -> None:
        said = sum(one.startswith(promise) for one in self.breaches)
        if said < 5:
            self.breaches.append(f"{promise} at {now}: {what}")

    def _no_fault(self, report: TickReport, done: DeliverReport, now: datetime) -> None:
        for fault in (*report.faults, *done.faults):
            self._say("no fault", now, fault)

    def _covered(self, session: Session, now: datetime) -> None:
        """Every active pump: an open refill watch, what comes next, when, and an owner."""
        bare = session.connection().execute(_BARE, {"now": now}).all()
        for one in bare:
            self._say("covered", now, f"pump {one.id} is not watched")

    def _persistent(self, session: Session, now: datetime) -> None:
        """An urgent refill watch has reached a member of staff within its step's interval."""
        urgent = session.connection().execute(_URGENT).all()
        for one in urgent:
            steps = self._steps_of(session, one.policy_id)
            repeat = timedelta(minutes=steps[one.cursor - 1]["repeat_minutes"])
            told_at = one.told_at
            is_silent = told_at is None or now - _aware(told_at, now) > repeat + SLACK
            if is_silent and not self._was_down(now - repeat - SLACK, now):
                self._say("persistent", now, f"pump {one.pump_id}: told last {told_at}")

    def _steps_of(self, session: Session, policy_id: int) -> Any:
        """What a policy says; a version is never changed."""
        if policy_id not in self._steps:
            asked = sa.select(Policy.steps).where(Policy.id == policy_id)
            self._steps[policy_id] = session.scalars(asked).one()
        return self._steps[policy_id]

    def _was_down(self, start: datetime, end: datetime) -> bool:
        spans = (*self.scheduler_outages, *self.sender_outages)
        return any(begin < end and start < stop + 2 * HOUR for begin, stop in spans)

    def _one_current_message(self, session: Session, was_out: bool, now: datetime) -> None:
        """However long nobody looked: one message for each person, watch and channel."""
        twice = session.connection().execute(_TWICE, {"now": now}).all()
        for one in twice:
            self._say("exactly enough", now, f"told twice at once, outage {was_out}: {one}")

    def _exactly_enough(self, session: Session) -> None:
        told = session.execute(
            sa.select(Message.watch_id, Message.step, Message.contact_id, sa.func.count())
            .where(Message.contact_id.is_not(None), Message.sent_at.is_not(None))
            .group_by(Message.watch_id, Message.step, Message.contact_id)
            .having(sa.func.count() > 1)
        ).all()
        for one in told:
            self._say("exactly enough", None, f"a patient was told twice of one step: {one}")
        staff = session.execute(
            sa.select(Message.watch_id, Message.step, Message.round, Message.staff_id)
            .where(Message.staff_id.is_not(None), Message.sent_at.is_not(None))
            .group_by(
                Message.watch_id, Message.step, Message.round, Message.staff_id, Message.channel
            )
            .having(sa.func.count() > 1)
        ).all()
        for row in staff:
            self._say("exactly enough", None, f"staff were told twice of one round: {row}")

    def _evidence_only(self, session: Session) -> None:
        kinds = session.scalars(
            sa.select(Watch.evidence_kind).where(Watch.closed_at.is_not(None)).distinct()
        ).all()
        for kind in set(kinds) - EVIDENCE:
            self._say("evidence only", None, f"a watch was ended by {kind!r}")

    def _no_date_is_later_than_the_truth(self, session: Session, now: datetime) -> None:
        watched = session.execute(
            sa.select(Watch.pump_id, Watch.dry_at).where(
                Watch.kind == "refill", Watch.closed_at.is_(None), Watch.dry_at.is_not(None)
            )
        ).all()
        filled = fillings(session)
        for pump_id, dry_at in watched:
            _, truth = filled[pump_id][-1]
            if dry_at > truth:
                self._say("true", now, f"pump {pump_id}: empty {truth}, and said is {dry_at}")

    def close(self, session: Session) -> None:
        """At the end of the story: nobody ran dry without an urgent notice in time."""
        self._exactly_enough(session)
        self._evidence_only(session)
        end = self._last_look
        assert end is not None
        self._no_date_is_later_than_the_truth(session, end)
        filled = fillings(session)
        for pump_id, ended_at in session.execute(sa.select(Pump.id, Pump.ended_at)).all():
            followed = [*(at for at, _ in filled[pump_id][1:]), ended_at or end]
            for (at, dry_at), next_at in zip(filled[pump_id], followed, strict=True):
                if dry_at < next_at:
                    self._told_in_time(session, pump_id, at, dry_at)
        lost = session.scalar(
            sa.select(sa.func.count()).select_from(Staff).where(Staff.left_at.is_not(None))
        )
        assert lost == 0, "nobody leaves in this story"

    def _told_in_time(
        self, session: Session, pump_id: int, filled_at: datetime, dry_at: datetime
    ) -> None:
        self.dry += 1
        first = session.scalar(
            sa.select(sa.func.min(Message.sent_at))
            .join(Watch, Watch.id == Message.watch_id)
            .where(
                Watch.pump_id == pump_id,
                Watch.kind == "refill",
                Message.level == "urgent",
                Message.staff_id.is_not(None),
                Message.sent_at > filled_at + LATEST_RECORD,
            )
        )
        is_in_time = first is not None and first < dry_at
        if is_in_time or self._was_down(dry_at - timedelta(days=9), dry_at):
            return
        self.dry_without_notice += 1
        self._say("persistent", dry_at, f"pump {pump_id} ran dry, told {first}")


def _aware(at: datetime, like: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=like.tzinfo)


def counted(session: Session) -> Counter[str]:
    """How many messages stand in each state."""
    asked = sa.select(Message.state, sa.func.count()).group_by(Message.state)
    return Counter({str(state): count for state, count in session.execute(asked)})
