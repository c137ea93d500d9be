"""What a request saw, written down once its page is made: a view by its patient, or a list.

A page that can't be written down is shown all the same: a board that nobody can open does
more harm than a missing line. The line is kept in memory and written with the next one, and
until then every page and /health say so (decision 20).
"""

import hashlib
import logging
import secrets
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, has_request_context, request
from flask import session as cookie
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tracker.clock import utc_now
from tracker.domain.errors import TrackerError
from tracker.domain.trail import Act, Actor, Entry
from tracker.models import Membership, Staff
from tracker.services.trail import SEEN, Place, append, entry_of

LONGEST_WAIT = (
    500  # milliseconds; ours: longer than any commit, shorter than a nurse's patience
)
MOST_WAITING = 10_000  # entries; ours: some megabytes, more views than a bad hour has
SHOWN = {200, 422}
REFUSED = {403, 429}
MOST_READERS = 1000  # ours: programs whose last look is remembered, far more than there are
EXPORTS = frozenset(
    {
        "day_lists.day_pdf",
        "day_lists.day_sheet",
        "day_lists.week_pdf",
        "day_lists.week_sheet",
        "figures.file",
        "figure_lists.sheet",
        "incidents.print_out",
        "morning_lists.now",
        "morning_lists.show",
        "trail.report_file",
        "worklist.call_list",
    }
)
BOARD = {
    "board.index",
    "board.rows",
    "board.find",
    "api.board",
    "calendars.feed",
    "wall.show",
    "wall_by_address.show",
}  # fetched each minute while it is open
log = logging.getLogger("tracker.trail")


