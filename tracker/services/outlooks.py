"""What a pump's chart means: its dangers, worked out once and used by records and previews."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from sqlalchemy.orm import Session

from tracker.domain.battery import BatteryDanger, BatteryFacts, project_battery
from tracker.domain.calendar import OpenDays, start_of_day
from tracker.domain.catalogue import DrugEntry, PumpEntry, load
from tracker.domain.course import Point, course, shown_level
from tracker.domain.danger import Basis, ClinicRules, PumpFacts, RefillDanger
from tracker.domain.errors import CannotProject, TrackerError
from tracker.domain.infusion import BolusUse, Mode, RateLimits
from tracker.domain.reservoir import volume_at, volume_used
from tracker.domain.residual import Emptying, accuracy_ratios
from tracker.domain.risk import RiskClass, risk_of
from tracker.domain.units import format_number
from tracker.models import Clinic, Pump
from tracker.services.catalogues import entry_for
from tracker.services.charts import Chart, ChartedFill, chart_of
from tracker.services.limits import drug_clock
from tracker.services.stated import stated_alarm

MCG_PER_MG = 1000
FINEST = 10**6  # a volume is kept to a millionth of a mL


@dataclass(frozen=True, slots=True)
class Outlook:
    """A pump's dangers, and what the refill-by was worked out from.

    `cannot` and `battery_cannot` say why a date can't be computed.
    """

    basis: Basis | None
    refill: RefillDanger | None
    cannot: str | None
    battery: BatteryDanger | None
    battery_cannot: str | None
    risk: RiskClass
    drugs: str
    stopped_since: datetime | None
    unrecorded_since: datetime | None  # an interrogation said that the programme had changed
    course: tuple[Point, ...]


def look_ahead(pump: Pump, chart: Chart) -> Outlook:
    """Every danger of `pump` as `chart` tells it; nothing is read from the clock or written."""
    battery, battery_cannot = _battery(pump, chart)
    basis, refill, cannot = _refill(pump, chart, battery)
    return Outlook(
        basis=basis,
        refill=refill,
        cannot=cannot,
        battery=battery,
        battery_cannot=battery_cannot,
        risk=risk_class(pump, chart.latest_fill),
        drugs=drug_words(chart.latest_fill),
        stopped_since=_stopped_since(chart),
        unrecorded_since=_unrecorded_since(chart),
        course=_course(pump, chart),
    )


def _basis(pump: Pump, chart: Chart, battery: BatteryDanger | None) -> Basis | None:
    clinic, fill = pump.clinic, chart.latest_fill
    if fill is None:
        return None
    ends_at = None if battery is None else start_of_day(battery.end_of_service_on, clinic.zone)
    return Basis(
        chart.history,
        pump_facts(pump),
        pump_rules(pump),
        drug_clock(clinic, fill),
        ratios=accuracy_ratios(measured_cycles(chart)),
        end_of_service_at=ends_at,
        stated=stated_alarm(chart, alarm_volume_ml=planning_volume_ml(pump), zone=clinic.zone),
    )


def _refill(
    pump: Pump, chart: Chart, battery: BatteryDanger | None
) -> tuple[Basis | None, RefillDanger | None, str | None]:
    basis = None
    try:
        basis = _basis(pump, chart, battery)
        if basis is None:
            return None, None, "No refill is on record."
        return basis, basis.project(), None
    except TrackerError as refused:
        return basis, None, refused.message


def _course(pump: Pump, chart: Chart) -> tuple[Point, ...]:
    """How the level falls from the latest fill on; nothing where that can't be said."""
    try:
        return course(chart.history, alarm_volume_ml=planning_volume_ml(pump))
    except CannotProject:
        return ()


def level_now(session: Session, pump: Pump, *, now: datetime) -> Decimal | None:
    """What should be in the reservoir at `now` (mL, tenths rounded down); None if unknown.

    Exact within the day too, where the board draws a straight line between changes.
    """
    chart = chart_of(session, pump)
    try:
        return shown_level(volume_at(chart.history, now, use=BolusUse.AVERAGE))
    except CannotProject:
        return None


def _battery(pump: Pump, chart: Chart) -> tuple[BatteryDanger | None, str | None]:
    if not pump.has_battery:
        return None, None
    estimate = next(
        (
            (one.read_at, one.battery_months)
            for one in reversed(chart.readings)
            if one.battery_months is not None  # 0 months is an estimate, and the worst
        ),
        None,
    )
    zone = pump.clinic.zone
    facts = BatteryFacts(
        implanted_on=pump.implant_day,
        service_life_months=model_facts(pump).service_life_months,
        eri_on=min((r.eri_on for r in chart.readings if r.eri_on), default=None),
        estimate=estimate and (estimate[0].astimezone(zone).date(), estimate[1]),
    )
    try:
        return project_battery(facts), None
    except CannotProject as refused:
        return None, refused.message


