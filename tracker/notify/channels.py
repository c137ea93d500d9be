"""What a way of sending is: one method and one error."""

from typing import Protocol

from tracker.domain.outgoing import Outgoing


class Sender(Protocol):
    """A way to hand messages over."""

    def send(self, outgoing: Outgoing) -> str:
        """Hand the message over; the provider's receipt. Raises DeliveryFailed."""

    def close(self) -> None:
        """Let go of what was kept open between messages."""
