"""The pages served by waitress, as in a clinic, from a thread of the test's own process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server


@contextmanager
def serving(
    app: Callable[..., Any], *, port: int = 0, threads: int = 4
) -> Iterator[BaseWSGIServer]:
    """A server of `app` until the end of the block; on port 0 it finds a free one."""
    server = create_server(app, host="127.0.0.1", port=port, threads=threads)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server
    # By the thread that waits for the sockets: one that is closed under it makes it die.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join(timeout=5)
    assert not thread.is_alive()
    server.task_dispatcher.shutdown()
