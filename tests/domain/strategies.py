"""Generated histories: pumps that run dry within weeks, with all that can happen to one.

Each grows from one number, so that a thousand of them cost seconds and not minutes.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from tracker.domain.infusion import (
    Bolus,
    Fill,
    History,
    Mode,
    PatientBolus,
    PeriodicBolus,
    Programme,
    Step,
)

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
CONCENTRATIONS = tuple(map(Decimal, ("500", "1000", "2000", "333.3", "7")))
CLOCKS = (-480, -210, 0, 60, 345, 660)  # minutes ahead of UTC


def hundredths(chance: Random, most: int) -> Decimal:
    return Decimal(chance.randint(0, most * 100)) / 100


def an_instant(chance: Random, days: int) -> datetime:
    """Mostly on the quarter of an hour, sometimes to the microsecond."""
    if chance.random() < 0.7:
        return BEGIN + chance.randint(0, days * 96) * timedelta(minutes=15)
    return BEGIN + timedelta(microseconds=chance.randint(0, days * 86_400 * 10**6))


def some_instants(chance: Random, days: int, count: int) -> list[datetime]:
    found = {an_instant(chance, days) for _ in range(count)}
    return chance.sample(sorted(found), len(found))


def some_steps(chance: Random) -> tuple[Step, ...]:
    weekdays = chance.choice(((None,), (None, 0, 2, 5, 6)))
    keys = [
        (
            chance.choice(weekdays),
            chance.choice((0, 60, 719, 720, 1439, chance.randint(0, 1439))),
        )
        for _ in range(chance.randint(1, 7))
    ]
    return tuple(Step(start, hundredths(chance, 50), day) for day, start in dict.fromkeys(keys))


def a_programme(chance: Random, at: datetime) -> Programme:
    mode = chance.choice(tuple(Mode))
    patient = None
    if chance.random() < 0.2:
        average = chance.choice((None, hundredths(chance, 6)))
        patient = PatientBolus(hundredths(chance, 60), 6, average)
    if mode is Mode.FLEX:
        clock = timedelta(minutes=chance.choice(CLOCKS))
        steps = some_steps(chance)
        return Programme(at, mode, steps=steps, clock_offset=clock, patient=patient)
    if mode is Mode.STOPPED:
        return Programme(at, mode, patient=patient)
    if mode in (Mode.MINIMUM, Mode.FIXED_FLOW):
        return Programme(at, mode, flow_ml_per_day=hundredths(chance, 1), patient=patient)
    periodic = None
    if mode is Mode.PERIODIC_BOLUS:
        lasts = chance.randint(1, 300)
        interval = lasts + chance.choice((0, 1, chance.randint(60, 900)))
        periodic = PeriodicBolus(hundredths(chance, 100), max(interval, 60), lasts)
    dose = chance.choice((Decimal(0), hundredths(chance, 1200)))
    return Programme(at, mode, dose_mcg_per_day=dose, periodic=periodic, patient=patient)


def a_bolus(chance: Random, at: datetime) -> Bolus:
    lasts = timedelta(minutes=chance.choice((0, 1, 30, 600, 4000)))
    volume, dose = hundredths(chance, 1), None
    if chance.random() < 0.5:
        volume, dose = None, volume * 1000
    return Bolus(at, lasts, volume, dose, chance.random() < 0.5)


def a_history(seed: int) -> History:
    """One to three fills, one to five programmes, up to four boluses."""
    chance = Random(seed)
    filled = some_instants(chance, 20, chance.randint(1, 3))
    set_up = some_instants(chance, 50, chance.randint(1, 5))
    if filled[0] not in set_up and chance.random() < 0.7:
        set_up[0] = filled[0]
    given_at = [
        chance.choice((*filled, an_instant(chance, 40))) for _ in range(chance.randint(0, 4))
    ]
    return History(
        tuple(
            Fill(at, hundredths(chance, 10) + 1, chance.choice(CONCENTRATIONS)) for at in filled
        ),
        tuple(a_programme(chance, at) for at in set_up),
        tuple(a_bolus(chance, at) for at in given_at),
    )


MOST_SEEDS = 2**40
seeds = st.integers(0, MOST_SEEDS - 1)
histories = seeds.map(a_history)
instants = seeds.map(lambda seed: an_instant(Random(seed), 60))
