"""What stands in the report of the day: read afresh for each mail and each look at the page."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.danger import Bucket, WatchKind
from tracker.domain.day_report import AHEAD, DAY, NAMES, Hours, Line, Part, Report, Wish
from tracker.domain.visit import is_in_time
from tracker.domain.wording import days_away, write_day
from tracker.models import Clinic, Duty, Heartbeat, Message, Pump, Watch
from tracker.models.message import UNKNOWN_OPEN
from tracker.services import cover, health, proposals, silences
from tracker.services.at_once import AtOnce, alarm_name, at_once_of
from tracker.services.boards import BoardFilters, BoardRow, board_rows
from tracker.services.closures import coming_closures
from tracker.services.day_reports import KINDS, hours_of
from tracker.services.recipients import BY_WORDS
from tracker.services.week_figures import two_weeks

MOST = 500  # watches of one bucket that are looked through; ours, as far as the board counts
STALE_SECONDS = 600  # ours: ten ticks; /health and the banner have a setting of their own
ALARMS = (WatchKind.ALARM, WatchKind.MINOR_ALARM)
ELSEWHERE = {*ALARMS, WatchKind.REPLY, WatchKind.LIST}  # have a part of their own, or need none


def report(session: Session, clinic: Clinic, kind: WatchKind, *, now: datetime) -> Report:
    """The report of this moment, whether or not it is sent."""
    wish, today = KINDS[kind], now.astimezone(clinic.zone).date()
    hours = hours_of(session, clinic, today=today)
    next_at = hours.next_after(wish, now=now)
    wrong, ticked_at, passed_at = _audited(session, clinic, now=now)
    return Report(
        made_at=now,
        days=hours.days,
        next_at=next_at,
        passed_at=passed_at,
        ticked_at=ticked_at,
        wrong=wrong,
        parts=_parts(session, clinic, hours, next_at or now + DAY, now=now),
        week=two_weeks(session, clinic, today) if wish is Wish.WEEKLY else (),
    )


def _audited(
    session: Session, clinic: Clinic, *, now: datetime
) -> tuple[tuple[str, ...], datetime | None, datetime | None]:
    """What the newest audit found wrong here, when it was, and when one last found nothing."""
    newest = sa.select(Heartbeat).order_by(Heartbeat.id.desc()).limit(1)
    last = session.scalar(newest)
    wrong = health.problems_of(last, stale_seconds=STALE_SECONDS, now=now)
    if last is None:
        return tuple(wrong), None, None
    of_us = (clinic.id, None)
    wrong += [one["sentence"] for one in last.breaches if one["clinic_id"] in of_us]
    if not wrong:
        return (), last.ticked_at, last.ticked_at
    passed = session.scalar(newest.where(Heartbeat.has_passed))
    return tuple(dict.fromkeys(wrong)), last.ticked_at, passed.ticked_at if passed else None


def _parts(
    session: Session, clinic: Clinic, hours: Hours, until: datetime, *, now: datetime
) -> tuple[Part, ...]:
    since = _since(hours)
    return (
        *_dated(session, clinic, hours, now=now),
        *_undated(session, clinic, since, now=now),
        Part(
            "Unclear sendings",
            "No message is unclear.",
            _unclear(session, clinic, since),
            page="outbox",
        ),
        Part(
            "Silences that end before the next report",
            "No silence ends before the next report.",
            _ending(session, clinic, since, until),
            page="silences",
        ),
        Part(
            "Waits for a second person",
            "Nothing waits for a second person.",
            [
                Line(f"proposed by {one.proposed_by.name}, {since(one.proposed_at)}")
                for one in proposals.open_proposals(session, clinic.id, now=now)
            ],
            page="proposals",
        ),
        _rota(session, clinic, hours, now=now),
        _closed(session, clinic, hours.today(now=now)),
    )


def _rows(
    session: Session,
    clinic: Clinic,
    *,
    bucket: Bucket | None = None,
    kind: WatchKind | None = None,
    now: datetime,
) -> list[BoardRow]:
    filters = BoardFilters(bucket=bucket, kind=kind)
    return board_rows(session, clinic, filters, limit=MOST, now=now)


def _dated(
    session: Session, clinic: Clinic, hours: Hours, *, now: datetime
) -> tuple[Part, Part]:
    """What is late, and what is due this week and has no visit that answers it."""
    today = hours.today(now=now)
    late = _rows(session, clinic, bucket=Bucket.LATE, now=now)
    week = _rows(session, clinic, bucket=Bucket.THIS_WEEK, kind=WatchKind.REFILL, now=now)
    known = at_once_of(session, (one.pump_id for one in (*late, *week)))
    return (
        Part(
            "Late",
            "Nothing is late.",
            [
                _of_row(one, _with(known, one, _when(one, hours, today)))
                for one in late
                if one.kind not in ELSEWHERE
            ],
            page="board",
        ),
        Part(
            "Due within a week, no visit before it",
            "Each refill that is due within a week has a visit before its date.",
            [
                _of_row(one, _with(known, one, _when(one, hours, today)))
                for one in week
                if not is_in_time(one.visit_at, one.danger_at, today=today, zone=clinic.zone)
            ],
            page="board",
        ),
    )


def _undated(
    session: Session, clinic: Clinic, since: Callable[[datetime], str], *, now: datetime
) -> tuple[Part, ...]:
    """Alarms, answers, and whatever else is open without a date of its own."""
    alarms = [row for kind in ALARMS for row in _rows(session, clinic, kind=kind, now=now)]
    replies = _rows(session, clinic, kind=WatchKind.REPLY, now=now)
    unknown = _rows(session, clinic, bucket=Bucket.UNKNOWN, now=now)
    known = at_once_of(session, (one.pump_id for one in unknown))
    return (
        Part("Open alarms of pumps", "No alarm is open.", _named(alarms, since), page="alarms"),
        Part(
            "Answers unread",
            "Every answer has been read.",
            _said(replies, since),
            page="replies",
        ),
        Part(
            "Other open watches without a date",
            "No other watch is open without a date.",
            [
                _of_row(one, _with(known, one, _to_do(one, since)))
                for one in unknown
                if one.kind not in ELSEWHERE
            ],
            page="board",
        ),
    )


def _closed(session: Session, clinic: Clinic, today: date) -> Part:
    return Part(
        "Closed days ahead",
        "No closed day is named for the next two weeks.",
        [
            Line(f"{write_day(one.closed_on)}: {one.name}")
            for one in coming_closures(session, clinic, today=today)
            if one.closed_on <= today + AHEAD
        ],
        is_open=False,
        page="rules",
    )


def _of_row(row: BoardRow, text: str) -> Line:
    if row.pump_id is None:
        return Line(text)
    given, family = row.given_name or "", row.family_name or ""
    who = f"{given[:1]}{family[:1]}".upper()
    return Line(
        text, f"{who}, pump {row.pump_id}", f"{family}, {given}", row.pump_id, row.patient_id
    )


def _with(known: dict[int, AtOnce], row: BoardRow, text: str) -> str:
    """With what can't wait of the pump, whatever the row is about."""
    urgent = known.get(row.pump_id or 0)
    return f"{text}; {urgent.words}" if urgent else text


