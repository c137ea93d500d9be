"""The console channel: messages are printed and nothing leaves the machine."""

import sys
from typing import TextIO

from tracker.domain.outgoing import Outgoing


class ConsoleChannel:
    """Prints each message; the default, so that a fresh installation writes to nobody."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    def send(self, outgoing: Outgoing) -> str:
        # standard error: with --json nothing but the JSON may stand on standard output
        out = self._out or sys.stderr
        words = outgoing.words
        print(
            f"--- to {outgoing.to_address} ({outgoing.key})\n{words.subject}\n\n{words.body}",
            file=out,
            flush=True,
        )
        return "printed, not sent"

    def close(self) -> None:
        """Nothing is kept open."""
