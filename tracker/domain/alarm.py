"""What a pump's alarm means and how soon somebody must answer it.

The catalogue of alarms is `catalogue/alarms.toml`. An alarm is closed by an interrogation or
a documented clinical reason, never by waiting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Self

from tracker.domain.errors import UnsourcedConstant
from tracker.domain.facts import WatchKind
from tracker.domain.sourced import Entry

ERI = "eri"
# Ours: as for any critical alarm; whoever is unwell waits for no working day.
WITH_SYMPTOMS = timedelta(hours=1)


class Severity(StrEnum):
    """As the pump's maker classes it, or for what no pump can tell, as we do."""

    CRITICAL = "critical"
    NON_CRITICAL = "non_critical"
    CLINICAL = "clinical"  # noted by a clinician, not by the pump
    INFO = "info"
    ADMIN = "admin"  # raised by this program


class Tone(StrEnum):
    """What somebody says they heard: two families of tone (S:6), or they can't say."""

    SINGLE = "single"
    TWO_TONE = "two_tone"
    NOT_SURE = "not_sure"


class Reporter(StrEnum):
    """Who told the clinic of it."""

    PATIENT = "patient"
    CARER = "carer"
    FACILITY = "facility"
    CLINIC = "clinic"
    ELSEWHERE = "elsewhere"  # an emergency department, another clinic


class Symptoms(StrEnum):
    """Whether the patient has any of the clinic's own red flags, as it was asked."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not_asked"


# Patients confuse the tones (S:63), so whatever is heard is critical until somebody has
# interrogated the pump; the family of critical tones (S:2, S:6) is only answered sooner.
HEARD: Mapping[Tone, str] = {
    Tone.SINGLE: "alarm_heard_unverified",
    Tone.NOT_SURE: "alarm_heard_unverified",
    Tone.TWO_TONE: "critical_tone_heard",
}
BY_EAR = frozenset(HEARD.values())
# While the second is open on a pump the first says nothing that it doesn't (FEATURES 60).
INHIBITED_BY: Mapping[str, str] = {"low_reservoir": "empty_reservoir"}
SHOWN = (Severity.CRITICAL, Severity.NON_CRITICAL, Severity.INFO)  # by a device


@dataclass(frozen=True, slots=True)
class AlarmEntry(Entry):
    """One alarm that a clinician may record."""

    severity: Severity
    tone: str
    meaning: str
    action: str
    respond_within: str
    respond_within_hours: Decimal | None

    @property
    def is_readable(self) -> bool:
        """Whether a programmer or a patient's controller can show it."""
        return self.severity in SHOWN and self.code not in BY_EAR

    @property
    def may_give_nothing(self) -> bool:
        """Whether the patient may be without drug while it is open."""
        fact = self.fact("may_give_nothing")
        return fact is not None and fact.value is True

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """The alarm of a catalogue entry; refused where a word that staff need is missing."""
        words = {}
        for name in ("severity", "tone", "meaning", "action", "respond_within"):
            text = entry.text(name)
            if text is None:
                raise UnsourcedConstant(f"{entry.code}.{name}: is missing.")
            words[name] = text
        hours = entry.number("respond_within_hours")
        if hours is not None and hours <= 0:
            raise UnsourcedConstant(f"{entry.code}.respond_within_hours: nobody is so quick.")
        return cls(
            entry.code,
            entry.name,
            entry.facts,
            Severity(words["severity"]),
            words["tone"],
            words["meaning"],
            words["action"],
            words["respond_within"],
            hours,
        )


def respond_by(
    alarm: AlarmEntry, *, reported_at: datetime, symptoms: Symptoms = Symptoms.NOT_ASKED
) -> datetime | None:
    """The instant by which somebody must have answered; sooner where the patient is unwell.

    None where the answer is tied to something else: the patient's leaving, or a ladder.
    """
    hours = alarm.respond_within_hours
    if hours is None:
        return None
    within = timedelta(seconds=int(hours * 3600))
    return reported_at + (min(within, WITH_SYMPTOMS) if symptoms is Symptoms.YES else within)


def kind_of(alarm: AlarmEntry, symptoms: Symptoms) -> WatchKind:
    """Which ladder it climbs: what is critical, or comes with symptoms, skips the calm one."""
    is_urgent = alarm.severity is Severity.CRITICAL or symptoms is Symptoms.YES
    return WatchKind.ALARM if is_urgent else WatchKind.MINOR_ALARM


def alarm_key(pump_id: int, code: str) -> str:
    """What makes two open watches on one cause of one pump impossible."""
    return f"{pump_id}:alarm:{code}"
