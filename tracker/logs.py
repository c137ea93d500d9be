"""What a log may hold: where and when something failed, never of whom.

An exception's own words can hold anything: the values of a statement, a row that a constraint
refused, an address, what somebody typed. So they are told only of the kinds whose words come
from a machine or from us; of any other it is told what it is and where it happened.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

ROOT = Path(__file__).parent.parent
# What gives access, in an address: tokens of calendars, links that were made for somebody.
SECRET = re.compile(r"(?<=/)[\w-]{32,}")
HIDDEN = "(secret)"
LONGEST = 200  # characters of an exception's words; ours: two lines
# Whoever raises these says what a program did, not what was in a record.
OF_A_PROGRAM = (RuntimeError, NotImplementedError, ImportError, MemoryError)


def told(problem: BaseException) -> str:
    """An exception as a log, a heartbeat or a command may tell it, in one line."""
    kind, words = type(problem).__name__, _words(problem)
    if words:
        return f"{kind}: {SECRET.sub(HIDDEN, words)}"
    places = list(_places(problem.__traceback__))
    return f"{kind} at {places[-1]}" if places else kind


def _words(problem: BaseException) -> str:
    if isinstance(problem, OperationalError | InterfaceError):
        # of the server and the connection; the lines after the first can quote rows
        return in_one_line(str(problem.orig).strip().partition("\n")[0])[:LONGEST]
    if isinstance(problem, DBAPIError):
        state = getattr(problem.orig, "sqlstate", None) or type(problem.orig).__name__
        return f"the database refused it ({state})"
    if isinstance(problem, OSError):
        return in_one_line(problem.strerror or "")[:LONGEST]
    if type(problem) in OF_A_PROGRAM:
        return in_one_line(str(problem).strip().partition("\n")[0])[:LONGEST]
    return ""


def _places(trace: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(trace):
        path = Path(frame.filename)
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
        yield f"{name}:{frame.lineno} in {frame.name}"


def in_one_line(text: str) -> str:
    """`text` without anything that could begin a line of its own, or hide one."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


class Plain(logging.Formatter):
    """A line for each record: when in UTC, how bad, who says it, and what; then where from."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = SECRET.sub(HIDDEN, in_one_line(record.getMessage()))
        lines = [f"{at} {record.levelname} {record.name}: {said}"]
        if record.exc_info and record.exc_info[1] is not None:
            lines += _lines(record.exc_info[1])
        return "\n".join(lines)


def _lines(problem: BaseException) -> Iterator[str]:
    """The exception and what led to it, each with its places; indented, so no record begins."""
    seen: set[int] = set()
    cause: BaseException | None = problem
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield f"  {told(cause)}"
        yield from (f"    {one}" for one in _places(cause.__traceback__))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def begin() -> None:
    """Let all that this process logs, and every exception nobody caught, be told so."""
    plain = logging.StreamHandler()  # standard error: nothing but JSON stands on the other
    plain.setFormatter(Plain())
    logging.basicConfig(handlers=[plain], level=logging.WARNING)
    log = logging.getLogger("tracker")

    def uncaught(
        kind: type[BaseException], problem: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, problem, trace)
        else:
            log.critical("Nobody caught this.", exc_info=(kind, problem, trace))

    sys.excepthook = uncaught
    threading.excepthook = lambda one: (
        uncaught(one.exc_type, one.exc_value, one.exc_traceback) if one.exc_value else None
    )
