"""A calendar to the byte, and as a library reads it that had no part in writing it."""

from datetime import UTC, date, datetime

import icalendar
import pytest

from tracker.domain.agenda import NOTE, Entry
from tracker.interop.ics import calendar

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
ODD = "Straße, Ärzte; \\ und ☂ - " + "sehr lang " * 9
HOUSE = "https://pumps.example/"


def written(*entries):
    return calendar("Pumps of Riverside", "Europe/London", HOUSE, entries)


def read(*entries):
    raw = written(*entries)
    found = icalendar.Calendar.from_ical(raw)
    found.validate()
    assert [part.errors for part in found.walk() if part.errors] == []
    return found


def entry(starts, **facts):
    about = {"uid": "watch-7", "summary": ODD, "sequence": 4}
    return Entry(starts=starts, changed_at=AT, pump_id=3, **about | facts)


def test_lines_end_as_the_standard_has_it_and_none_is_too_long():
    raw = written(entry(date(2026, 7, 10)), entry(AT, uid="visit-1"))

    assert raw.endswith(b"END:VCALENDAR\r\n")
    lines = raw.split(b"\r\n")
    assert not any(b"\n" in one or b"\r" in one for one in lines)
    assert max(map(len, lines)) == 75
    for one in lines:
        one.decode()  # no letter is cut in two


def test_a_library_reads_what_was_written():
    found = read(entry(date(2026, 7, 10)), entry(AT, uid="visit-1", is_cancelled=True))

    assert found.calendar_name == str(found["NAME"]) == "Pumps of Riverside"
    assert found["REFRESH-INTERVAL"].dt.total_seconds() == 3600
    day, visit = found.events
    assert str(day["UID"]) == "watch-7@pumps.example"
    assert (day["SEQUENCE"], day["DTSTAMP"].dt, day["LAST-MODIFIED"].dt) == (4, AT, AT)
    assert (day.start, day.end) == (date(2026, 7, 10), date(2026, 7, 11))
    assert str(day["SUMMARY"]) == ODD
    assert str(day["DESCRIPTION"]) == NOTE
    assert str(day["URL"]) == "https://pumps.example/pumps/3"
    assert (str(day["TRANSP"]), str(day["STATUS"])) == ("TRANSPARENT", "CONFIRMED")
    assert str(visit["STATUS"]) == "CANCELLED"


@pytest.mark.parametrize("month", [1, 7])
def test_an_hour_is_the_same_in_winter_and_in_summer(month):
    at = datetime(2026, month, 15, 13, 30, tzinfo=UTC)
    raw = written(entry(at))

    assert f"DTSTART:2026{month:02}15T133000Z\r\n".encode() in raw
    assert b"TZID" not in raw
    assert b"VTIMEZONE" not in raw
    assert read(entry(at)).events[0].start == at


def test_nothing_that_is_written_can_begin_a_line_of_its_own():
    raw = written(entry(AT, summary="a\r\nATTENDEE:mailto:x\x00\x07"))

    assert b"\r\nATTENDEE" not in raw
    assert b"SUMMARY:a\\nATTENDEE:mailto:x\r\n" in raw
