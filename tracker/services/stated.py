"""What the programmer says of the alarm date: printed, or by the volume that it stated."""

from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from tracker.domain.course import shown_level
from tracker.domain.facts import How, Stated
from tracker.domain.infusion import BolusUse, Fill, History
from tracker.domain.reservoir import project, volume_at
from tracker.services.charts import Chart, ChartedReading


def stated_alarm(chart: Chart, *, alarm_volume_ml: Decimal, zone: ZoneInfo) -> Stated | None:
    """The low-reservoir alarm date that the programmer states for the present settings.

    A printout made before the latest refill or programme speaks of settings that are gone. A
    volume that was read stays true until the next refill: it is taken as the date on which it
    reaches the alarm under the programmes since. Of several that still hold the newest counts,
    and of a date and a volume read at once the earlier.
    """
    fill, programme = chart.latest_fill, chart.programme
    if fill is None or programme is None:
        return None
    settled_at = max(fill.fill.at, programme.at)
    printed = ((fill.fill.at, fill.printed_alarm_on), *chart.printed_by_programme)
    said = [(at, Stated(on)) for at, on in printed if on is not None]
    said += [
        (one.read_at, told)
        for one in chart.readings
        for told in _told(chart, one, alarm_volume_ml, zone)
    ]
    holds = [
        (at, told)
        for at, told in said
        if at >= (settled_at if told.how is How.PRINTED else fill.fill.at)
    ]
    if not holds:
        return None
    newest = max(at for at, _ in holds)
    return min((told for at, told in holds if at == newest), key=lambda told: told.on)


def _told(
    chart: Chart, reading: ChartedReading, alarm_volume_ml: Decimal, zone: ZoneInfo
) -> Iterator[Stated]:
    """What one reading says of the alarm date: as it printed it, and by its volume."""
    fill, volume = chart.filled(reading.read_at), reading.reservoir_volume_ml
    if reading.printed_alarm_on is not None:
        yield Stated(reading.printed_alarm_on)
    if volume is None or fill is None:
        return
    read = Fill(reading.read_at, volume, fill.fill.concentration_mcg_per_ml)
    low_at = project(
        History((read,), chart.programmes, chart.boluses),
        alarm_volume_ml=alarm_volume_ml,
    ).low_at
    if low_at is not None:
        ours = shown_level(volume_at(chart.history, reading.read_at, use=BolusUse.AVERAGE))
        yield Stated(low_at.astimezone(zone).date(), How.RECKONED, volume, ours)
