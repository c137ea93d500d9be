"""What a pump's alarm means and how soon somebody must answer it.

The catalogue of alarms is `catalogue/alarms.toml`. An alarm is closed by an interrogation or
a documented clinical reason, never by waiting.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Self

from tracker.domain.errors import UnsourcedConstant
from tracker.domain.sourced import Entry


class Severity(StrEnum):
    """As the pump's maker classes it, or for what no pump can tell, as we do."""

    CRITICAL = "critical"
    NON_CRITICAL = "non_critical"
    CLINICAL = "clinical"  # noted by a clinician, not by the pump
    INFO = "info"
    ADMIN = "admin"  # raised by this program


@dataclass(frozen=True, slots=True)
class AlarmEntry(Entry):
    """One alarm that a clinician may record."""

    severity: Severity
    tone: str
    meaning: str
    action: str
    respond_within: str
    respond_within_hours: Decimal | None

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """The alarm of a catalogue entry; refused where a word that staff need is missing."""
        words = {}
        for name in ("severity", "tone", "meaning", "action", "respond_within"):
            text = entry.text(name)
            if text is None:
                raise UnsourcedConstant(f"{entry.code}.{name}: is missing.")
            words[name] = text
        return cls(
            entry.code,
            entry.name,
            entry.facts,
            Severity(words["severity"]),
            words["tone"],
            words["meaning"],
            words["action"],
            words["respond_within"],
            entry.number("respond_within_hours"),
        )


def respond_by(alarm: AlarmEntry, *, reported_at: datetime) -> datetime | None:
    """The instant by which somebody must have answered.

    None where the answer is tied to something else: the patient's leaving, or a ladder.
    """
    hours = alarm.respond_within_hours
    if hours is None:
        return None
    return reported_at + timedelta(seconds=int(hours * 3600))
