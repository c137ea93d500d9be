"""What a template may speak of: initials, days and dates, as the reader says them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain.languages import LANGUAGES, language_of
from tracker.domain.outgoing import Notice
from tracker.domain.urgency import is_late
from tracker.domain.wording import RULE_WORDS, write_day
from tracker.notify.phrases import (
    PERMANENT_NOTICE,
    day_of,
    days_left,
    days_until,
    nth_notice,
)


def facts_of(notice: Notice, url: str, language: str, *, now: datetime) -> dict[str, Any]:
    """All that a template may speak of."""
    zone = notice.zone
    danger, dry = notice.danger_at, notice.dry_at
    said = language_of(language)
    return {
        "language": language,
        "clinic": notice.clinic_name,
        "clinic_phone": notice.clinic_phone,
        "to_name": notice.to_name,
        "given_name": notice.given_name,
        "who": _who(notice),
        "nth": nth_notice(notice.nth, language),
        "is_again": notice.nth > 1,
        "again": said.again if notice.nth > 1 and language in LANGUAGES else "",
        "left": days_left(danger, zone, language, now=now) if danger else "",
        "until": said.until(days_until(danger, zone, now=now)) if danger else "",
        "is_late": is_late(danger, now=now),
        "weekday": said.weekday(day_of(danger, zone)) if danger else "",
        "by": write_day(day_of(danger, zone), language) if danger else "",
        "by_time": f"{danger.astimezone(zone):%H:%M}" if danger else "",
        "today": write_day(day_of(now, zone), language),
        "dry_on": write_day(day_of(dry, zone), language) if dry else "",
        "is_dry": dry is not None and dry <= now,
        "rule": f"the {RULE_WORDS[notice.binding_rule]}" if notice.binding_rule else "",
        "explanation": notice.explanation,
        "note": notice.note,
        "link": f"{url}/pumps/{notice.pump_id}" if notice.pump_id else f"{url}/",
        "zone": zone.key,
        "permanent_notice": PERMANENT_NOTICE,
        **_report_facts(notice, url),
    }


def _report_facts(notice: Notice, url: str) -> dict[str, Any]:
    """What the report of the day is told by: its hours are the clinic's own."""
    report = notice.report
    if report is None:
        return {"report": None}
    zone = notice.zone
    return {
        "report": report,
        "page": f"{url}/report",
        "next": _moment(report.next_at, zone),
        "made": _moment(report.made_at, zone),
        "passed": _moment(report.passed_at, zone),
    }


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    if at is None:
        return ""
    local = at.astimezone(zone)
    return f"{local:%A}, {write_day(local.date())}, {local:%H:%M}"


def _who(notice: Notice) -> str:
    """Of whom a notice speaks, with what whoever phones must know of where they are."""
    if not notice.pump_id:
        return notice.clinic_name
    where = " (in hospital elsewhere)" if notice.is_admitted else ""
    return f"{notice.initials}, pump {notice.pump_id}{where}"
