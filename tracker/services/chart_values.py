"""A pump's records as the plain values that the domain reckons with; `charts` reads them."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from tracker.domain.events import MotorState
from tracker.domain.infusion import Bolus, Fill, History, Programme


@dataclass(frozen=True, slots=True)
class FilledDrug:
    """One drug of a fill; the first of a fill is the primary one."""

    code: str
    name: str
    concentration_mcg_per_ml: Decimal
    is_diluted: bool | None = None


@dataclass(frozen=True, slots=True)
class ChartedFill:
    """A refill in force. `id` is None for one that is only being considered."""

    id: int | None
    fill: Fill
    drugs: tuple[FilledDrug, ...]
    drug_limit_days: Decimal | None
    is_first_fill_limit: bool
    beyond_use_on: date | None
    printed_alarm_on: date | None
    expected_residual_ml: Decimal | None
    actual_residual_ml: Decimal | None


@dataclass(frozen=True, slots=True)
class ChartedReading:
    """What the programmer stated at one instant."""

    read_at: datetime
    reservoir_volume_ml: Decimal | None
    printed_alarm_on: date | None
    battery_months: Decimal | None
    eri_on: date | None
    is_programme_changed: bool | None = None
    recorded_at: datetime | None = None  # None for one that is only being considered
    motor: MotorState | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything in force for one pump, each kind in order of time."""

    fills: tuple[ChartedFill, ...] = ()
    programmes: tuple[Programme, ...] = ()
    boluses: tuple[Bolus, ...] = ()
    readings: tuple[ChartedReading, ...] = ()
    printed_by_programme: tuple[tuple[datetime, date], ...] = ()
    programme_recorded_at: datetime | None = None

    @property
    def history(self) -> History:
        return History(
            fills=tuple(one.fill for one in self.fills),
            programmes=self.programmes,
            boluses=self.boluses,
        )

    @property
    def latest_fill(self) -> ChartedFill | None:
        return self.fills[-1] if self.fills else None

    @property
    def programme(self) -> Programme | None:
        return self.programmes[-1] if self.programmes else None

    def running(self, at: datetime) -> Programme | None:
        """The programme that runs at `at`."""
        return next((one for one in reversed(self.programmes) if one.at <= at), None)

    def filled(self, at: datetime) -> ChartedFill | None:
        """The fill that is in the pump at `at`."""
        return next((one for one in reversed(self.fills) if one.fill.at <= at), None)

    def before(self, at: datetime) -> "Chart":
        """The chart as it stood just before `at`."""
        return Chart(
            fills=tuple(one for one in self.fills if one.fill.at < at),
            programmes=tuple(one for one in self.programmes if one.at < at),
            boluses=tuple(one for one in self.boluses if one.at < at),
            readings=tuple(one for one in self.readings if one.read_at < at),
            printed_by_programme=tuple(one for one in self.printed_by_programme if one[0] < at),
        )

    def with_fill(self, fill: ChartedFill) -> "Chart":
        fills = sorted([*self.fills, fill], key=lambda one: one.fill.at)
        return replace(self, fills=tuple(fills))

    def with_programme(self, programme: Programme, printed: date | None = None) -> "Chart":
        programmes = sorted([*self.programmes, programme], key=lambda one: one.at)
        said = self.printed_by_programme
        if printed is not None:
            said = tuple(sorted([*said, (programme.at, printed)]))
        return replace(self, programmes=tuple(programmes), printed_by_programme=said)

    def with_boluses(self, boluses: tuple[Bolus, ...]) -> "Chart":
        return replace(self, boluses=tuple(sorted([*self.boluses, *boluses], key=_at)))

    def followed_by(self, later: "Chart") -> "Chart":
        """The two as one; of what was at the same instant, that of `later` comes second."""
        recorded = (self.programme_recorded_at, later.programme_recorded_at)
        printed = (*self.printed_by_programme, *later.printed_by_programme)
        return Chart(
            fills=tuple(sorted((*self.fills, *later.fills), key=lambda one: one.fill.at)),
            programmes=tuple(sorted((*self.programmes, *later.programmes), key=_at)),
            boluses=tuple(sorted((*self.boluses, *later.boluses), key=_at)),
            readings=tuple(
                sorted((*self.readings, *later.readings), key=lambda one: one.read_at)
            ),
            printed_by_programme=tuple(sorted(printed, key=lambda one: one[0])),
            programme_recorded_at=max(filter(None, recorded), default=None),
        )


def _at(one: Bolus | Programme) -> datetime:
    return one.at
