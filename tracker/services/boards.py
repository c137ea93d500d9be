"""The board: a clinic's open watches, worst first, in one query that reads what it shows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.course import from_kept, level_on
from tracker.domain.danger import Bucket, Rule, WatchKind, bucket_edges
from tracker.domain.escalation import Level
from tracker.domain.message import Channel, MessageState
from tracker.domain.ranking import PLACES, Key, Rank, begins
from tracker.domain.risk import RiskClass
from tracker.domain.silence import SilenceKind
from tracker.models import Clinic
from tracker.services.board_query import (
    Shape,
    counts_statement,
    hidden_statement,
    rows_statement,
)

COUNT_TO = 500  # a count costs what it shows: beyond this it says "500+"
MOST_WORDS = 6  # of a name that is looked for
PAGED_FOR = timedelta(days=1)  # ours: who pages on after that begins by the edges of now


@dataclass(frozen=True, slots=True)
class BoardFilters:
    """What the address of the page asks for; None means everything."""

    bucket: Bucket | None = None
    owner_ids: tuple[int, ...] | None = None
    risk_class: RiskClass | None = None
    kind: WatchKind | None = None
    is_call_due: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One open watch as a line of the board; its times are instants.

    `level_ml` is what should be in the reservoir now, in tenths rounded down.
    """

    place: int  # in the order of danger: see domain/ranking
    watch_id: int
    kind: WatchKind
    danger_at: datetime | None
    dry_at: datetime | None
    binding_rule: Rule | None
    level: Level
    drugs: str
    risk_class: RiskClass
    stopped_since: datetime | None
    level_ml: Decimal | None
    next_action: str
    next_action_at: datetime
    opened_at: datetime
    answered_at: datetime | None  # the visit or surgery that the watch itself knows of
    next_call_on: date | None  # of the newest call
    alarm_id: int | None
    clinic_id: int
    pump_id: int | None
    serial: str | None
    purpose: str | None
    model: str | None
    family_name: str | None
    given_name: str | None
    mrn: str | None
    patient_id: int | None
    admitted_at: datetime | None  # to a hospital elsewhere
    owner: str
    sent_template: str | None
    sent_channel: Channel | None
    sent_state: MessageState | None
    sent_at: datetime | None
    sent_receipt: str | None
    visit_at: datetime | None
    confirmed_at: datetime | None
    alarm_code: str | None
    doubt_code: str | None  # of the open alarm by which the pump may give no drug
    doubt_since: datetime | None
    silence_kind: SilenceKind | None
    silence_until: datetime | None
    silence_by: str | None
    silence_for: str | None
    away_from: date | None  # the nearest days on which the patient can't come
    away_until: date | None
    as_of: datetime

    @property
    def is_at_once(self) -> bool:
        """Whether it can't wait, whatever its date: the pump may be giving no drug."""
        return PLACES[self.place][0] is Rank.AT_ONCE

    @property
    def is_visit_late(self) -> bool:
        """Whether the visit that is booked comes after refill-by, and answers nothing."""
        dates = (self.visit_at, self.danger_at)
        return dates[0] is not None and dates[1] is not None and dates[0] > dates[1]

    @property
    def surgery_at(self) -> datetime | None:
        """When the pump is to be replaced, where that is set."""
        return self.answered_at if self.kind is WatchKind.BATTERY else None

    @property
    def is_surgery_late(self) -> bool:
        """Whether it comes after the end of service, and quietens nothing."""
        at, end = self.surgery_at, self.dry_at
        return at is not None and end is not None and at >= end

    @property
    def key(self) -> Key:
        """Where the next page begins."""
        return Key(self.as_of, self.place, self.danger_at, self.watch_id)


@dataclass(frozen=True, slots=True)
class Count:
    """How many; `is_more` when counting stopped there."""

    n: int
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """What the top of the board says of the whole clinic."""

    buckets: dict[Bucket, Count]
    open_alarms: Count
    due_calls: Count


def board_rows(
    session: Session,
    clinic: Clinic,
    filters: BoardFilters,
    *,
    after: Key | None = None,
    limit: int = 30,
    now: datetime,
) -> list[BoardRow]:
    """At most `limit` open watches, worst first, as `domain/ranking` says what is worse.

    The pages of one list all stand by the edges of its first: no row crosses one meanwhile.
    """
    as_of = after.as_of if after and now - PAGED_FOR < after.as_of <= now else now
    values = _values(clinic, filters, now) | {"limit": limit}
    edges = bucket_edges(now=as_of, zone=clinic.zone)
    values |= dict(zip(("late", "week", "four"), edges, strict=True))
    statement = rows_statement(_shape(filters))
    values |= _begins(after, edges)
    return [_board_row(row, as_of, now) for row in session.execute(statement, values)]


def hidden_late(
    session: Session, clinic: Clinic, filters: BoardFilters, *, now: datetime
) -> Count:
    """How many late rows of the clinic these filters leave out: a filter hides no danger."""
    values = _values(clinic, filters, now) | {"limit": COUNT_TO + 1}
    n = session.execute(hidden_statement(_shape(filters)), values).scalar_one()
    return _count(n)


def board_counts(session: Session, clinic: Clinic, *, now: datetime) -> Counts:
    """The counts at the top of the board, counted no further than is shown."""
    values = {**_edges(clinic, now), "limit": COUNT_TO + 1}
    *buckets, alarms, calls = map(_count, session.execute(counts_statement(), values).one())
    return Counts(dict(zip(Bucket, buckets, strict=True)), alarms, calls)


def _count(n: int) -> Count:
    return Count(min(n, COUNT_TO), n > COUNT_TO)


def _values(clinic: Clinic, filters: BoardFilters, now: datetime) -> dict[str, Any]:
    """What fills the statements in, for this clinic and these filters."""
    return {
        **_edges(clinic, now),
        "owner_ids": filters.owner_ids,
        "risk_class": filters.risk_class,
        "kind": filters.kind,
        **{f"word{n}": _like(word) for n, word in enumerate(_words(filters.text))},
    }


def _begins(
    after: Key | None, edges: tuple[datetime, datetime, datetime]
) -> dict[str, datetime | int]:
    """Where the page begins, by the names that the statement has for it."""
    found: dict[str, datetime | int] = {}
    for rank, begin in begins(after, edges).items():
        found[f"from_at_{rank}"], found[f"from_id_{rank}"] = begin.at, begin.watch_id
        found[f"undated_from_{rank}"] = begin.undated_id
    return found


def _board_row(row: sa.Row[Any], as_of: datetime, now: datetime) -> BoardRow:
    """A line of the board: as it was read, with the level of this moment."""
    read = dict(zip(BoardRow.__slots__, (*row, as_of), strict=True))
    read["level_ml"] = level_on(from_kept(read["level_ml"]), now=now)
    return BoardRow(**read)


def _shape(filters: BoardFilters) -> Shape:
    return Shape(
        bucket=filters.bucket,
        by_owner=filters.owner_ids is not None,
        by_risk=filters.risk_class is not None,
        by_kind=filters.kind is not None,
        by_call=filters.is_call_due,
        words=len(_words(filters.text)),
    )


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()[:MOST_WORDS]


def _like(word: str) -> str:
    for special in ("/", "%", "_"):
        word = word.replace(special, "/" + special)
    return word.lower() + "%"


def _edges(clinic: Clinic, now: datetime) -> dict[str, Any]:
    late, week, four = bucket_edges(now=now, zone=clinic.zone)
    today = now.astimezone(clinic.zone).date()
    return {"clinic_id": clinic.id, "late": late, "week": week, "four": four, "today": today}
