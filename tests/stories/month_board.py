"""The board as its reader sees it, and whether it says what is true."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from tests.stories.browser import Browser
from tests.stories.month_truth import Expected, Ledger, days_left, local, written
from tests.stories.pages import Node

PAPERS = {"order"}  # nobody is harmed on the day itself
BUCKETS = ("Late", "This week", "Next four weeks", "Later", "No date")
KINDS = {
    "buffer": "refill",
    "Book by": "battery",
    "Drug order": "order",
    "Visit": "visit",
    "Alarm": "alarm",
    "Promised call": "call",
}
NEXT_PAGE = re.compile(r"Next \d+$")
A_DAY = r"\d{1,2} [A-Z][a-z]{2} \d{4}"


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of the board, in its own words."""

    name: str
    kind: str
    bucket: str
    is_at_once: bool  # under the words for what can't wait
    day: str
    left: str
    button: str
    visit: str
    away: str
    call: str
    sent: str


def all_rows(browser: Browser) -> list[Seen]:
    """The rows of every page of the board, from the worst on."""
    found = list(rows_of(browser.page))
    while turned(browser):
        found += rows_of(browser.page)
    return found


def turned(browser: Browser) -> bool:
    """Turn to the next page of the board; whether there was one."""
    words = next((a.text for a in browser.page.every("a") if NEXT_PAGE.match(a.text)), None)
    if words is not None:
        browser.follow(words)
    return words is not None


def rows_of(page: Node) -> Iterator[Seen]:
    for body in page.every("tbody"):
        bucket, *rows = body.every("tr")
        for row in rows:
            yield _row(row, bucket.text)


def row_of(page: Node, name: str, kind: str) -> Node | None:
    """The line of the table, to press what stands in it."""
    for body in page.every("tbody"):
        for row in list(body.every("tr"))[1:]:
            date, who, *_ = row.every("td")
            if _name(who) == name and _kind(date) == kind:
                return row
    return None


def _row(row: Node, bucket: str) -> Seen:
    date, who, _, _, _, action, sent = row.every("td")
    said, on = action.text, re.search(A_DAY, date.text)
    return Seen(
        name=_name(who),
        kind=_kind(date),
        bucket=bucket.partition(" At once")[0],
        is_at_once="At once" in bucket,
        day=on[0] if on else "",
        left=next(date.every("b")).text,
        button=next(action.every("a")).text,
        visit=_found(rf"visit(?: after refill-by,)? {A_DAY}(?=, (?:not )?confirmed)", said),
        away=_found(rf"away {A_DAY} to {A_DAY}", who.text),
        call=_found(rf"call again (?:today|(?:on|since) {A_DAY})", said),
        sent=(re.findall(A_DAY, sent.text) or [""])[-1],
    )


def _name(who: Node) -> str:
    return next(who.every("a")).text.split(",")[0]


def _kind(date: Node) -> str:
    """By what its date is set, or what it is about; words that nobody expects are kept."""
    said = date.text
    return next((kind for word, kind in KINDS.items() if word in said), said)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[0] if found else ""


def compared(browser: Browser, ledger: Ledger, now: datetime) -> list[str]:
    """What is wrong on the board of this morning, each in a line."""
    counted = {bucket: _chip(browser.page, bucket) for bucket in BUCKETS}
    rows = all_rows(browser)
    expected = ledger.expected(now)
    wrong = [
        *_rows_differ(rows, expected, now),
        *_order(rows, ledger),
        *_told(rows, ledger, now),
    ]
    for bucket, number in counted.items():
        there = sum(one.bucket == bucket for one in expected)
        if number != there:
            wrong.append(f"the top counts {number} {bucket}, and there are {there}")
    return wrong


def _chip(page: Node, bucket: str) -> int:
    chips = next(one for one in page.every("nav") if "chips" in one.classes)
    chip = next(one for one in chips.every("a") if one.text.startswith(bucket))
    return int(next(chip.every("b")).text)


def _rows_differ(rows: list[Seen], expected: list[Expected], now: datetime) -> Iterator[str]:
    seen = Counter(_without_sent(one) for one in rows)
    wanted = Counter(_as_seen(one, now) for one in expected)
    for one in sorted((seen - wanted).elements()):
        yield f"the board says {one}"
    for one in sorted((wanted - seen).elements()):
        yield f"  it must say {one}"


def _without_sent(one: Seen) -> tuple[str, ...]:
    where = (one.name, one.kind, one.bucket, one.day, one.left)
    return (*where, one.button, one.visit, one.away, one.call)


def _as_seen(one: Expected, now: datetime) -> tuple[str, ...]:
    visit = ""
    if one.visit_on:
        visit = f"visit {'after refill-by, ' * one.is_visit_late}{written(one.visit_on)}"
    away = f"away {written(one.away[0])} to {written(one.away[1])}" if one.away else ""
    left = "now" if one.is_in_doubt else days_left(one.day, now)
    day = written(one.day)
    call = ""
    if one.call_on:
        ahead = (one.call_on - local(now).date()).days
        on = f"{'since' if ahead < 0 else 'on'} {written(one.call_on)}"
        call = f"call again {on if ahead else 'today'}"
    return (one.name, one.kind, one.bucket, day, left, one.button, visit, away, call)


def _order(rows: list[Seen], ledger: Ledger) -> Iterator[str]:
    """Alarms on top, then the late ones; in a bucket the papers last, and each by its date."""
    places = [
        (one.kind != "alarm", BUCKETS.index(one.bucket), one.kind in PAPERS, _day(one.day))
        for one in rows
    ]
    if places != sorted(places):
        yield f"the rows stand as {[(one.bucket, one.kind, one.day) for one in rows]}"
    if [one for one in rows if one.is_at_once] != [one for one in rows if one.kind == "alarm"]:
        yield "what can't wait isn't what says so"
    refills = [
        ledger.refill_by(ledger.courses[one.name]) for one in rows if one.kind == "refill"
    ]
    if refills != sorted(refills):
        yield "the refills don't stand by their dates"


def _told(rows: list[Seen], ledger: Ledger, now: datetime) -> Iterator[str]:
    """Who has no visit in time is spoken of, step by step; a visit in time quietens."""
    for row in rows:
        one = ledger.courses[row.name]
        if row.kind != "refill" or one.alarm_at:
            continue
        sent = _day(row.sent) if row.sent else date.min
        since, until = ledger.told_between(one, now)
        if sent < since:
            yield f"{row.name} is told of on {row.sent or None}, and not since {since}"
        if sent > until:
            yield f"{row.name} has a visit in time, and is asked for on {row.sent}"


def _day(said: str) -> date:
    return datetime.strptime(said, "%d %b %Y").date()  # noqa: DTZ007 - a day
