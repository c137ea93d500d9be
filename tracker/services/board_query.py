"""The board's statements: built once for each kind of question, and answered by index alone."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tracker.domain.danger import Bucket, WatchKind
from tracker.domain.message import MessageState
from tracker.domain.ranking import END, NO_DATE, PLACE, Rank
from tracker.models import (
    Appointment,
    Away,
    DeviceAlarm,
    Message,
    Patient,
    Pump,
    PumpModel,
    SilenceRow,
    Staff,
    Watch,
)
from tracker.models.watch import ALARMS, CALLS
from tracker.models.watch import UNDATED as UNDATED_INDEX
from tracker.services.board_columns import COLUMNS, doubting_alarm
from tracker.services.bookings import BOOKED_FOR_IT
from tracker.services.hushes import IN_FORCE
from tracker.services.lateness import late_by

DATED = (Watch.closed_at.is_(None), Watch.danger_at.is_not(None))
Found = sa.Select[*tuple[Any, ...]]
UNDATED = (sa.text(UNDATED_INDEX),)  # to the letter, or the partial index isn't seen to fit
CLINIC = sa.bindparam("clinic_id", type_=sa.Integer())
LIMIT = sa.bindparam("limit", type_=sa.Integer())
TODAY = sa.bindparam("today", type_=sa.Date())
DUE_CALLS: tuple[Any, ...] = (sa.text(CALLS), Watch.next_call_on <= TODAY)
SAID = (
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.UNKNOWN,
    MessageState.FAILED,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Which question is asked, whatever the values: one statement for each is built, once."""

    bucket: Bucket | None
    by_owner: bool
    by_risk: bool
    by_kind: bool
    by_call: bool
    words: int


