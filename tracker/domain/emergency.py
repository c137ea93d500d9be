"""The emergency list: who will run dry, and all that is needed to phone without the system."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tracker.domain.risk import RiskClass
from tracker.domain.trail import BEGINNING, Head

AHEAD = timedelta(days=30)  # PEERS 5.6, layer 3

NOTHING_WRITTEN = Head(0, BEGINNING)

HEADING = "If tomorrow's list does not come, the system is down: work from this one."


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number or address, and whose it is."""

    whose: str
    address: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One pump on the list; dates are days of the clinic, None where they can't be computed."""

    patient: str
    mrn: str
    born_on: date
    pump: str
    reasons: tuple[str, ...]
    refill_by_on: date | None
    empty_on: date | None
    risk_class: RiskClass
    drugs: str
    dose: str
    last_refill_on: date | None
    last_reading_on: date | None
    visit: str
    numbers: tuple[Number, ...]
    owner: str
    owner_phone: str
    in_hand: str = ""
    admitted: str = ""  # where the patient is in hospital elsewhere, with its telephone
    by_mouth: str = "not asked"  # what they take by mouth, as it was recorded
    alarms: tuple[str, ...] = ()  # of the pump, that are open
    doubt: str = ""  # why the pump may give no drug now, whatever its dates are
    rescue_script: str = ""  # for an oral drug: on file, none, or not recorded
    programmer_hospital: str = ""


@dataclass(frozen=True, slots=True)
class EmergencyList:
    """One clinic's list of one day, worst first."""

    clinic: str
    phone: str
    zone: ZoneInfo
    for_on: date
    made_at: datetime
    last_resort: str
    last_resort_phone: str
    plans: tuple[tuple[str, str], ...]  # for whom, and the clinic's own text
    passed_at: datetime | None  # the last audit that found nothing
    entries: tuple[Entry, ...]
    trail: Head = NOTHING_WRITTEN  # on paper it shows later whether the trail was cut

    @property
    def late(self) -> int:
        """How many are past refill-by, or can't be computed at all."""
        return sum(
            one.doubt != "" or one.refill_by_on is None or one.refill_by_on <= self.for_on
            for one in self.entries
        )

    @property
    def sentence(self) -> str:
        """What the list comes to, also where all is well."""
        count = len(self.entries)
        if not count:
            return "All is well: nobody reaches the refill-by date in the next 30 days."
        people = "1 pump is" if count == 1 else f"{count} pumps are"
        late = f"{self.late} of them late or without a date" if self.late else "none is late"
        return f"{people} on the list, {late}."
