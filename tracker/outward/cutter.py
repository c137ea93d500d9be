"""A line that is ended when its time is over, whatever comes over it."""

import math
import socket
import threading
import time
from contextlib import suppress


class Cutter:
    """Ends a line when the time is over: each byte of a drip would be in time for itself."""

    def __init__(self, line: socket.socket, seconds: float) -> None:
        self.has_cut, self._line = False, line
        CUTTERS.begin(self, time.monotonic() + seconds)

    def cut(self) -> None:
        self.has_cut = True
        with suppress(OSError):  # it is closed already
            socket.socket.shutdown(self._line, socket.SHUT_RDWR)

    def stop(self) -> None:
        CUTTERS.end(self)


class Watching:
    """The one thread that watches all lines: to begin one for each call took longer than it."""

    def __init__(self) -> None:
        self._until: dict[Cutter, float] = {}
        self._changed, self._wakes_at = threading.Condition(), math.inf
        self._thread: threading.Thread | None = None

    def begin(self, cutter: Cutter, until: float) -> None:
        with self._changed:
            self._until[cutter] = until
            if self._thread is None or not self._thread.is_alive():  # after a fork it is not
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            elif until < self._wakes_at:
                self._changed.notify()

    def end(self, cutter: Cutter) -> None:
        with self._changed:
            self._until.pop(cutter, None)

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for cutter in [one for one, until in self._until.items() if until <= now]:
                    del self._until[cutter]
                    cutter.cut()
                self._wakes_at = min(self._until.values(), default=math.inf)
                is_idle = self._wakes_at == math.inf
                self._changed.wait(None if is_idle else self._wakes_at - now)


CUTTERS = Watching()
