"""A small IMAP server over TLS for tests: one login, one folder, as far as we speak it."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Folder:
    """What lies in the mailbox, by number, and which of it has been read."""

    mails: dict[str, bytes]
    read: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def imap_server(folder: Folder, context: ssl.SSLContext, login: str) -> Iterator[Folder]:
    """A server that answers one client after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        folder.port = listener.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(listener, context, folder, login))
        thread.start()
        try:
            yield folder
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)


def _serve(
    listener: socket.socket, context: ssl.SSLContext, folder: Folder, login: str
) -> None:
    while True:
        try:
            bare, _ = listener.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(bare, server_side=True) as line:
                _talk(line, folder, login)
        except OSError:
            continue


def _talk(line: ssl.SSLSocket, folder: Folder, login: str) -> None:
    line.sendall(b"* OK ready\r\n")
    with line.makefile("rb") as lines:
        for raw in lines:
            tag, _, command = raw.decode().strip().partition(" ")
            folder.said.append(command)
            answer, done = _answer(command, folder, login)
            line.sendall(answer + f"{tag} {done}\r\n".encode())
            if command == "LOGOUT":
                return


def _answer(command: str, folder: Folder, login: str) -> tuple[bytes, str]:
    if command == "CAPABILITY":
        return b"* CAPABILITY IMAP4rev1\r\n", "OK done"
    if command.startswith("LOGIN"):
        return b"", "OK in" if command.replace('"', "") == f"LOGIN {login}" else "NO wrong"
    if command.startswith("SELECT"):
        return f"* {len(folder.mails)} EXISTS\r\n".encode(), "OK [READ-WRITE] done"
    if command.startswith("UID SEARCH"):
        unread = [uid for uid in folder.mails if uid not in folder.read]
        return f"* SEARCH {' '.join(unread)}\r\n".encode(), "OK done"
    if found := re.match(r"UID FETCH (\d+)", command):
        mail = folder.mails[found[1]]
        head = f"* 1 FETCH (UID {found[1]} BODY[]<0> {{{len(mail)}}}\r\n".encode()
        return head + mail + b")\r\n", "OK done"
    if found := re.match(r"UID STORE (\d+) \+FLAGS", command):
        folder.read.add(found[1])
        return b"", "OK done"
    return b"", "OK bye"
