"""The emergency list of the morning: written to disk first, then kept and mailed."""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tracker.db import reading
from tracker.domain.emergency import EmergencyList
from tracker.interop.printouts import emergency_page, emergency_pdf
from tracker.jobs.sessions import Sessions
from tracker.models import Clinic
from tracker.services import morning_lists
from tracker.services.morning_lists import Due


@dataclass(frozen=True, slots=True)
class Made:
    """A list that is on disk now."""

    clinic: str
    folder: str
    files: tuple[str, ...]


def make_lists(sessions: Sessions, folder: str, *, now: datetime) -> list[Made]:
    """Make the lists that are due and not yet there. Raises what the disk raises."""
    with reading(sessions) as session:
        due = morning_lists.due_lists(session, now=now)
    return [make_list(sessions, folder, one, now=now) for one in due]


def make_list(sessions: Sessions, folder: str, due: Due, *, now: datetime) -> Made:
    """One clinic's list: read, written to disk, and then kept in one transaction.

    The files come first: a row without its pages would be a promise that nobody can read.
    """
    with reading(sessions) as session:
        clinic = session.get_one(Clinic, due.clinic_id)
        made = morning_lists.emergency_list(session, clinic, now=now)
    place = Path(folder) / f"clinic-{due.clinic_id}"
    files, digest = write_pages(place, made)
    with sessions.begin() as session:
        clinic = session.get_one(Clinic, due.clinic_id)
        morning_lists.keep_list(
            session, clinic, made, folder=str(place), files=files, digest=digest, now=now
        )
    return Made(made.clinic, str(place), files)


def write_pages(place: Path, made: EmergencyList) -> tuple[tuple[str, ...], str]:
    """Both pages, each whole or not at all; the newest also under a name that never changes."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    page = emergency_page(made).encode()
    pages = {"html": page, "pdf": emergency_pdf(made)}
    files = []
    for kind, content in pages.items():
        path = place / f"emergency-list-{made.for_on.isoformat()}.{kind}"
        _put(path, content)
        _put(place / f"emergency-list.{kind}", content)
        files.append(str(path))
    return tuple(files), hashlib.sha256(page).hexdigest()


def _put(path: Path, content: bytes) -> None:
    """Write beside and rename: a reader sees the old page or the new one, never half of one."""
    beside = path.with_suffix(path.suffix + ".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
