"""Changing how a pump runs."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.danger import RefillDanger
from tracker.domain.day_patterns import about_lockout
from tracker.domain.doses import DrugDose, daily_flow, doses
from tracker.domain.errors import (
    InTheFuture,
    NeedsReason,
    NegativeQuantity,
    NoProgramme,
    NoProgrammer,
    TrackerError,
)
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.infusion import Mode, Programme, check_rates, daily_dose_mcg
from tracker.domain.plausibility import (
    UsualDose,
    about_dose,
    about_flow,
    about_interval,
    about_minimum_rate,
    about_mismatch,
    about_programme_order,
    about_secondary,
    about_stop,
)
from tracker.models import Programme as ProgrammeRow
from tracker.models import Pump, Staff
from tracker.services.charts import (
    Chart,
    ChartedFill,
    chart_of,
    chart_with,
    charts_around,
    components,
)
from tracker.services.corrections import check_correctable
from tracker.services.outlooks import (
    drug_facts,
    look_ahead,
    model_facts,
    pump_facts,
    risk_class,
)
from tracker.services.versions import take_version
from tracker.services.watches import reproject


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeFacts:
    """A programme as it was set at the pump; the fields are those of the row."""

    effective_at: datetime
    mode: Mode = Mode.SIMPLE
    dose_mcg_per_day: Decimal | None = None
    flow_ml_per_day: Decimal | None = None
    steps: tuple[dict[str, Any], ...] = ()
    clock_offset_minutes: int = 0
    periodic_bolus_mcg: Decimal | None = None
    periodic_interval_minutes: int | None = None
    periodic_duration_minutes: int | None = None
    patient_bolus_mcg: Decimal | None = None
    patient_bolus_max_per_day: int | None = None
    patient_bolus_average_per_day: Decimal | None = None
    patient_bolus_lockout_minutes: int | None = None
    printed_alarm_on: date | None = None
    note: str = ""

    def row(self) -> ProgrammeRow:
        """The facts as an unsaved row."""
        facts = {name: getattr(self, name) for name in self.__slots__ if name != "steps"}
        return ProgrammeRow(**facts, steps=list(self.steps))

    def as_programme(self) -> Programme:
        """The facts as the domain's value."""
        return self.row().as_programme()


@dataclass(frozen=True, slots=True)
class DosePreview:
    """The dates before and after a change that is not saved yet, and what is given a day.

    `doses` are those of every drug of the fill; `old_doses` what ran until the change.
    """

    old: RefillDanger | None
    new: RefillDanger | None
    cannot: str | None
    concerns: tuple[str, ...]
    doses: tuple[DrugDose, ...]
    old_doses: tuple[DrugDose, ...]
    programme: Programme
    primary_mcg_per_ml: Decimal | None


def change_dose(
    session: Session,
    pump: Pump,
    facts: ProgrammeFacts,
    *,
    reason: str = "",
    seen_version: int | None = None,
    replaces: ProgrammeRow | None = None,
    by: Staff,
    now: datetime,
) -> ProgrammeRow:
    """Write down how the pump runs from an instant on, and let its dates follow.

    With `replaces` it corrects an earlier row, which stays.
    """
    take_version(session, pump, seen_version)
    if replaces is not None:
        check_correctable(session, replaces, reason)
    earlier = chart_of(session, pump, without=replaces)
    preview = _weigh(pump, facts, earlier, now=now)
    if preview.concerns and is_blank(reason):
        raise NeedsReason(preview.concerns)
    row = facts.row()
    row.pump, row.reason = pump, reason.strip()
    row.recorded_at, row.recorded_by_id = now, by.id
    if replaces is not None:
        row.replaces_id, row.refill_id = replaces.id, replaces.refill_id
    session.add(row)
    session.flush()
    because = Evidence(EvidenceKind.PROGRAMME, row.id)
    reproject(session, pump, because=because, chart=chart_with(earlier, [row]), now=now)
    return row


def preview_dose(
    session: Session,
    pump: Pump,
    facts: ProgrammeFacts,
    *,
    replaces: ProgrammeRow | None = None,
    now: datetime,
) -> DosePreview:
    """Old and new dates and what is unusual; writes nothing, refuses what can't be."""
    present, earlier = charts_around(session, pump, replaces)
    preview = _weigh(pump, facts, earlier, now=now)
    return replace(preview, old=look_ahead(pump, present).refill)


def _weigh(pump: Pump, facts: ProgrammeFacts, earlier: Chart, *, now: datetime) -> DosePreview:
    """The same but for the old dates: they are to be shown, and weigh nothing."""
    if facts.effective_at > now:
        raise InTheFuture("This time lies in the future.", field="effective_at")
    check_programme(facts, pump)
    proposed = earlier.with_programme(facts.as_programme(), facts.printed_alarm_on)
    programme, fill = facts.as_programme(), proposed.latest_fill
    check_rates(proposed.history, pump_facts(pump).limits, field=rate_field(facts))
    outlook = look_ahead(pump, proposed)
    before, then = (
        doses_of(earlier.running(facts.effective_at), fill),
        doses_of(programme, fill),
    )
    concerns = [
        *programme_concerns(pump, earlier, fill, programme),
        *about_programme_order(facts.effective_at, earlier.programme),
        *about_lockout(programme.patient, facts.patient_bolus_lockout_minutes),
        *about_secondary(before, then),
        *_interval_concerns(proposed, outlook.refill),
        *about_mismatch(outlook.refill),
    ]
    return DosePreview(
        old=None,
        new=outlook.refill,
        cannot=outlook.cannot,
        concerns=tuple(concerns),
        doses=then,
        old_doses=before,
        programme=programme,
        primary_mcg_per_ml=fill.fill.concentration_mcg_per_ml if fill else None,
    )


