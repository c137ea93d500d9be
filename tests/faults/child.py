"""A sender or scheduler in a process of its own, which ends itself by SIGKILL where it is told.

`what` is tick, deliver, webhooks or accept (a patient who is offered). `kill_at` is nowhere;
for a tick before_commit or between (a watch's message and its new status); for a delivery
after_claim, after_send or before_result (its commit); for an acceptance before_commit or
at_write (the `count`th); for webhooks before_commit or after_commit (the `count`th).
"""

import os
import signal
from datetime import datetime, timedelta

from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.offered import accept, the_offer
from tests.outlets import over_smtp
from tests.rings import RING
from tracker.db import make_engine, make_sessions
from tracker.domain.message import Channel
from tracker.domain.outgoing import Outgoing
from tracker.jobs import Outlets, call_webhooks, deliver, tick
from tracker.notify.channels import Sender
from tracker.outward.places import Reach


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """A channel that kills its process at the `count`th message, before or after sending it."""

    def __init__(self, inner: Sender, kill_at: str, count: int) -> None:
        self.inner, self.kill_at, self.left = inner, kill_at, count

    def send(self, outgoing: Outgoing) -> str:
        self.left -= 1
        if self.left == 0 and self.kill_at == "after_claim":
            die()
        receipt = self.inner.send(outgoing)
        if self.left == 0 and self.kill_at == "after_send":
            die()
        if self.left == 0 and self.kill_at == "before_result":
            event.listen(Session, "before_commit", _die_at(1))
        return receipt

    def close(self) -> None:
        self.inner.close()


def work(
    url: str, port: int, now: datetime, host: str, what: str, kill_at: str, count: int
) -> None:
    """One tick, delivery or acceptance, mails going to `port`."""
    engine = make_engine(url, ring=RING)
    sessions = make_sessions(engine)
    if what == "tick":
        if kill_at == "before_commit":
            event.listen(Session, "before_commit", _die_at(count))
        if kill_at == "between":
            event.listen(engine, "before_cursor_execute", _die_between)
        tick(sessions, now=now, host=host)
    elif what == "webhooks":
        event.listen(Session, kill_at, _die_at(count))
        call_webhooks(sessions, reach=Reach.ANYWHERE, timeout=5, now=now)
    elif what == "accept":
        if kill_at == "before_commit":
            event.listen(Session, "before_commit", _die_at(count))
        if kill_at == "at_write":
            event.listen(engine, "after_cursor_execute", _die_at_write(count))
        with sessions.begin() as session:
            accept(session, the_offer(session), now)
    else:
        outlets = over_smtp(port)
        deadly = Deadly(outlets.senders[Channel.EMAIL], kill_at, count)
        ways = Outlets({Channel.EMAIL: deadly}, outlets.renderer)
        # all that are left go into one batch, however slow this machine is today
        deliver(sessions, ways, host=host, blink=timedelta(minutes=1), now=now)
    engine.dispose()


def _die_at(count: int) -> object:
    left = [count]

    def before_commit(session: Session) -> None:
        left[0] -= "reads_only" not in session.info  # its commit writes nothing
        if left[0] == 0:
            if session.in_transaction():
                session.flush()  # written, and not committed
            die()

    return before_commit


def _die_at_write(count: int) -> object:
    left = [count]

    def after_write(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        left[0] -= statement.startswith(("INSERT", "UPDATE", "DELETE"))
        if left[0] == 0:
            die()

    return after_write


def _die_between(_connection: object, _cursor: object, statement: str, *_: object) -> None:
    """The messages of a batch are there; the watches are about to be moved."""
    if statement.startswith("UPDATE watch SET"):
        die()
