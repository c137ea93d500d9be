"""A calendar as iCalendar has it (RFC 5545), for programs that look at an address.

Hours are written in UTC and days as days: what is written of a zone is read differently by
different programs, up to an hour late in summer. No line depends on when it is asked for but
for those of today, so that who asks again is told that nothing has changed.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from tracker.domain.agenda import LASTS, NOTE, Entry

MIMETYPE = "text/calendar"
PRODUCT = "-//Pump refill tracker//Calendar 1//EN"
LONGEST_LINE = 75  # RFC 5545, 3.1: octets without the break
EVERY = "PT1H"  # ours: as often as a program may ask, and most ask less often
ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})


def calendar(name: str, zone: str, house: str, entries: Iterable[Entry]) -> bytes:
    """The whole calendar; `house` is our public address, for links and for names of lines."""
    house = house.rstrip("/")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        f"X-WR-TIMEZONE:{_text(zone)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{EVERY}",
        f"X-PUBLISHED-TTL:{EVERY}",
    ]
    for entry in entries:
        lines += _event(entry, house)
    lines.append("END:VCALENDAR")
    return b"".join(piece + b"\r\n" for line in lines for piece in _folded(line))


def _event(entry: Entry, house: str) -> Iterator[str]:
    host = house.partition("://")[2] or house
    changed = _instant(entry.changed_at)
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.uid}@{host}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTAMP:{changed}"
    yield f"LAST-MODIFIED:{changed}"
    yield from _when(entry.starts)
    yield f"SUMMARY:{_text(entry.summary)}"
    yield f"DESCRIPTION:{_text(NOTE)}"
    yield f"URL:{house}/pumps/{entry.pump_id}"
    yield f"STATUS:{'CANCELLED' if entry.is_cancelled else 'CONFIRMED'}"
    yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def _when(starts: date | datetime) -> Iterator[str]:
    """An hour in UTC that takes somebody's time, or a whole day that takes nobody's."""
    if isinstance(starts, datetime):
        yield f"DTSTART:{_instant(starts)}"
        yield f"DTEND:{_instant(starts + LASTS)}"
        return
    yield f"DTSTART;VALUE=DATE:{starts:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{starts + timedelta(days=1):%Y%m%d}"
    yield "TRANSP:TRANSPARENT"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    kept = "".join(one for one in value if one == "\n" or one.isprintable())
    return kept.translate(ESCAPED)


def _folded(line: str) -> Iterator[bytes]:
    """The line in pieces of at most 75 octets, no letter cut in two; all but the first begin
    with a blank."""
    piece = b""
    for letter in line:
        raw = letter.encode()
        if len(piece) + len(raw) > LONGEST_LINE:
            yield piece
            piece = b" "
        piece += raw
    yield piece
