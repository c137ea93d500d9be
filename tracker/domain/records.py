"""What the record says about a pump, as frozen values: fills, programmes, boluses, limits.

Instants are aware and in UTC; a quantity bears its unit in its name. Values check themselves
when they are made, so that a projection meets no half-written programme.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from tracker.domain.errors import NegativeQuantity, TrackerError

MINUTES_PER_DAY = 1440


class Mode(StrEnum):
    SIMPLE = "simple"
    FLEX = "flex"
    PERIODIC_BOLUS = "periodic_bolus"
    MINIMUM = "minimum"
    STOPPED = "stopped"
    FIXED_FLOW = "fixed_flow"


class BolusUse(StrEnum):
    """How many of the patient's allotted boluses are taken; a programmer counts the maximum."""

    NONE = "none"
    AVERAGE = "average"  # the maximum where no average is known
    MAXIMUM = "maximum"


def _check_aware(at: datetime, field: str) -> None:
    if at.tzinfo is None:
        raise TrackerError("A time without a time zone can't be placed.", field=field)


def _check_not_negative(**amounts: Decimal | None) -> None:
    for field, amount in amounts.items():
        if amount is not None and amount < 0:
            raise NegativeQuantity("An amount can't be below zero.", field=field)


@dataclass(frozen=True, slots=True)
class Fill:
    """What the reservoir held once it was filled; the concentration is the primary drug's."""

    at: datetime
    volume_ml: Decimal
    concentration_mcg_per_ml: Decimal

    def __post_init__(self) -> None:
        _check_aware(self.at, "filled_at")
        _check_not_negative(
            volume_ml=self.volume_ml, concentration_mcg_per_ml=self.concentration_mcg_per_ml
        )


@dataclass(frozen=True, slots=True)
class Step:
    """From this minute of the pump's own day on it gives this rate; weekday 0 is Monday."""

    start_minutes: int
    rate_mcg_per_hour: Decimal
    weekday: int | None = None

    def __post_init__(self) -> None:
        _check_not_negative(rate_mcg_per_hour=self.rate_mcg_per_hour)
        if not 0 <= self.start_minutes < MINUTES_PER_DAY:
            raise TrackerError("A step starts between 00:00 and 23:59.", field="steps")
        if self.weekday is not None and not 0 <= self.weekday <= 6:
            raise TrackerError("A weekday is 0 (Monday) to 6 (Sunday).", field="steps")


@dataclass(frozen=True, slots=True)
class PatientBolus:
    """What the patient may ask for; counted as an even flow over the day."""

    dose_mcg: Decimal
    max_per_day: int
    average_per_day: Decimal | None = None

    def __post_init__(self) -> None:
        _check_not_negative(
            dose_mcg=self.dose_mcg,
            max_per_day=Decimal(self.max_per_day),
            average_per_day=self.average_per_day,
        )


@dataclass(frozen=True, slots=True)
class PeriodicBolus:
    """A bolus on top of the basal rate, again and again, the first at the programme's start."""

    dose_mcg: Decimal
    interval_minutes: int
    duration_minutes: int

    def __post_init__(self) -> None:
        _check_not_negative(dose_mcg=self.dose_mcg)
        if not 0 < self.duration_minutes <= self.interval_minutes:
            raise TrackerError(
                "A periodic bolus lasts at least a minute and ends before the next begins.",
                field="periodic_duration_minutes",
            )


@dataclass(frozen=True, slots=True)
class Programme:
    """How the pump runs from an instant on, until the next programme.

    `clock_offset` is what the pump's own clock is ahead of UTC; flex steps follow it and know
    nothing of a clock change. A day that has steps of its own runs by those alone; the other
    days run by the steps without a weekday.
    """

    at: datetime
    mode: Mode
    dose_mcg_per_day: Decimal | None = None
    flow_ml_per_day: Decimal | None = None
    steps: tuple[Step, ...] = ()
    clock_offset: timedelta = timedelta(0)
    periodic: PeriodicBolus | None = None
    patient: PatientBolus | None = None

    def __post_init__(self) -> None:
        _check_aware(self.at, "effective_at")
        _check_not_negative(
            dose_mcg_per_day=self.dose_mcg_per_day, flow_ml_per_day=self.flow_ml_per_day
        )
        needs = {
            Mode.SIMPLE: ("dose_mcg_per_day",),
            Mode.FLEX: ("steps",),
            Mode.PERIODIC_BOLUS: ("dose_mcg_per_day", "periodic"),
            Mode.MINIMUM: ("flow_ml_per_day",),
            Mode.FIXED_FLOW: ("flow_ml_per_day",),
        }
        for field in needs.get(self.mode, ()):
            if getattr(self, field) in (None, ()):
                raise TrackerError(
                    f"The programme ({self.mode}) lacks its {field}.", field=field
                )
        if _repeats((one.weekday, one.start_minutes) for one in self.steps):
            raise TrackerError("Two steps start at the same time.", field="steps")


def _repeats(keys: Iterable[object]) -> bool:
    seen = list(keys)
    return len(set(seen)) < len(seen)


@dataclass(frozen=True, slots=True)
class Bolus:
    """One delivery beside the programme: bridge, priming, clinician's bolus.

    Spread evenly over `duration`; with none it leaves at once. Exactly one of volume and dose.
    """

    at: datetime
    duration: timedelta
    volume_ml: Decimal | None = None
    dose_mcg: Decimal | None = None
    suspends_basal: bool = False

    def __post_init__(self) -> None:
        _check_aware(self.at, "started_at")
        _check_not_negative(volume_ml=self.volume_ml, dose_mcg=self.dose_mcg)
        if (self.volume_ml is None) == (self.dose_mcg is None):
            raise TrackerError(
                "A bolus is given as a volume or as a dose, one of the two.", field="volume_ml"
            )
        if self.duration < timedelta(0):
            raise NegativeQuantity("A bolus can't end before it starts.", field="duration")


@dataclass(frozen=True, slots=True)
class History:
    """Everything that is known of one pump, in any order."""

    fills: tuple[Fill, ...] = ()
    programmes: tuple[Programme, ...] = ()
    boluses: tuple[Bolus, ...] = ()


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The slowest and the fastest flow of a pump model; None where the maker names none.

    `minimum_rate_ml_per_day` is the flow of the mode "minimum rate", slower than any dose.
    """

    min_ml_per_day: Decimal | None = None
    max_ml_per_day: Decimal | None = None
    minimum_rate_ml_per_day: Decimal | None = None