def rate_field(facts: ProgrammeFacts | None) -> str:
    """Where what sets the flow was typed; without a programme it is the concentration."""
    if facts is None:
        return "drugs-0-concentration"
    if facts.mode is Mode.FLEX:
        return "steps-0-rate"
    if facts.mode in (Mode.MINIMUM, Mode.FIXED_FLOW):
        return "flow_ml_per_day"
    return "dose_mcg_per_day"


def doses_of(programme: Programme | None, fill: ChartedFill | None) -> tuple[DrugDose, ...]:
    """What a programme gives a day of every drug of a fill."""
    return doses(programme, components(fill) if fill else ())


def check_programme(facts: ProgrammeFacts, pump: Pump) -> None:
    """Refuse a programme before the implant, one that says too little, a negative quantity."""
    refuse_printed(pump, facts.printed_alarm_on)
    day = pump.implant_day
    if day is not None and facts.effective_at.astimezone(pump.clinic.zone).date() < day:
        raise InTheFuture(
            "This change lies before the pump was implanted.", field="effective_at"
        )
    for name in ("dose_mcg_per_day", "flow_ml_per_day", "patient_bolus_mcg"):
        amount = getattr(facts, name)
        if amount is not None and amount < 0:
            raise NegativeQuantity("This can't be less than zero.", field=name)
    _check_patient_bolus(facts)
    if facts.mode in (Mode.SIMPLE, Mode.PERIODIC_BOLUS) and facts.dose_mcg_per_day is None:
        raise NoProgramme("Enter the daily dose.", field="dose_mcg_per_day")
    if facts.mode in (Mode.MINIMUM, Mode.FIXED_FLOW) and facts.flow_ml_per_day is None:
        raise NoProgramme("Enter the flow in mL/day.", field="flow_ml_per_day")
    if facts.mode is Mode.FLEX and not facts.steps:
        raise NoProgramme("Enter at least one step.", field="steps")
    if facts.mode is Mode.SIMPLE and facts.dose_mcg_per_day == 0:
        raise NoProgramme(
            "A dose of 0 is a stopped pump: choose the mode “stopped”.",
            field="dose_mcg_per_day",
        )


def refuse_printed(pump: Pump, printed_alarm_on: date | None) -> None:
    """No programmer prints a date for a pump of fixed flow: it would bind as if one had."""
    if printed_alarm_on is not None and pump.fixed_flow_ml_per_day is not None:
        raise NoProgrammer(
            "This pump has a fixed flow: no programmer prints an alarm date for it. Leave it"
            " empty.",
            field="printed_alarm_on",
        )


def _check_patient_bolus(facts: ProgrammeFacts) -> None:
    most, average = facts.patient_bolus_max_per_day, facts.patient_bolus_average_per_day
    if most is not None and average is not None and average > most:
        raise TrackerError(
            f"The patient can't take more on average than the {most} a day that are allowed.",
            field="patient_bolus_average_per_day",
        )


def programme_concerns(
    pump: Pump, earlier: Chart, fill: ChartedFill | None, programme: Programme
) -> tuple[str, ...]:
    """What is unusual in a programme: its dose beside the last and the usual, its flow."""
    flow = daily_flow(programme, fill.fill.concentration_mcg_per_ml if fill else Decimal(0))
    was_in = earlier.filled(max(programme.at, fill.fill.at)) if fill else None
    old = _primary(earlier.running(programme.at), was_in or fill)
    return (
        *about_dose(old, _primary(programme, fill), _usual(fill)),
        *about_flow(flow),
        *about_minimum_rate(programme, model_facts(pump).minimum_rate_ml_per_day),
        *about_stop(programme, risk_class(pump, fill)),
    )


def _primary(programme: Programme | None, fill: ChartedFill | None) -> Fraction | None:
    """The primary drug's mcg a day, where flow alone is set from the concentration it meets."""
    given = doses_of(programme, fill)
    if given:
        return given[0].mcg_per_day
    return daily_dose_mcg(programme) if programme else None


def _usual(fill: ChartedFill | None) -> UsualDose | None:
    if fill is None:
        return None
    drug = drug_facts(fill.drugs[0].code)
    return UsualDose(drug.name, drug.usual_low_mcg_per_day, drug.usual_high_mcg_per_day)


def _interval_concerns(chart: Chart, danger: RefillDanger | None) -> tuple[str, ...]:
    if danger is None or chart.latest_fill is None:
        return ()
    return tuple(about_interval(chart.latest_fill.fill.at, danger.low_at))


def offset_minutes(at: datetime, pump: Pump) -> int:
    """The pump clock's offset from UTC when it is set by the clinic's time at `at`."""
    offset = at.astimezone(pump.clinic.zone).utcoffset() or timedelta(0)
    return offset // timedelta(minutes=1)
