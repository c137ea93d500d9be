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
from tracker.services.ceilings import SAYS

# A channel that was down or unclear three times running is left alone until the next run: what
# waits stays planned. Thousands of time-outs in a row would hold up the ticks, and each unclear
# one costs a patient's message.
DOWN_IN_A_ROW = 3
# An address is called wrong by the server's word alone. One that calls so many wrong, one after
# the other, and takes none between them is more likely wrong itself: a relay that was set up
# anew would cost every address. What it says of further ones waits. Ours: no clinic has four
# wrong addresses in a row often, and those are found by the next runs.
WRONG_IN_A_ROW = 3


class Lines:
    """The channels of one run, and how often they failed one after the other."""

    def __init__(self, senders: Mapping[Channel, Sender]) -> None:
        self._senders = senders
        self._failed = self._wrong = 0

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
            return self._believed(failed)
        except Exception as problem:
            self._failed += 1
            # A channel's own fault: it may have happened after the text had left.
            text = f"the channel failed: {told(problem)}"
            return DeliveryFailed(text, refusal=Refusal.UNCLEAR)
        self._failed = self._wrong = 0
        return receipt

    def _believed(self, failed: DeliveryFailed) -> DeliveryFailed:
        if failed.refusal is not Refusal.BAD_ADDRESS:
            return failed
        self._wrong += 1
        if self._wrong <= WRONG_IN_A_ROW:
            return failed
        self._failed = DOWN_IN_A_ROW
        text = f"every address is refused, so it may be the server: {failed.message}"
        return DeliveryFailed(
            text, refusal=Refusal.CHANNEL_DOWN, provider_code=failed.provider_code
        )

    def _send(self, notice: Notice, words: Words, now: datetime) -> str:
        if notice.to_address == UNREADABLE:
            # ours to mend: the address may be right, and stays as it is until the key is back
            text = "the key that opens this address is missing: see SEALING_KEYS"
            raise DeliveryFailed(text, refusal=Refusal.FOR_NOW)
        sender = self._senders.get(notice.channel)
        if sender is None:
            text = f"no way of sending {SAYS[notice.channel]} is set up on the server"
            raise DeliveryFailed(text, refusal=Refusal.FOR_GOOD)
        pages = _pages(notice) if notice.channel is Channel.EMAIL else ()
        return sender.send(
            Outgoing(
                notice.key,
                notice.to_address,
                words,
                now,
                attachments=pages,
                sender=notice.sms_sender,
                reference=notice.reference,
            )
        )


def _pages(notice: Notice) -> tuple[Attachment, ...]:
    """The files that go along. One that can't be read is a fault of ours, told at once."""
    try:
        return tuple(attached(Path(one)) for one in notice.files)
    except OSError as problem:
        text = f"a page that goes along can't be read: {problem}"
        raise DeliveryFailed(text, refusal=Refusal.UNFIT) from problem
