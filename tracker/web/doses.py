"""What a programme gives in 24 hours, and the steps of a flex programme, in words."""

from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from flask import g

from tracker.domain.infusion import Mode, daily_dose_mcg
from tracker.domain.titration import Change
from tracker.models import Programme, Pump
from tracker.services.titrations import titration_of
from tracker.web.filters import dose, flow, signed_percent
from tracker.web.words import words_for

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = 24
Steps = list[dict[str, Any]]


def over_time(pump: Pump) -> list[Change]:
    """Each change of a dose of the pump's patient, newest first."""
    return titration_of(g.session, pump.patient_id)[::-1]


def dose_moved(value: Fraction | None) -> str:
    """By how much a dose changed, to 0.1 %; nothing to hold it against at the first."""
    if value is None:
        return "first"
    return signed_percent(value / 100)


def running(programme: Programme) -> str:
    """Mode and what it gives in 24 hours, for one line."""
    parts = (words_for(programme.mode), dose_line(programme), flow_line(programme))
    return ", ".join(part for part in parts if part)


def dose_line(programme: Programme) -> str:
    """The dose of the primary drug in 24 hours; empty where only a flow is set."""
    if programme.mode in (Mode.STOPPED, Mode.MINIMUM, Mode.FIXED_FLOW):
        return ""
    given = daily_dose_mcg(programme.as_programme())
    if given is None:
        return ""
    varies = any(step.get("weekday") is not None for step in programme.steps)
    basal = "basal " if programme.mode is Mode.PERIODIC_BOLUS else ""
    if basal and programme.dose_mcg_per_day is not None:
        return f"{basal}{dose(programme.dose_mcg_per_day)}, with its boluses {dose(given)}"
    return f"{dose(given)}{' on average over the week' if varies else ''}"


def flow_line(programme: Programme) -> str:
    """The flow, where the pump is set to one."""
    amount = programme.flow_ml_per_day
    return "" if amount is None else flow(amount)


def step_lines(steps: Steps) -> list[str]:
    """A line for each pattern of the week: its days, its steps, and what they give in a day."""
    own = {step["weekday"] for step in steps if step.get("weekday") is not None}
    everyday = [step for step in steps if step.get("weekday") is None]
    if not own:
        return [f"every day: {_pattern(everyday)}"] if everyday else []
    days = {
        day: _pattern([step for step in steps if step.get("weekday") == day] or everyday)
        for day in range(7)
        if day in own or everyday
    }
    order = sorted(days, key=lambda day: (min(d for d in days if days[d] == days[day]), day))
    return [
        f"{', '.join(DAYS[day] for day in run)}: {words}"
        for words, run in groupby(order, key=days.__getitem__)
    ]


def _pattern(steps: Steps) -> str:
    in_order = sorted(steps, key=lambda step: str(step["start"]))
    parts = [f"from {step['start']} {step['rate_mcg_per_hour']} mcg/h" for step in in_order]
    # before the first step the day before goes on, so only a whole day has a dose of its own
    if in_order[0]["start"] == "00:00":
        parts.append(f"together {dose(_of_day(in_order))}")
    return ", ".join(parts)


def _of_day(steps: Steps) -> Fraction:
    starts = [_hours(step["start"]) for step in steps]
    spans = zip(starts, [*starts[1:], Fraction(HOURS)], strict=True)
    rates = [Fraction(Decimal(step["rate_mcg_per_hour"])) for step in steps]
    return sum(
        ((end - start) * rate for (start, end), rate in zip(spans, rates, strict=True)),
        Fraction(0),
    )


def _hours(start: str) -> Fraction:
    hours, minutes = start.split(":")
    return int(hours) + Fraction(int(minutes), 60)
