"""The day list and the week plan: who comes, with what to prepare, and who should have come.

A plan without those who are due and not booked would look calm on the worst day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tracker.domain.risk import RiskClass
from tracker.domain.wording import write_day

HEADS = (
    *("Day", "Time", "Where", "Patient", "Number", "Born", "Phone", "Pump", "For"),
    *("Drug and concentration", "Volume", "Order", "Needle or kit", "Open", "Last residual"),
    *("Risk of withdrawal", "Refill by", "Visit", "Transport", "Interpreter"),
    *("Second person last time", "Note"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One pump on the list, in words. `at` is None for one without a visit that counts."""

    pump_id: int
    at: datetime | None
    where: str
    patient: str
    mrn: str
    born_on: date
    phones: tuple[str, ...]
    pump: str
    purpose: str
    others: tuple[str, ...]  # more pumps of the same patient
    drugs: tuple[str, ...]
    volume: str
    supply: str
    is_supply_wrong: bool
    kit: str
    alarms: tuple[str, ...]
    residual: str
    risk: RiskClass
    refill_by_on: date | None
    is_late: bool  # refill-by has come, or nobody knows it
    visit: str
    is_sure: bool  # the visit is confirmed
    transport: str
    is_transport_missing: bool
    interpreter: str
    is_interpreter_missing: bool
    checked_by: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the clinic; `closed` says why nobody is there, or is empty."""

    on: date
    closed: str
    lines: tuple[Line, ...]
    travel_minutes: int = 0  # to those who are seen at home, there and back

    @property
    def beside(self) -> str:
        """What stands beside the day: that it is closed, how long somebody is on the way."""
        way = f"{self.travel_minutes} minutes on the way to patients, there and back"
        return "; ".join(one for one in (self.closed, way * bool(self.travel_minutes)) if one)


@dataclass(frozen=True, slots=True)
class DayList:
    """The days that are printed, and who is due by the last of them and has no visit."""

    clinic: str
    phone: str
    zone: ZoneInfo
    made_at: datetime
    days: tuple[Day, ...]
    unbooked: tuple[Line, ...]

    @property
    def title(self) -> str:
        first, last = self.days[0].on, self.days[-1].on
        if first == last:
            return f"Day list of {first:%A}, {write_day(first)}"
        return f"Week plan, {write_day(first)} to {write_day(last)}"

    def hour(self, line: Line) -> str:
        """The time of a visit in the clinic's zone; empty without one."""
        return "" if line.at is None else f"{line.at.astimezone(self.zone):%H:%M}"

    def cells(self) -> Iterator[tuple[str, ...]]:
        """The rows of a sheet, under HEADS."""
        for day in self.days:
            for line in day.lines:
                yield self._cells(write_day(day.on), line)
        for line in self.unbooked:
            yield self._cells("no visit", line)

    def _cells(self, day: str, line: Line) -> tuple[str, ...]:
        by = write_day(line.refill_by_on) if line.refill_by_on else "can't be computed"
        return (
            *(
                day,
                self.hour(line),
                line.where,
                line.patient,
                line.mrn,
                write_day(line.born_on),
            ),
            *("; ".join(line.phones), line.pump, line.purpose, "; ".join(line.drugs)),
            *(line.volume, line.supply, line.kit, "; ".join(line.alarms), line.residual),
            *(str(line.risk), by, line.visit, line.transport, line.interpreter),
            *(line.checked_by, "; ".join((*line.others, *line.notes))),
        )
