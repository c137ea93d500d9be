"""The fields of a programme, on the dose page and on the refill page alike."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from tracker.domain.calendar import parse_time
from tracker.domain.errors import TrackerError
from tracker.domain.infusion import Mode
from tracker.domain.units import Quantity, format_number
from tracker.models import Programme, Pump
from tracker.services.programmes import ProgrammeFacts, offset_minutes
from tracker.web.forms import Form, rows_typed
from tracker.web.words import words_for

DOSE_UNITS = ("mcg/day", "mg/day")
FEWEST_STEPS, MOST_STEPS = 4, 91  # 13 steps a day [S:9], each day of the week its own
PATIENT_BOLUS = (
    "patient_bolus_mcg",
    "patient_bolus_max_per_day",
    "patient_bolus_average_per_day",
    "patient_bolus_lockout_minutes",
)


def mode_options(pump: Pump) -> list[tuple[str, str]]:
    """The modes this pump can run in: a gas-driven one has its fixed flow and nothing else."""
    fixed = pump.fixed_flow_ml_per_day is not None
    modes = [Mode.FIXED_FLOW] if fixed else [one for one in Mode if one is not Mode.FIXED_FLOW]
    return [(mode.value, words_for(mode)) for mode in modes]


def step_rows(form: Form) -> range:
    return range(len(list(rows_typed(form, "steps", least=FEWEST_STEPS, most=MOST_STEPS))))


def read_programme(
    form: Form, pump: Pump, effective_at: datetime | None
) -> ProgrammeFacts | None:
    """The programme that was typed; None where something is missing or can't be read."""
    mode = form.choice("mode", Mode, needed="Choose the mode.")
    facts = _mode_facts(form, mode) if mode else {}
    facts |= _patient_bolus(form, mode)
    ahead = _clock_ahead(form) if mode is Mode.FLEX else 0
    note = form.text("note")
    printed = form.day("printed_alarm_on")
    if effective_at is None or mode is None or not form.is_right:
        return None
    return ProgrammeFacts(
        effective_at=effective_at,
        mode=mode,
        clock_offset_minutes=offset_minutes(effective_at, pump) + ahead,
        printed_alarm_on=printed,
        note=note,
        **facts,
    )


def _mode_facts(form: Form, mode: Mode) -> dict[str, Any]:
    if mode is Mode.SIMPLE:
        return {"dose_mcg_per_day": _dose(form, "Give the daily dose.")}
    if mode is Mode.PERIODIC_BOLUS:
        return {
            "dose_mcg_per_day": _dose(form, "Give the basal daily dose; 0 if there is none."),
            "periodic_bolus_mcg": _mass(form, "periodic_bolus_mcg", "Give the bolus."),
            "periodic_interval_minutes": _minutes(form, "periodic_interval_minutes"),
            "periodic_duration_minutes": _minutes(form, "periodic_duration_minutes"),
        }
    if mode in (Mode.MINIMUM, Mode.FIXED_FLOW):
        form.typed["flow_ml_per_day_unit"] = form["flow_ml_per_day_unit"] or "mL/day"
        flow = form.quantity(
            "flow_ml_per_day", Quantity.FLOW, needed="Give the flow in mL/day."
        )
        return {"flow_ml_per_day": flow}
    return {"steps": _steps(form)} if mode is Mode.FLEX else {}


def _dose(form: Form, needed: str) -> Decimal | None:
    return form.quantity("dose_mcg_per_day", Quantity.DOSE, needed=needed)


def _mass(form: Form, name: str, needed: str = "") -> Decimal | None:
    return form.quantity(name, Quantity.MASS, needed=needed)


def _minutes(form: Form, name: str) -> int | None:
    form.text(name, needed="Give the minutes.")
    return form.whole(name, lowest=1, highest=7 * 1440)


def _clock_ahead(form: Form) -> int:
    """How far the pump's clock is ahead of the clinic's, in minutes; 0 where nobody says."""
    return form.whole("clock_ahead_minutes", lowest=-1440, highest=1440) or 0


def asks_for_boluses(form: Form) -> bool:
    """Whether anything is typed, or wrong, of the boluses that the patient may ask for."""
    return any(form[name].strip() or form.error(name) for name in PATIENT_BOLUS)


def _patient_bolus(form: Form, mode: Mode | None) -> dict[str, Any]:
    if mode is Mode.STOPPED or not asks_for_boluses(form):
        return {}
    needed = "Give both the dose and the most a day, or leave all of these empty."
    form.text("patient_bolus_max_per_day", needed=needed)
    return {
        "patient_bolus_mcg": _mass(form, "patient_bolus_mcg", needed),
        "patient_bolus_max_per_day": form.whole("patient_bolus_max_per_day", highest=999),
        "patient_bolus_average_per_day": form.number(
            "patient_bolus_average_per_day", highest=999
        ),
        "patient_bolus_lockout_minutes": form.whole("patient_bolus_lockout_minutes"),
    }


def _steps(form: Form) -> tuple[dict[str, Any], ...]:
    steps = [step for row in step_rows(form) if (step := _step(form, f"steps-{row}"))]
    if not steps:
        form.refuse("steps-0-start", "Give at least one step: its start and its rate.")
    return tuple(steps)


def _step(form: Form, stem: str) -> dict[str, Any] | None:
    start, rate = form[f"{stem}-start"].strip(), form[f"{stem}-rate"].strip()
    if not start and not rate:
        return None
    form.text(f"{stem}-start", needed="Give the time at which this step starts.")
    form.typed[f"{stem}-rate_unit"] = form[f"{stem}-rate_unit"] or "mcg/h"
    amount = form.quantity(f"{stem}-rate", Quantity.HOURLY_RATE, needed="Give the rate.")
    try:
        begins = parse_time(start)
    except TrackerError as error:
        form.refuse(f"{stem}-start", error.message)
        return None
    weekday = form[f"{stem}-weekday"]
    return {
        "weekday": int(weekday) if weekday in set("0123456") and weekday else None,
        "start": f"{begins:%H:%M}",
        "rate_mcg_per_hour": format_number(amount) if amount is not None else "",
    }


def put_programme(form: Form, programme: Programme) -> None:
    """Fill the fields in from a recorded programme, in the units in which it is kept."""
    form.put("mode", programme.mode.value)
    _put_amount(form, "dose_mcg_per_day", programme.dose_mcg_per_day, "mcg/day")
    _put_amount(form, "flow_ml_per_day", programme.flow_ml_per_day, "mL/day")
    for name in ("periodic_bolus_mcg", "patient_bolus_mcg"):
        _put_amount(form, name, getattr(programme, name), "mcg")
    for name in (
        *("periodic_interval_minutes", "periodic_duration_minutes", "printed_alarm_on", "note"),
        *("patient_bolus_max_per_day", "patient_bolus_average_per_day"),
        "patient_bolus_lockout_minutes",
    ):
        form.put(name, getattr(programme, name))
    usual = offset_minutes(programme.effective_at, programme.pump)
    if programme.mode is Mode.FLEX and programme.clock_offset_minutes != usual:
        form.put("clock_ahead_minutes", programme.clock_offset_minutes - usual)
    for row, step in enumerate(programme.steps):
        form.put(f"steps-{row}-start", step["start"])
        form.put(f"steps-{row}-rate", step["rate_mcg_per_hour"])
        form.put(f"steps-{row}-weekday", step.get("weekday"))
    form.put("steps_rows", len(programme.steps))


def _put_amount(form: Form, name: str, amount: Decimal | None, unit: str) -> None:
    form.put(name, None if amount is None else format_number(amount))
    form.put(f"{name}_unit", None if amount is None else unit)
