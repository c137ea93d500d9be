"""What can't be true of a record, or is too unlikely to be taken in unseen."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tracker.domain.danger import MISMATCH_DAYS
from tracker.domain.plausibility import UsualDose, about_dose, about_flow, about_interval
from tracker.domain.reservoir import later
from tracker.domain.units import flow_ml_per_day, format_number
from tracker.interop.sheets.amounts import HOURS_A_DAY
from tracker.interop.sheets.records import Record

WITHIN = ("volume_after_refill_ml", "residual_expected_ml", "residual_actual_ml")
HELD = "enter it by hand, with the reason, if it is right"


def impossible(record: Record, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """What can't be true of a record."""
    yield from _dates(record, zone, now)
    capacity = record.pump.reservoir_capacity_ml
    for name in WITHIN:
        amount = getattr(record, name)
        if amount is not None and amount > capacity:
            yield f"{_ml(amount)} do not fit a {_ml(capacity)} reservoir"
    if record.volume_after_refill_ml == 0:
        yield "a refill of 0 mL is none"
    if record.alarm_ml >= capacity:
        yield (
            f"an alarm volume of {_ml(record.alarm_ml)} is not below that of a {_ml(capacity)}"
            " reservoir"
        )
    if not record.pump.is_programmable:
        yield (
            f"{record.pump.name} runs at a fixed flow, which is not in the sheet: enter this"
            " pump by hand"
        )


def _ml(amount: Decimal) -> str:
    return f"{format_number(amount)} mL"


def _dates(record: Record, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    today = now.astimezone(zone).date()
    if record.birth_date > today:
        yield f"the date of birth, {said(record.birth_date)}, lies in the future"
    if record.refilled_on > today or record.filled_at(zone) > now:
        yield f"the refill of {said(record.refilled_on)} lies in the future"
    if record.refilled_on < record.birth_date:
        yield (
            f"the refill of {said(record.refilled_on)} lies before the birth on"
            f" {said(record.birth_date)}"
        )
    elif record.low_alarm_date is not None and record.low_alarm_date < record.birth_date:
        yield f"the alarm date, {said(record.low_alarm_date)}, lies before the birth"


def unlikely(record: Record, zone: ZoneInfo) -> Iterator[str]:
    """A flow outside the pump's range, a dose outside the usual one, a fill that lasts days."""
    flow = _flow(record)
    least, most = record.pump.min_flow_ml_per_day, record.pump.max_flow_ml_per_day
    if most is not None and flow > most:
        yield f"{_asked(record, flow)}, above the {_ml(most)}/day this pump can give"
        return
    if least is not None and flow < least:
        yield f"{_asked(record, flow)}, under the {_ml(least)}/day this pump can give"
        return
    first = record.drugs[0].entry
    usual = UsualDose(first.name, first.usual_low_mcg_per_day, first.usual_high_mcg_per_day)
    concerns = [
        *about_dose(None, Fraction(record.dose_mcg_day), usual),
        *about_flow(flow),
        *about_interval(record.filled_at(zone), low_at(record, zone)),
    ]
    for one in concerns:
        yield f"{one.rstrip('.')}: {HELD}"


def can_only_be_daily(record: Record, zone: ZoneInfo) -> bool:
    """Whether the dose is a likely one a day, and none that anybody is given an hour."""
    hourly = replace(record, dose_mcg_day=record.dose_mcg_day * HOURS_A_DAY)
    return not any(unlikely(record, zone)) and any(unlikely(hourly, zone))


def _asked(record: Record, flow: Fraction) -> str:
    drug = record.drugs[0]
    return (
        f"{format_number(record.dose_mcg_day)} mcg/day at"
        f" {format_number(drug.concentration_mcg_ml)} mcg/mL is {format_number(flow)} mL/day"
    )


def _flow(record: Record) -> Fraction:
    return flow_ml_per_day(record.dose_mcg_day, record.drugs[0].concentration_mcg_ml)


def low_at(record: Record, zone: ZoneInfo) -> datetime | None:
    """When the reservoir reaches its alarm volume, by this record alone."""
    usable = max(Decimal(0), record.volume_after_refill_ml - record.alarm_ml)
    return later(record.filled_at(zone), Fraction(usable) / _flow(record))


def about_alarm(record: Record, zone: ZoneInfo) -> Iterator[str]:
    """The programmer's alarm date and ours, where they are more than a day apart."""
    printed, at = record.low_alarm_date, low_at(record, zone)
    if printed is None:
        return
    if at is None:
        yield f"the alarm date in the sheet is {said(printed)}; by this record it never comes"
        return
    ours = at.astimezone(zone).date()
    apart = (printed - ours) // timedelta(days=1)
    if abs(apart) > MISMATCH_DAYS:
        yield (
            f"the alarm date in the sheet, {said(printed)}, is {abs(apart)} days"
            f" {'before' if apart < 0 else 'after'} the one by projection, {said(ours)}"
        )


def said(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
