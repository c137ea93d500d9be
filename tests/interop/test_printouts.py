"""A sheet is printed whatever somebody wrote: one long note leaves nobody without the list."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.day_list import Day, DayList, Line
from tracker.domain.emergency import EmergencyList, Entry
from tracker.domain.incident import IncidentReport, Moment
from tracker.domain.risk import RiskClass
from tracker.interop.printouts import emergency_pdf
from tracker.interop.printouts.day_list_pdf import day_list_pdf
from tracker.interop.printouts.incident_pdf import incident_pdf
from tracker.interop.printouts.paper import FONT, FOOT_SIZE, NOTICE, notice_lines

NOW, TODAY, HERE = datetime(2026, 6, 1, 8, tzinfo=UTC), date(2026, 6, 1), ZoneInfo("UTC")
HOSTILE = [
    pytest.param("taken " * 600, id="as long as a note may be"),
    pytest.param(
        "</para><b><font size='900'>&amp;<img src='file:///etc/passwd'/>"
        "\N{RIGHT-TO-LEFT OVERRIDE}\0\x1b\ud800",
        id="marks and signs",
    ),
]


def of_emergency(text):
    words = ("patient", "mrn", "pump", "drugs", "dose", "visit", "owner", "owner_phone")
    days = ("refill_by_on", "empty_on", "last_refill_on", "last_reading_on")
    facts = {**dict.fromkeys(words, "x"), **dict.fromkeys(days, TODAY), "by_mouth": text}
    facts |= {"born_on": TODAY, "reasons": (), "risk_class": RiskClass.HIGH, "numbers": ()}
    plans = (("all", text),)
    return emergency_pdf(
        EmergencyList("Hill", "1", HERE, TODAY, NOW, "Ada", "1", plans, NOW, (Entry(**facts),))
    )


def of_day(text):
    words = (
        *("where", "patient", "mrn", "pump", "purpose", "volume", "supply", "kit", "residual"),
        *("visit", "transport", "interpreter", "checked_by"),
    )
    lists = ("phones", "others", "drugs", "alarms")
    yes = [name for name in Line.__dataclass_fields__ if name.startswith("is_")]
    facts = {**dict.fromkeys(words, "x"), **dict.fromkeys(lists, ("x",))}
    facts |= {**dict.fromkeys(yes, True), "pump_id": 1, "at": NOW, "notes": (text, text)}
    facts |= {"born_on": TODAY, "refill_by_on": TODAY, "risk": RiskClass.HIGH}
    return day_list_pdf(
        DayList("Hill", "1", HERE, NOW, (Day(TODAY, text[:300], (Line(**facts),)),), ())
    )


def of_incident(text):
    moment = Moment(at=NOW, what="Told", who="Ada", lines=(text,) * 5, was_at=None)
    facts = (("Pump", text),)
    return incident_pdf(IncidentReport("Report", "Hill", HERE, NOW, "N", facts, (moment,)))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("made", [of_emergency, of_day, of_incident])
def test_promise_alive_or_known_dead_no_text_leaves_a_clinic_without_its_sheet(made, text):
    assert made(text).startswith(b"%PDF")


@pytest.mark.parametrize("width", [595 - 72, 842 - 72], ids=["upright", "on its side"])
def test_the_notice_at_the_foot_is_whole_between_the_margins(width):
    from reportlab.pdfbase.pdfmetrics import stringWidth

    lines = notice_lines(width)

    assert " ".join(lines) == NOTICE
    assert all(stringWidth(line, FONT, FOOT_SIZE) <= width for line in lines)