@cache
def rows_statement(shape: Shape) -> Found:
    page = _page(shape)
    said, holder, absent = aliased(Message), aliased(Staff), aliased(Staff)
    doubted = aliased(DeviceAlarm, name="doubted")
    doubt = (doubted.code, doubted.alarmed_at)
    last = (
        sa.select(said.id)
        .where(said.watch_id == page.c.id, said.state.in_(SAID))
        .order_by(said.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    coming = aliased(Away)
    away = (
        sa.select(coming.id)
        .where(coming.patient_id == Patient.id, coming.last_on >= TODAY)
        .where(coming.withdrawn_at.is_(None))
        .order_by(coming.first_on, coming.id)
        .limit(1)
        .scalar_subquery()
    )
    held = (SilenceRow.kind, SilenceRow.until, holder.name, absent.name)
    return (
        sa.select(page.c.place, *COLUMNS, *doubt, *held, Away.first_on, Away.last_on)
        .select_from(page)
        .join(Watch, Watch.id == page.c.id)
        .join(Staff, Staff.id == Watch.owner_id)
        .outerjoin(Pump, Pump.id == Watch.pump_id)
        .outerjoin(PumpModel, PumpModel.id == Pump.model_id)
        .outerjoin(Patient, Patient.id == Pump.patient_id)
        .outerjoin(Message, Message.id == last)
        .outerjoin(SilenceRow, IN_FORCE)
        .outerjoin(holder, holder.id == SilenceRow.by_id)
        .outerjoin(absent, absent.id == SilenceRow.for_id)
        .outerjoin(Appointment, BOOKED_FOR_IT)
        .outerjoin(DeviceAlarm, DeviceAlarm.id == Watch.alarm_id)
        .outerjoin(Away, Away.id == away)
        .outerjoin(doubted, doubted.id == doubting_alarm())
        .order_by(page.c.place, page.c.at, page.c.id)
    )


def _page(shape: Shape) -> sa.Subquery:
    """The numbers of the watches on this page, each found by index: of every rank the first.

    The ranks are put together by their places, which follow the dates within each of them.
    """
    runs: list[Found] = []
    for rank in Rank:
        if shape.bucket is not Bucket.UNKNOWN:
            runs.append(_dated(shape, rank).limit(LIMIT))
        if shape.bucket in (None, Bucket.UNKNOWN):
            runs.append(_undated(shape, rank).limit(LIMIT))
    all_of = sa.union_all(*(sa.select(run.subquery()) for run in runs)).subquery()
    order = (all_of.c.place, all_of.c.at, all_of.c.id)
    return sa.select(all_of).order_by(*order).limit(LIMIT).subquery("page")


def _dated(shape: Shape, rank: Rank) -> Found:
    here = sa.tuple_(Watch.danger_at, Watch.id)
    begins = sa.tuple_(_moment(f"from_at_{rank}"), sa.bindparam(f"from_id_{rank}"))
    found = sa.select(_place(rank).label("place"), Watch.danger_at.label("at"), Watch.id).where(
        Watch.clinic_id == CLINIC, _of(rank), *DATED, *_span(shape.bucket), here > begins
    )
    return _narrowed(found, shape).order_by(Watch.danger_at, Watch.id)


def _undated(shape: Shape, rank: Rank) -> Found:
    place: sa.Label[int] = sa.literal_column(str(PLACE[rank, NO_DATE]), sa.Integer()).label(
        "place"
    )
    at = sa.literal(END, Watch.danger_at.type).label("at")
    found = sa.select(place, at, Watch.id).where(
        Watch.clinic_id == CLINIC,
        _of(rank),
        *UNDATED,
        Watch.id > sa.bindparam(f"undated_from_{rank}"),
    )
    return _narrowed(found, shape).order_by(Watch.id)


def _of(rank: Rank) -> sa.ColumnElement[bool]:
    return Watch.rank == sa.literal_column(str(rank.value))


def _place(rank: Rank) -> sa.ColumnElement[int]:
    """The place of a dated row of a rank, by the edges of the buckets."""
    late, week, four = _moment("late"), _moment("week"), _moment("four")
    return sa.case(
        (late_by(late), PLACE[rank, Bucket.LATE]),
        (Watch.danger_at < week, PLACE[rank, Bucket.THIS_WEEK]),
        (Watch.danger_at < four, PLACE[rank, Bucket.FOUR_WEEKS]),
        else_=PLACE[rank, Bucket.LATER],
    )


def _span(bucket: Bucket | None) -> list[sa.ColumnElement[bool]]:
    """The danger dates that belong to `bucket`, between the edges of the domain.

    A call that is promised stands on the row that it is about; it has one of its own once its
    day has passed without it.
    """
    late, week, four = _moment("late"), _moment("week"), _moment("four")
    is_no_call = Watch.kind != WatchKind.CALL
    return {
        None: [sa.or_(is_no_call, late_by(late))],
        Bucket.LATE: [late_by(late)],
        Bucket.THIS_WEEK: [Watch.danger_at > late, Watch.danger_at < week, is_no_call],
        Bucket.FOUR_WEEKS: [Watch.danger_at >= week, Watch.danger_at < four, is_no_call],
        Bucket.LATER: [Watch.danger_at >= four, is_no_call],
        Bucket.UNKNOWN: [],
    }[bucket]


def _moment(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=Watch.danger_at.type)


def _narrowed(found: Found, shape: Shape) -> Found:
    if shape.words:
        found = found.join(Pump, Pump.id == Watch.pump_id).join(
            Patient, Patient.id == Pump.patient_id
        )
    return found.where(*_chosen(shape))


def _chosen(shape: Shape) -> list[sa.ColumnElement[bool]]:
    """What a row must be to be shown, but for its bucket."""
    chosen: list[sa.ColumnElement[bool]] = []
    if shape.by_owner:
        owners = sa.bindparam("owner_ids", type_=sa.Integer(), expanding=True)
        chosen.append(Watch.owner_id.in_(owners))
    if shape.by_risk:
        chosen.append(Watch.risk_class == sa.bindparam("risk_class"))
    if shape.by_kind:
        chosen.append(Watch.kind == sa.bindparam("kind"))
    if shape.by_call:
        chosen += DUE_CALLS
    return [*chosen, *(_begins_with(f"word{n}") for n in range(shape.words))]


def _begins_with(name: str) -> sa.ColumnElement[bool]:
    columns = (Patient.family_name, Patient.given_name, Patient.mrn, Pump.serial)
    word = sa.bindparam(name, type_=sa.String())
    return sa.or_(*(sa.func.lower(column).like(word, escape="/") for column in columns))


@cache
def hidden_statement(shape: Shape) -> Found:
    """How many of the first late rows the filters of this shape leave out."""
    late = sa.select(Watch.id).where(Watch.clinic_id == CLINIC, *DATED, *_span(Bucket.LATE))
    first = late.order_by(Watch.danger_at, Watch.id).limit(LIMIT).subquery()
    counted = sa.select(sa.func.count()).select_from(first)
    if shape.bucket is Bucket.UNKNOWN:  # every late row has a date
        return counted
    is_shown = sa.and_(sa.true(), *_span(shape.bucket), *_chosen(shape))
    return (
        counted.join(Watch, Watch.id == first.c.id)
        .outerjoin(Pump, Pump.id == Watch.pump_id)
        .outerjoin(Patient, Patient.id == Pump.patient_id)
        .where(sa.case((is_shown, 1), else_=0) == 0)  # what is unknown is not shown
    )


@cache
def counts_statement() -> Found:
    """How many are in each bucket, how many alarms are open, and whom to call again."""
    return sa.select(*(_counted(bucket) for bucket in Bucket), _alarms(), _calls())


def _counted(bucket: Bucket) -> sa.Label[int]:
    where = UNDATED if bucket is Bucket.UNKNOWN else (*DATED, *_span(bucket))
    some = sa.select(Watch.id).where(Watch.clinic_id == CLINIC, *where)
    # in the order of an index, so that nothing is read beyond the last one counted
    order = (Watch.rank,) if bucket is Bucket.UNKNOWN else (Watch.danger_at,)
    return _how_many(some.order_by(*order, Watch.id), bucket.value)


def _alarms() -> sa.Label[int]:
    found = sa.select(Watch.id).where(Watch.clinic_id == CLINIC, sa.text(ALARMS))
    return _how_many(found, "alarms")


def _calls() -> sa.Label[int]:
    found = sa.select(Watch.id).where(Watch.clinic_id == CLINIC, *DUE_CALLS)
    return _how_many(found.order_by(Watch.next_call_on), "calls")


def _how_many(some: Found, name: str) -> sa.Label[int]:
    counted = sa.select(sa.func.count()).select_from(some.limit(LIMIT).subquery())
    return counted.scalar_subquery().label(name)
