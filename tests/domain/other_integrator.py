"""A second way to empty a reservoir, written from the rules and not from the product.

It looks up the flow at an instant, lists by brute force every instant at which it could
change, and adds up the rectangles between them. Slow, plain, and without a line of the product.
"""

from datetime import datetime, timedelta
from fractions import Fraction

from tracker.domain.records import BolusUse, Fill, History, Mode, Programme

DAY = timedelta(days=1)


def newest_fill(history: History) -> Fill:
    best = history.fills[0]
    for fill in history.fills:
        if fill.at > best.at:
            best = fill
    return best


def in_force(history: History, at: datetime) -> Programme:
    earlier = [one for one in history.programmes if one.at <= at]
    if earlier:
        return max(earlier, key=lambda one: one.at)
    return min(history.programmes, key=lambda one: one.at)


def step_rate(programme: Programme, at: datetime) -> Fraction:
    """mcg per hour: walk back over the pump's own days until a step has started."""
    pump_time = at + programme.clock_offset
    minute = pump_time.hour * 60 + pump_time.minute
    for back in range(9):
        weekday = (pump_time - back * DAY).weekday()
        today = [one for one in programme.steps if one.weekday == weekday]
        if not today:
            today = [one for one in programme.steps if one.weekday is None]
        begun = [one for one in today if back or one.start_minutes <= minute]
        if begun:
            return Fraction(max(begun, key=lambda one: one.start_minutes).rate_mcg_per_hour)
    raise AssertionError("some step has started in the last week")


def dose_rate(programme: Programme, at: datetime) -> Fraction:
    """mcg per day at an instant, for the modes that are set as a dose."""
    if programme.mode is Mode.FLEX:
        return step_rate(programme, at) * 24
    rate = Fraction(programme.dose_mcg_per_day)
    if programme.mode is Mode.PERIODIC_BOLUS:
        periodic = programme.periodic
        since_last = (at - programme.at) % timedelta(minutes=periodic.interval_minutes)
        if since_last < timedelta(minutes=periodic.duration_minutes):
            rate += Fraction(periodic.dose_mcg) * 1440 / periodic.duration_minutes
    return rate


def flow_at(history: History, fill: Fill, at: datetime, use: BolusUse) -> Fraction:
    """mL per day that leave right after an instant."""
    programme = in_force(history, at)
    strength = Fraction(fill.concentration_mcg_per_ml)
    flow = Fraction(0)
    running = [b for b in history.boluses if b.at <= at < b.at + b.duration]
    if not any(bolus.suspends_basal for bolus in running):
        if programme.mode in (Mode.MINIMUM, Mode.FIXED_FLOW):
            flow += Fraction(programme.flow_ml_per_day)
        elif programme.mode is not Mode.STOPPED:
            flow += dose_rate(programme, at) / strength
    for bolus in running:
        flow += taken(bolus, fill) / days(bolus.duration)
    patient = programme.patient
    if patient and use is not BolusUse.NONE:
        count = patient.max_per_day
        if use is BolusUse.AVERAGE and patient.average_per_day is not None:
            count = patient.average_per_day
        flow += Fraction(patient.dose_mcg) * Fraction(count) / strength
    return flow


def taken(bolus, fill: Fill) -> Fraction:
    if bolus.dose_mcg is not None:
        return Fraction(bolus.dose_mcg) / Fraction(fill.concentration_mcg_per_ml)
    return Fraction(bolus.volume_ml)


def changes(history: History, since: datetime, until: datetime) -> list[datetime]:
    """Every instant in a span at which the flow could change."""
    found = {since, until}
    for bolus in history.boluses:
        found |= {bolus.at, bolus.at + bolus.duration}
    ordered = sorted(history.programmes, key=lambda one: one.at)
    for place, programme in enumerate(ordered):
        found.add(programme.at)
        first = since if place == 0 else max(since, programme.at)
        last = until if place + 1 == len(ordered) else min(until, ordered[place + 1].at)
        if programme.mode is Mode.FLEX:
            midnight = (first + programme.clock_offset).replace(
                hour=0, minute=0, second=0, microsecond=0
            ) - programme.clock_offset
            while midnight <= last:
                for step in programme.steps:
                    found.add(midnight + timedelta(minutes=step.start_minutes))
                midnight += DAY
        if programme.mode is Mode.PERIODIC_BOLUS:
            interval = timedelta(minutes=programme.periodic.interval_minutes)
            start = first - (first - programme.at) % interval
            while start <= last:
                found |= {start, start + timedelta(minutes=programme.periodic.duration_minutes)}
                start += interval
    return sorted(at for at in found if since <= at <= until)


def walk(history: History, until: datetime, use: BolusUse):
    """(from, to, mL used at its start, mL per day in it) of each span without a change."""
    fill = newest_fill(history)
    used = Fraction(0)
    stops = changes(history, fill.at, until)
    for at, then in zip(stops, [*stops[1:], until], strict=True):
        for bolus in history.boluses:
            if bolus.at == at and not bolus.duration:
                used += taken(bolus, fill)
        flow = flow_at(history, fill, at, use)
        yield at, then, used, flow
        used += flow * days(then - at)


def days(span: timedelta) -> Fraction:
    return Fraction(span // timedelta(microseconds=1), 86_400 * 10**6)


def second_when_used(
    history: History, volume: Fraction, use: BolusUse, horizon: timedelta
) -> datetime | None:
    """The whole second at or before the instant by which so many mL are used."""
    until = newest_fill(history).at + horizon
    for at, then, used, flow in walk(history, until, use):
        if used >= volume:
            return at.replace(microsecond=0)
        if flow and (volume - used) / flow <= days(then - at):
            seconds = (volume - used) / flow * 86_400 + Fraction(at.microsecond, 10**6)
            return at.replace(microsecond=0) + timedelta(seconds=int(seconds))
    return None


def used_at(history: History, at: datetime, use: BolusUse) -> Fraction:
    """The mL that have left since the newest fill, with what leaves at once at that instant."""
    *_, (_, _, used, _) = walk(history, at, use)
    return used
