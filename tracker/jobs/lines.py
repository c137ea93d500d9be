"""The hand-over itself: one message over the line of its channel, and what the channel said."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from tracker.domain.message import Channel
from tracker.domain.outgoing import (
    Attachment,
    DeliveryFailed,
    Notice,
    Outgoing,
    Refusal,
    Words,
)
from tracker.jobs.attaching import attached
from tracker.logs import told
from tracker.models.sealed import UNREADABLE
from tracker.notify.channels import Sender

# A channel that was down or unclear three times running is left alone until the next run: what
# waits stays planned. Thousands of time-outs in a row would hold up the ticks, and each unclear
# one costs a patient's message.
DOWN_IN_A_ROW = 3


class Lines:
    """The channels of one run, and how often they failed one after the other."""

    def __init__(self, senders: Mapping[Channel, Sender]) -> None:
        self._senders = senders
        self._failed = 0

    @property
    def is_down(self) -> bool:
        return self._failed >= DOWN_IN_A_ROW

    def hand_over(self, notice: Notice, words: Words, *, now: datetime) -> str | DeliveryFailed:
        """The receipt, or why there is none."""
        try:
            receipt = self._send(notice, words, now)
        except DeliveryFailed as failed:
            has_failed = failed.refusal in (Refusal.CHANNEL_DOWN, Refusal.UNCLEAR)
            self._failed = self._failed + 1 if has_failed else 0
            return failed
        except Exception as problem:
            self._failed += 1
            # A channel's own fault: it may have happened after the text had left.
            text = f"the channel failed: {told(problem)}"
            return DeliveryFailed(text, refusal=Refusal.UNCLEAR)
        self._failed = 0
        return receipt

    def _send(self, notice: Notice, words: Words, now: datetime) -> str:
        if notice.to_address == UNREADABLE:
            # ours to mend: the address may be right, and stays as it is until the key is back
            text = "the key that opens this address is missing: see SEALING_KEYS"
            raise DeliveryFailed(text, refusal=Refusal.CHANNEL_DOWN)
        sender = self._senders.get(notice.channel)
        if sender is None:
            text = f"no way of sending {notice.channel} is set up"
            raise DeliveryFailed(text, refusal=Refusal.FOR_GOOD)
        pages = _pages(notice) if notice.channel is Channel.EMAIL else ()
        return sender.send(
            Outgoing(notice.key, notice.to_address, words, now, pages, notice.sms_sender)
        )


def _pages(notice: Notice) -> tuple[Attachment, ...]:
    """The files that go along. One that can't be read is a fault of ours, told at once."""
    try:
        return tuple(attached(Path(one)) for one in notice.files)
    except OSError as problem:
        text = f"a page that goes along can't be read: {problem}"
        raise DeliveryFailed(text, refusal=Refusal.UNFIT) from problem