class Views:
    """Writes entries in a transaction of their own; what can't be written waits."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._waiting: deque[Entry] = deque(maxlen=MOST_WAITING)
        self._lock = threading.Lock()
        self._looks: dict[str, str] = {}

    def write(self, entries: Sequence[Entry]) -> None:
        """Add the entries, after those that could not be written before. Raises nothing."""
        with self._lock:
            wanted = [*self._waiting, *entries]
            self._waiting.clear()
        try:
            with self._engine.connect() as connection:
                _be_brief(connection)
                try:
                    append(connection, wanted)
                    connection.commit()
                finally:
                    connection.rollback()
                    _be_patient(connection)
        except Exception as problem:  # whatever it is, the page is to be shown
            log.error("the trail can't be written: %s", type(problem).__name__)
            with self._lock:
                self._waiting.extendleft(reversed(wanted))

    def is_news(self, reader: str, mark: str) -> bool:
        """Whether that is not what this reader saw last, as far as this process knows."""
        with self._lock:
            if len(self._looks) > MOST_READERS:
                self._looks.clear()
            is_new = self._looks.get(reader) != mark
            self._looks[reader] = mark
        return is_new

    @property
    def problems(self) -> list[str]:
        """What health and every page say while something waits."""
        count = len(self._waiting)
        return [f"{count} views of patients could not be written down yet."] if count else []


def _be_brief(connection: sa.Connection) -> None:
    """Wait for another writer no longer than a reader may be kept waiting."""
    if connection.dialect.name == "sqlite":
        _pragma(connection, LONGEST_WAIT)
    else:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LONGEST_WAIT}")


def _be_patient(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        _pragma(connection, 5000)  # as db.py has it


def _pragma(connection: sa.Connection, wait: int) -> None:
    raw: Any = connection.connection.driver_connection  # begins no transaction
    raw.execute(f"PRAGMA busy_timeout={wait}").close()


def begin(session: Session) -> None:
    """Let the session of a request note which patients it reads."""
    session.info[SEEN] = set()


def saw(patient_ids: Iterable[int | None]) -> None:
    """Note patients whose names were read without their rows."""
    g.session.info[SEEN].update(one for one in patient_ids if one is not None)


def who() -> Actor:
    """Who is at work in this request; a session asks when it commits."""
    if not has_request_context():
        return Actor(utc_now(), "the program itself")
    if "correlation" not in g:
        g.correlation = secrets.token_hex(8)
    staff, clinic, token = _staff(), g.get("clinic"), g.get("token")
    name = staff.name if staff else f"nobody signed in, at {request.endpoint}"
    if token is not None:  # whose it is, answers for what the program saw
        staff, name = token.staff, f"{token.name}, a program of {token.staff.name}"
    return Actor(
        at=g.get("now") or utc_now(),
        name=name,
        staff_id=staff.id if staff else None,
        clinic_id=clinic.id if clinic else None,
        address=request.remote_addr or "",
        correlation=g.correlation,
    )


def problems() -> list[str]:
    """What could not be written down, in sentences."""
    views: Views = current_app.extensions["views"]
    return views.problems


def write_down(response: Response) -> Response:
    """One entry for what this request showed, let in or refused; most have one at most."""
    found = _entries(response)
    if found:
        if "session" in g:
            g.session.close()  # a page's own lock would keep the entry waiting
        current_app.extensions["views"].write(found)
    return response


def _staff() -> Staff | None:
    """Who came in by this request, or was signed in when it came."""
    found: Staff | None = g.get("arrived") or g.get("staff")
    return found


def _entries(response: Response) -> list[Entry]:
    endpoint = request.endpoint
    if endpoint is None or endpoint == "static":
        return []
    act = _act(response)
    if act is not None:
        is_at_door = act is Act.SIGNED_IN or g.get("staff") is None
        actor = replace(who(), **_at_the_door(act)) if is_at_door else who()
        return [entry_of(actor, act, endpoint, row_id=_number())]
    seen = sorted(g.session.info.get(SEEN, ())) if "session" in g else []
    is_export = endpoint in EXPORTS and response.status_code == 200
    is_nobody = g.get("staff") is None and g.get("token") is None
    if response.status_code not in SHOWN or not (seen or is_export) or is_nobody:
        return []
    if endpoint in BOARD and _is_same_board(seen):
        return []
    return [_view(endpoint, seen, is_export=is_export)]


def _act(response: Response) -> Act | None:
    """What is told of a request beside what it showed."""
    staff, status = g.get("staff"), response.status_code
    if g.get("arrived") is not None:
        return Act.SIGNED_IN
    if staff is not None and not current_user.is_authenticated:
        return Act.SIGNED_OUT
    if status in REFUSED or (status == 404 and staff is not None and request.view_args):
        return Act.REFUSED
    is_wrong = staff is None and status == 422 and request.method == "POST"
    is_wrong = is_wrong or g.get("unproven", False)
    return Act.REFUSED if is_wrong else None


def _at_the_door(act: Act) -> dict[str, Any]:
    """Who comes in, or as whom somebody tried to, and the first of their clinics.

    An e-mail that nobody has is not written down: it may be a password in the wrong field.
    """
    is_in = act is Act.SIGNED_IN
    typed = request.form.get("email", "").strip().lower().replace("\0", "")
    asked = (
        sa.select(Staff.id, Staff.name, sa.func.min(Membership.clinic_id))
        .outerjoin(Membership, Membership.staff_id == Staff.id)
        .where(Staff.id == g.arrived.id if is_in else Staff.email == typed)
        .group_by(Staff.id, Staff.name)
    )
    try:
        found = g.session.execute(asked).first()
    except (TrackerError, SQLAlchemyError) as problem:  # the door's answer is to be shown
        log.error("the trail can't know who it was: %s", type(problem).__name__)
        return {}
    if found is None:
        return {}
    number, name, clinic_id = found
    name = name if is_in else f"somebody, as {name}"
    return {"staff_id": number, "name": name, "clinic_id": clinic_id}


def _number() -> int | None:
    """The row that the address names."""
    numbers = [one for one in (request.view_args or {}).values() if isinstance(one, int)]
    return numbers[0] if numbers else None


def _view(endpoint: str, seen: list[int], *, is_export: bool) -> Entry:
    clinic_id = g.clinic.id
    if is_export or len(seen) != 1:
        act = Act.EXPORTED if is_export else Act.LISTED
        return entry_of(
            who(), act, endpoint, row_id=_number(), after={"count": len(seen), "patients": seen}
        )
    place = Place(clinic_id, seen[0], (request.view_args or {}).get("pump_id"))
    return entry_of(who(), Act.VIEWED, endpoint, row_id=_number(), place=place)


def _is_same_board(seen: list[int]) -> bool:
    """Whether this reader saw the same patients in this hour; a board asks each minute."""
    text = f"{g.clinic.id} {g.now:%Y-%m-%d %H} {seen}"
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    if g.get("token") is not None:  # a program keeps no cookie
        page = hashlib.sha256(request.query_string).hexdigest()[:16]
        views: Views = current_app.extensions["views"]
        return not views.is_news(f"{g.token.id} {page}", mark)
    if cookie.get("board") == mark:
        return True
    cookie["board"] = mark
    return False


def init_app(app: Flask) -> None:
    """Write down what every page shows."""
    app.extensions["views"] = Views(app.extensions["tracker"].engine)
    app.after_request(write_down)
