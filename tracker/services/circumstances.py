"""What has to be known of a watch whenever it is written, and does not stand on its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.escalation import Hush
from tracker.models import SilenceRow, Watch
from tracker.services import hushes
from tracker.services.asking import rows_from
from tracker.services.perhaps_told import unconfirmed
from tracker.services.webhook_events import any_webhook

_IS_UNCONFIRMED = unconfirmed(sa.bindparam("clinic_id")).label("is_unconfirmed")
_IS_TOLD = any_webhook().label("is_told")
# asked of each watch that is written, so put together once
_OF_NEW = sa.select(_IS_UNCONFIRMED, _IS_TOLD)
_OF_KNOWN = (
    sa.select(*hushes.COLUMNS, _IS_UNCONFIRMED, _IS_TOLD)
    .select_from(Watch)
    .outerjoin(SilenceRow, hushes.IN_FORCE)
    .where(Watch.id == sa.bindparam("watch_id"))
)
_OF_ENDED = sa.select(hushes.any_of(sa.bindparam("watch_ids", expanding=True)), _IS_TOLD)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What quietens a watch, and who has to be mindful of it."""

    hush: Hush
    is_unconfirmed: bool  # its records were put back, and nobody has compared them yet
    is_told: bool  # there is a program that is told of changes


def circumstances_of(session: Session, watch: Watch) -> Circumstances:
    """The circumstances of a loaded watch, or of one that is about to be opened."""
    rows, is_new = rows_from(session), watch.id is None
    facts = {"clinic_id": watch.clinic_id, "watch_id": watch.id}
    row: Any = rows.execute(_OF_NEW if is_new else _OF_KNOWN, facts).one()
    hush = hushes.of_new(watch) if is_new else hushes.of_row(row)
    return Circumstances(hush, row.is_unconfirmed, row.is_told)


def of_ended(session: Session, watch_ids: Sequence[int]) -> tuple[bool, bool]:
    """Whether anything quietens one of the watches still, and whether any program is told."""
    row = rows_from(session).execute(_OF_ENDED, {"watch_ids": watch_ids}).one()
    return bool(row[0]), bool(row[1])
