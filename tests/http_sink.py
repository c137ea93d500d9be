"""A real HTTP server with scripted answers, that keeps what it was asked."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

DROP = 0  # as a status: hang up after the request was read
HANG = -1  # as a status: never answer


@dataclass
class Sink:
    port: int = 0
    status: int = 201
    body: str = '{"sid": "SM1"}'
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    raw: list[tuple[dict[str, str], bytes]] = field(default_factory=list)  # headers, body
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Server(ThreadingHTTPServer):
    """One that doesn't tell of who hangs up on it: some read no more than the code."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def listening() -> Iterator[Sink]:
    """A server on a free port, and what it answers."""
    sink = Sink()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            sink.raw.append(({name.lower(): one for name, one in self.headers.items()}, body))
            text = body.decode() or urlsplit(self.path).query
            fields = {name: values[-1] for name, values in parse_qs(text).items()}
            sink.asked.append((self.command, urlsplit(self.path).path, fields))
            if sink.status == HANG:
                sink.done.wait(10)
            if sink.status <= 0:
                self.close_connection = True
                return
            said = sink.body.encode()
            self.send_response(sink.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_):
            """Nothing is printed."""

    server = Server(("127.0.0.1", 0), Answering)
    sink.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield sink
    finally:
        sink.done.set()
        server.shutdown()
        thread.join()
        server.server_close()