def _to_do(row: BoardRow, since: Callable[[datetime], str]) -> str:
    """What it is and what is to be done, for there is no date that would say it."""
    return f"{_kind(row)}, {since(row.opened_at)}; next: {row.next_action}; owner {row.owner}"


def _kind(row: BoardRow) -> str:
    return NAMES.get(row.kind, row.kind.replace("_", " "))


def _when(row: BoardRow, hours: Hours, today: date) -> str:
    assert row.danger_at is not None
    days = (row.danger_at.astimezone(hours.days.zone).date() - today).days
    said = days_away(days, "{} left")
    # only a refill needs its visit before
    is_short = row.kind is WatchKind.REFILL and row.is_visit_late
    visit = ", the booked visit comes after that" if is_short else ""
    return f"{_kind(row)}, {said}{visit}; owner {row.owner}"


def _since(hours: Hours) -> Callable[[datetime], str]:
    def said(at: datetime) -> str:
        local = at.astimezone(hours.days.zone)
        return f"since {write_day(local.date())}, {local:%H:%M}"

    return said


def _said(rows: list[BoardRow], since: Callable[[datetime], str]) -> list[Line]:
    return [_of_row(one, f"{since(one.opened_at)}; owner {one.owner}") for one in rows]


def _unclear(session: Session, clinic: Clinic, since: Callable[[datetime], str]) -> list[Line]:
    """Messages of open watches of which nobody knows whether they arrived."""
    asked = (
        sa.select(Message)
        .join(Watch, Watch.id == Message.watch_id)
        .where(sa.text(UNKNOWN_OPEN), Message.clinic_id == clinic.id, Watch.closed_at.is_(None))
        .options(joinedload(Message.watch).joinedload(Watch.pump).joinedload(Pump.patient))
        .order_by(Message.id)
        .limit(MOST)
    )
    return [
        _of_pump(one.watch.pump, f"{BY_WORDS[one.channel]}, {since(one.planned_at)}")
        for one in session.scalars(asked)
    ]


def _named(rows: list[BoardRow], since: Callable[[datetime], str]) -> list[Line]:
    """Alarms with what they are."""
    return [
        _of_row(
            one,
            f"{alarm_name(one.alarm_code or '')}, {since(one.opened_at)}; owner {one.owner}",
        )
        for one in rows
    ]


def _of_pump(pump: Pump | None, text: str) -> Line:
    if pump is None:
        return Line(text)
    one = pump.patient
    who = f"{one.given_name[:1]}{one.family_name[:1]}".upper()
    name = f"{one.family_name}, {one.given_name}"
    return Line(text, f"{who}, pump {pump.id}", name, pump.id, one.id)


def _ending(
    session: Session, clinic: Clinic, since: Callable[[datetime], str], until: datetime
) -> list[Line]:
    return [
        _of_pump(one.watch.pump, f"of {one.by.name}, ends {since(one.until)[6:]}")
        for one in silences.silenced(session, clinic)
        if one.until <= until
    ]


def _rota(session: Session, clinic: Clinic, hours: Hours, *, now: datetime) -> Part:
    """The hours in which nobody is on duty, of a clinic that keeps a rota."""
    kept = sa.select(Duty.id).where(Duty.clinic_id == clinic.id, Duty.withdrawn_at.is_(None))
    if session.scalar(kept.limit(1)) is None:
        return Part("Gaps of the rota", "No rota is kept here.", page="cover")
    zone = hours.days.zone

    def said(at: datetime) -> str:
        local = at.astimezone(zone)
        return f"{write_day(local.date())}, {local:%H:%M}"

    gaps = cover.gaps(session, clinic, now, now + timedelta(days=7))
    return Part(
        "Gaps of the rota",
        "In the next seven days somebody is on duty at every hour.",
        [Line(f"nobody on duty from {said(start)} to {said(end)}") for start, end in gaps],
        page="cover",
    )
