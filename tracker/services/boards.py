"""The board: a clinic's open watches, worst first, in one query that reads what it shows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from tracker.domain.danger import Bucket, Rule, WatchKind, bucket_edges
from tracker.domain.escalation import Level
from tracker.domain.message import Channel, MessageState
from tracker.domain.risk import RiskClass
from tracker.models import Clinic, Message, Patient, Pump, PumpModel, Staff, Watch

COUNT_TO = 500  # a count costs what it shows: beyond this it says "500+"
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # after every date: where the undated rows sort
DATED = (Watch.closed_at.is_(None), Watch.danger_at.is_not(None))
Found = sa.Select[*tuple[Any, ...]]
UNDATED = (
    Watch.closed_at.is_(None),
    Watch.danger_at.is_(None),
    Watch.kind.not_in((WatchKind.REFILL, WatchKind.BATTERY)),
)
SAID = (
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.UNKNOWN,
    MessageState.FAILED,
)


@dataclass(frozen=True, slots=True)
class BoardFilters:
    """What the address of the page asks for; None means everything."""

    bucket: Bucket | None = None
    owner_id: int | None = None
    risk_class: RiskClass | None = None
    kind: WatchKind | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One open watch as a line of the board; its times are instants."""

    watch_id: int
    kind: WatchKind
    danger_at: datetime | None
    dry_at: datetime | None
    binding_rule: Rule | None
    level: Level
    drugs: str
    risk_class: RiskClass
    stopped_since: datetime | None
    next_action: str
    next_action_at: datetime
    opened_at: datetime
    pump_id: int | None
    serial: str | None
    model: str | None
    family_name: str | None
    given_name: str | None
    mrn: str | None
    owner: str
    sent_template: str | None
    sent_channel: Channel | None
    sent_state: MessageState | None
    sent_at: datetime | None

    @property
    def key(self) -> tuple[datetime | None, int]:
        """Where the next page begins."""
        return self.danger_at, self.watch_id


@dataclass(frozen=True, slots=True)
class Count:
    """How many; `is_more` when counting stopped there."""

    n: int
    is_more: bool = False


