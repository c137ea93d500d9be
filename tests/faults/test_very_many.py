"""Ten thousand messages due at once: each tick comes in time, and none of them is lost."""

from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import a_ward, a_watched_pump
from tests.faults.ward import asking_very_many
from tests.outlets import Listed, into
from tracker.domain.message import MessageState
from tracker.domain.outgoing import Outgoing
from tracker.jobs.rounds import once
from tracker.models import Heartbeat, Message

COUNT = 10_000
MINUTE = timedelta(minutes=1)


class Slow(Listed):
    """Each message takes six seconds of the clock: ten go in a turn."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now

    def send(self, outgoing: Outgoing) -> str:
        self.now += timedelta(seconds=6)
        return super().send(outgoing)


def test_promise_persistent_ten_thousand_due_at_once_wait_their_turn_and_hold_up_no_tick(
    sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    asking_very_many(session, COUNT, now=now)
    late = a_watched_pump(session, a_ward(session, "Late Clinic"), danger_at=now)
    session.commit()
    sender = Slow(now)

    for _ in range(3):
        once(sessions, into(sender), clock=lambda: sender.now)

    ticks = list(session.scalars(sa.select(Heartbeat.ticked_at).order_by(Heartbeat.id)))
    assert all(later - before <= 2 * MINUTE for before, later in pairwise(ticks))
    assert len(ticks) == 3
    first_two = {one.to_address for one in sender.taken[:2]}
    assert first_two == {"nadia@late.example", "ito@late.example"}, "the loudest go first"
    told = [one.to_address for one in sender.taken if one.to_address.startswith("patient")]
    assert len(told) == len(set(told)) > 20
    asked = sa.select(Message.state, sa.func.count()).where(
        Message.contact_id.is_not(None), Message.watch_id != late.id
    )
    states = {one: many for one, many in session.execute(asked.group_by(Message.state))}
    assert states == {
        MessageState.SENT: len(told),
        MessageState.PLANNED: COUNT - len(told),
    }