def model_facts(pump: Pump) -> PumpEntry:
    """The catalogue's facts of this pump's model, with its clinic's own values."""
    return entry_for(pump.model, pump.clinic)


def drug_facts(code: str) -> DrugEntry:
    """The catalogue's facts of one drug."""
    return load().drugs[code]


def pump_facts(pump: Pump) -> PumpFacts:
    """What the projection needs of the implanted pump: its own volumes, its model's limits."""
    model = model_facts(pump)
    return PumpFacts(
        capacity_ml=pump.reservoir_capacity_ml,
        alarm_volume_ml=planning_volume_ml(pump),
        accuracy=model.accuracy,
        limits=RateLimits(
            model.min_flow_ml_per_day,
            model.max_flow_ml_per_day,
            model.minimum_rate_ml_per_day,
        ),
        unusable_ml=model.unusable_residual_ml,
    )


def planning_volume_ml(pump: Pump) -> Decimal:
    """The volume to plan by: at which the pump alarms, or one as large where it has no alarm.

    A pump that can't warn is planned for as if it did: never by 0 mL.
    """
    model = model_facts(pump)
    if model.has_alarm:
        return pump.low_reservoir_alarm_ml
    ours = min(model.low_reservoir_alarm_ml, pump.reservoir_capacity_ml)
    return max(pump.low_reservoir_alarm_ml, ours)


def pump_rules(pump: Pump) -> ClinicRules:
    """The clinic's rules for this pump: its model may ask for a longer buffer (DOMAIN 4.4)."""
    rules = clinic_rules(pump.clinic)
    longer = model_facts(pump).buffer_days or 0
    return replace(rules, buffer_days=max(rules.buffer_days, longer))


def clinic_rules(clinic: Clinic) -> ClinicRules:
    """The clinic's calendar and margins, as the domain wants them."""
    return ClinicRules(
        open_days=OpenDays(
            zone=clinic.zone,
            weekdays=frozenset(int(day) for day in clinic.open_weekdays),
            closed=frozenset(one.closed_on for one in clinic.closures),
        ),
        buffer_days=clinic.buffer_days,
        flow_margin_percent=clinic.flow_margin_percent,
        longest_interval_days=clinic.longest_interval_days,
    )


def risk_class(pump: Pump, fill: ChartedFill | None) -> RiskClass:
    """The withdrawal class of what is in the pump; CRITICAL while nothing is on record."""
    if fill is None:
        return RiskClass.CRITICAL
    classes = [drug_facts(drug.code).risk_class for drug in fill.drugs]
    raised = bool(pump.patient.risk_raised_because)
    return risk_of((one for one in classes if one is not None), raised=raised)


def drug_words(fill: ChartedFill | None) -> str:
    """The drugs of a fill with their concentrations, for one line of a list."""
    if fill is None:
        return ""
    return " + ".join(
        f"{drug.name} {_strength(drug.code, drug.concentration_mcg_per_ml)}"
        for drug in fill.drugs
    )


def _strength(code: str, mcg_per_ml: Decimal) -> str:
    """A concentration in the unit in which people read this drug."""
    unit = drug_facts(code).display_unit
    amount = mcg_per_ml / MCG_PER_MG if unit == "mg" else mcg_per_ml
    return f"{format_number(amount)} {unit}/mL"


def expected_residual_ml(chart: Chart, at: datetime) -> Decimal | None:
    """What should be left (mL) just before `at`, by the records; None if unknown.

    Rounded down to what the database keeps. Patient boluses count as used on average.
    """
    earlier = chart.before(at)
    fill = earlier.latest_fill
    if fill is None:
        return None
    try:
        used = volume_used(earlier.history, fill.fill.at, at, use=BolusUse.AVERAGE)
    except CannotProject:
        return None
    left = max(Fraction(0), Fraction(fill.fill.volume_ml) - used)
    return Decimal(left * FINEST // 1) / FINEST


def measured_cycles(chart: Chart) -> tuple[Emptying, ...]:
    """Each cycle that ended with a measured residual; the programmer's expectation first."""
    cycles = []
    for last, this in pairwise(chart.fills):
        measured, expected = this.actual_residual_ml, this.expected_residual_ml
        if measured is None:
            continue
        if expected is None:
            expected = expected_residual_ml(chart, this.fill.at)
        if expected is not None:
            cycles.append(Emptying(last.fill.volume_ml, expected, measured))
    return tuple(cycles)


def _unrecorded_since(chart: Chart) -> datetime | None:
    """The first interrogation that told of a change of which no programme is recorded yet."""
    known_at = chart.programme_recorded_at
    told = [
        one.read_at
        for one in chart.readings
        if one.is_programme_changed and one.recorded_at is not None
        if known_at is None or one.recorded_at > known_at
    ]
    return min(told, default=None)


def _stopped_since(chart: Chart) -> datetime | None:
    since = None
    for programme in reversed(chart.programmes):
        if programme.mode is not Mode.STOPPED:
            break
        since = programme.at
    return since