def board_rows(
    session: Session,
    clinic: Clinic,
    filters: BoardFilters,
    *,
    after: tuple[datetime | None, int] | None = None,
    limit: int = 50,
    now: datetime,
) -> list[BoardRow]:
    """At most `limit` open watches, worst first: by danger date, and last what has no date."""
    page = _page(clinic, filters, after, limit, now)
    said = aliased(Message)
    last = (
        sa.select(said.id)
        .where(said.watch_id == page.c.id, said.state.in_(SAID))
        .order_by(said.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = (
        sa.select(*_columns())
        .select_from(page)
        .join(Watch, Watch.id == page.c.id)
        .join(Staff, Staff.id == Watch.owner_id)
        .outerjoin(Pump, Pump.id == Watch.pump_id)
        .outerjoin(PumpModel, PumpModel.id == Pump.model_id)
        .outerjoin(Patient, Patient.id == Pump.patient_id)
        .outerjoin(Message, Message.id == last)
        .order_by(page.c.at, page.c.id)
    )
    return [BoardRow(*row) for row in session.execute(found)]


def _columns() -> list[Any]:
    return [
        Watch.id,
        Watch.kind,
        Watch.danger_at,
        Watch.dry_at,
        Watch.binding_rule,
        Watch.level,
        Watch.drugs,
        Watch.risk_class,
        Watch.stopped_since,
        Watch.next_action,
        Watch.next_action_at,
        Watch.opened_at,
        Watch.pump_id,
        Pump.serial,
        PumpModel.name,
        Patient.family_name,
        Patient.given_name,
        Patient.mrn,
        Staff.name,
        Message.template,
        Message.channel,
        Message.state,
        Message.sent_at,
    ]


def _page(
    clinic: Clinic,
    filters: BoardFilters,
    after: tuple[datetime | None, int] | None,
    limit: int,
    now: datetime,
) -> sa.Subquery:
    """The numbers of the watches on this page, found by index alone."""
    halves = []
    if filters.bucket is not Bucket.UNKNOWN and (after is None or after[0] is not None):
        halves.append(_dated(clinic, filters, after, now).limit(limit))
    if filters.bucket in (None, Bucket.UNKNOWN):
        halves.append(_undated(clinic, filters, after).limit(limit))
    both = sa.union_all(*(sa.select(half.subquery()) for half in halves)).subquery()
    return sa.select(both).order_by(both.c.at, both.c.id).limit(limit).subquery("page")


def _dated(
    clinic: Clinic,
    filters: BoardFilters,
    after: tuple[datetime | None, int] | None,
    now: datetime,
) -> Found:
    found = sa.select(Watch.danger_at.label("at"), Watch.id).where(
        Watch.clinic_id == clinic.id, *DATED, *_span(filters.bucket, clinic, now)
    )
    if after is not None:
        found = found.where(sa.tuple_(Watch.danger_at, Watch.id) > sa.tuple_(*after))
    return _narrowed(found, filters).order_by(Watch.danger_at, Watch.id)


def _undated(
    clinic: Clinic, filters: BoardFilters, after: tuple[datetime | None, int] | None
) -> Found:
    at = sa.literal(NEVER, Watch.danger_at.type).label("at")
    found = sa.select(at, Watch.id).where(Watch.clinic_id == clinic.id, *UNDATED)
    if after is not None and after[0] is None:
        found = found.where(Watch.id > after[1])
    return _narrowed(found, filters).order_by(Watch.id)


def _span(bucket: Bucket | None, clinic: Clinic, now: datetime) -> list[sa.ColumnElement[bool]]:
    """The danger dates that belong to `bucket`, by the edges of the domain."""
    if bucket is None:
        return []
    late, week, four = bucket_edges(now=now, zone=clinic.zone)
    return {
        Bucket.LATE: [Watch.danger_at <= late],
        Bucket.THIS_WEEK: [Watch.danger_at > late, Watch.danger_at < week],
        Bucket.FOUR_WEEKS: [Watch.danger_at >= week, Watch.danger_at < four],
        Bucket.LATER: [Watch.danger_at >= four],
        Bucket.UNKNOWN: [],
    }[bucket]


def _narrowed(found: Found, filters: BoardFilters) -> Found:
    if filters.owner_id is not None:
        found = found.where(Watch.owner_id == filters.owner_id)
    if filters.risk_class is not None:
        found = found.where(Watch.risk_class == filters.risk_class)
    if filters.kind is not None:
        found = found.where(Watch.kind == filters.kind)
    if filters.text.strip():
        found = found.join(Pump, Pump.id == Watch.pump_id).join(
            Patient, Patient.id == Pump.patient_id
        )
        for word in filters.text.replace(",", " ").split():
            found = found.where(_names(word))
    return found


def _names(word: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        Patient.family_name.istartswith(word, autoescape=True),
        Patient.given_name.istartswith(word, autoescape=True),
        Patient.mrn.istartswith(word, autoescape=True),
        Pump.serial.istartswith(word, autoescape=True),
    )


def bucket_counts(session: Session, clinic: Clinic, *, now: datetime) -> dict[Bucket, Count]:
    """How many open watches each bucket holds, counted no further than is shown."""
    counted = []
    for bucket in Bucket:
        where = UNDATED if bucket is Bucket.UNKNOWN else (*DATED, *_span(bucket, clinic, now))
        some = (
            sa.select(Watch.id).where(Watch.clinic_id == clinic.id, *where).limit(COUNT_TO + 1)
        )
        n = sa.select(sa.func.count()).select_from(some.subquery()).scalar_subquery()
        counted.append(n.label(bucket.value))
    row = session.execute(sa.select(*counted)).one()
    return {
        bucket: Count(min(n, COUNT_TO), n > COUNT_TO)
        for bucket, n in zip(Bucket, row, strict=True)
    }
