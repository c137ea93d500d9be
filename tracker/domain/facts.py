"""What a refill date is computed from beside the records, and the names of what can bind it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tracker.domain.calendar import OpenDays
from tracker.domain.records import RateLimits


class WatchKind(StrEnum):
    """What can go wrong. A new danger is one pure function and one member here."""

    REFILL = "refill"
    BATTERY = "battery"
    NO_DATA = "no_data"
    STOPPED = "stopped"
    MISMATCH = "mismatch"
    DISCREPANCY = "discrepancy"  # a residual far from what was expected, and nobody knows why
    DISPUTE = "dispute"  # the second person at a refill says that it was entered wrongly
    ENDING = "ending"  # a pump was recorded as ended, and no second person has confirmed it
    UNDELIVERABLE = "undeliverable"
    VISIT = "visit"
    REPLY = "reply"
    CALL = "call"  # one that was promised for a day
    LIST = "list"  # the emergency list of a morning, which has to reach the clinic
    DAY_REPORT = "day_report"  # what a clinic is told each day, also that nothing is open
    WEEK_REPORT = "week_report"
    ACCESS = "access"  # a record was opened across clinics: somebody looks whether it was right
    TRANSFER = "transfer"  # a patient is offered to another clinic, and nobody has decided
    INTERROGATION = "interrogation"  # after an MRI scan: is the motor running again?
    ASSESSMENT = "assessment"  # a pocket fill is suspected, and no clinician has assessed it
    RAISED_FLOW = "raised_flow"  # fever or a flight, with a pump that is driven by gas
    REVIEW = "review"  # the regular look at dose, side effects and kidney function
    RECALL = "recall"  # a field-safety notice is about the pump, and nothing is done yet
    ORDER = "order"  # the drug for the next refill: ordered in time, and there in time
    AUTHORISATION = "authorisation"  # the payer's yes to the next refill
    ALARM = "alarm"  # of a device, that waits for nobody: critical, heard, or with symptoms
    MINOR_ALARM = "minor_alarm"  # of a device, that can wait for the working day
    SYSTEM = "system"


class Rule(StrEnum):
    """The term of the minimum that sets a date; shown wherever the date is."""

    ALARM_LESS_BUFFER = "alarm_less_buffer"
    ALARM_AT_RAISED_FLOW = "alarm_at_raised_flow"
    PRINTED_ALARM_LESS_BUFFER = "printed_alarm_less_buffer"
    DRUG_LIMIT = "drug_limit"
    FIRST_FILL_LIMIT = "first_fill_limit"
    BEYOND_USE = "beyond_use"
    CLINIC_INTERVAL = "clinic_interval"
    END_OF_SERVICE = "end_of_service"
    EARLIEST_EMPTY = "earliest_empty"
    SERVICE_LIFE = "service_life"
    REPLACEMENT_INDICATOR = "replacement_indicator"
    PROGRAMMER_ESTIMATE = "programmer_estimate"


class How(StrEnum):
    """Where a stated alarm date comes from."""

    PRINTED = "printed"  # as the programmer printed it
    RECKONED = "reckoned"  # ours, from the volume that the programmer stated


@dataclass(frozen=True, slots=True)
class Stated:
    """The low-reservoir alarm date that the programmer stands for, and how it came about.

    A reckoned one keeps the volume that was stated and what our records held then, in mL.
    """

    on: date
    how: How = How.PRINTED
    volume_ml: Decimal | None = None
    ours_ml: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PumpFacts:
    """What is true of this pump; `accuracy` is the maker's band (0.145 is ±14.5 %)."""

    capacity_ml: Decimal
    alarm_volume_ml: Decimal
    accuracy: Decimal | None
    limits: RateLimits
    unusable_ml: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ClinicRules:
    """What the clinic has decided."""

    open_days: OpenDays
    buffer_days: int
    flow_margin_percent: Decimal
    longest_interval_days: int | None


@dataclass(frozen=True, slots=True)
class DrugClock:
    """How long the fill may stay in: days from the fill, and the day on its label."""

    limit_days: Decimal | None
    is_first_fill_limit: bool
    beyond_use_on: date | None
