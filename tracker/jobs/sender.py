"""Delivery: what is due is claimed, looked at afresh, put into words, handed over, settled.

Patients' messages a few at a time while the hand-overs are quick, and one at a time as soon as
they are not; each put into words in its own guard: a poisoned one never stops the others. What
else waits for the same member of staff is said within one message, a digest.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy.exc import OperationalError

from tracker.domain.batch import BLINK, FRESH, MOST, next_size
from tracker.domain.message import Channel
from tracker.domain.outgoing import DeliveryFailed
from tracker.jobs import speaking
from tracker.jobs.lines import Lines
from tracker.jobs.outlets import Outlets
from tracker.jobs.run import DeliverReport, Run, give_back, next_batch, settle, take
from tracker.jobs.sessions import Sessions
from tracker.services.deliveries import Taken
from tracker.services.receipts import Sent


def deliver(
    sessions: Sessions,
    channels: Outlets,
    *,
    host: str,
    limit: int | None = None,
    blink: timedelta = BLINK,
    clock: Callable[[], datetime] | None = None,
    goes_on: Callable[[], bool] = lambda: True,
    now: datetime,
) -> DeliverReport:
    """Send what is due at `now`, at most `limit` messages; a digest counts as one.

    A long run hands in its `clock`, so that the lease of the last message is as long as that of
    the first; `goes_on` is asked before each hand-over. No more patients' messages are claimed
    at once than are handed over in a `blink`.
    """
    lines, renderer = Lines(channels.senders), channels.renderer
    run = Run(sessions, lines, renderer, host, now, clock or (lambda: now), blink, goes_on)
    try:
        while run.may_send:
            left = MOST if limit is None else limit - run.turns
            batch = next_batch(run, left) if left > 0 else []
            if not batch:
                break
            _guarded(run, batch)
    finally:
        try:
            settle(run)
        finally:
            channels.close()
    return run.report


def _guarded(run: Run, batch: list[int]) -> None:
    """Of a batch in which one can't be taken, each is taken by itself."""
    now = run.clock()
    try:
        taken = take(run, batch, now=now).taken
    except OperationalError:
        raise  # the database is gone: nothing can be settled before it is back
    except Exception as problem:
        if len(batch) == 1:
            run.report.note_fault(batch[0], problem)
            return
        for message_id in batch:
            _guarded(run, [message_id])
        return
    if taken:
        _hand_over_all(run, taken, now=now)


def _hand_over_all(run: Run, taken: list[Taken], *, now: datetime) -> None:
    """One after the other, and no longer than what was looked at afresh is fresh."""
    began, waiting = monotonic(), _by_reader(taken)
    count = 0
    while waiting and (not count or (_since(began) <= FRESH and run.may_send)):
        _say(run, waiting.pop(0), now=now)
        count += 1
    run.size = next_size(count, _since(began), run.blink)
    if waiting:
        settle(run)
        give_back(run, [one for to_reader in waiting for one in to_reader])


def _since(began: float) -> timedelta:
    return timedelta(seconds=monotonic() - began)


def _by_reader(taken: list[Taken]) -> list[list[Taken]]:
    is_to_staff = taken[0].notice.is_to_staff
    return [taken] if is_to_staff else [[one] for one in taken]


def _say(run: Run, taken: list[Taken], *, now: datetime) -> None:
    """What is to be said to one reader: a message alone, a digest, or one after the other."""
    for count, said in enumerate(speaking.put_into_words(run.renderer, taken, now=now)):
        if count:
            settle(run)
        if isinstance(said, speaking.Unfit):
            run.unsettled.append((said.taken, said.why))
        else:
            _hand_over(run, said, now=now)


def _hand_over(run: Run, said: speaking.Said, *, now: datetime) -> None:
    """One message over the line, and what is to be written beside each that it carries."""
    leader = said.carried[0][0]
    result = run.lines.hand_over(leader.notice, said.words, now=now)
    for taken, own_words in said.carried:
        if isinstance(result, DeliveryFailed):
            run.unsettled.append((taken, result))
            continue
        sent = Sent(taken.notice.to_address, said.words, result)
        if taken is not leader:
            words = replace(own_words, body="")
            sent = replace(sent, words=words, leader_id=leader.message_id)
        elif taken.notice.channel is Channel.SMS:
            sent = replace(sent, reference=result)
        run.unsettled.append((taken, sent))
