"""The backup of the day: made by the timer, written down, and missed aloud."""

import logging
import socket
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from tracker.backups.taking import Taken, take_backup
from tracker.clock import utc_now
from tracker.db import reading
from tracker.domain.backup import due_since
from tracker.jobs.sessions import Sessions
from tracker.logs import told
from tracker.services import backups

log = logging.getLogger("tracker.backups")

# Ours: how often it is looked whether one is due; a failed one is tried again as often.
EVERY = timedelta(minutes=10)


def make_backup(sessions: Sessions, folder: Path, *, keep: int, now: datetime) -> Taken:
    """Take a backup, write down that there is one, and end the alarm that there is none."""
    made = take_backup(sessions, folder.absolute(), keep=keep, now=now)
    with sessions.begin() as session:
        row = backups.record_backup(
            session, made.whole, path=str(made.path), size=made.size, host=socket.gethostname()
        )
        backups.tell_there_is_one(session, row, now=now)
    return made


class BackupJob:
    """What the scheduler calls every few minutes. Raises nothing: the next time tries again."""

    def __init__(
        self,
        sessions: Sessions,
        settings: Mapping[str, Any],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._sessions, self._settings, self._clock = sessions, settings, clock

    def __call__(self) -> None:
        now, fault = self._clock(), ""
        try:
            if self._is_due(now):
                self._make(now)
        except Exception as problem:
            log.exception("The backup was not made; the next time tries again.")
            fault = f"The backup of today could not be made ({told(problem)})."
        try:
            self._tell(fault, now)
        except Exception:
            log.exception("The state of the backups could not be written down.")

    def _is_due(self, now: datetime) -> bool:
        """Whether this machine has none since the hour of the day, or its file is gone."""
        with reading(self._sessions) as session:
            zone = backups.zone_of_all(session)
            last = backups.newest(session, host=socket.gethostname())
        if last is None or not Path(last.path).exists():
            return True
        hour = time(int(self._settings["BACKUP_HOUR"]))
        return last.taken_at < due_since(hour, zone, now=now)

    def _make(self, now: datetime) -> None:
        folder = Path(str(self._settings["BACKUP_FOLDER"]))
        keep = int(self._settings["BACKUP_KEEP"])
        made = make_backup(self._sessions, folder, keep=keep, now=now)
        log.info("backup: %s rows in %s", made.whole.rows, made.path)

    def _tell(self, fault: str, now: datetime) -> None:
        hours = int(self._settings["BACKUP_STALE_HOURS"])
        with self._sessions.begin() as session:
            why = fault or backups.stale(session, hours=hours, now=now)
            if why:
                backups.tell_missing(session, why, now=now)
