"""The alarms of the invented pumps, and the invented clinic's words for an emergency."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from tracker.demo.lives import DAY, Act, Cast
from tracker.demo.people import RIVERSIDE
from tracker.domain.alarm import HEARD, Reporter, Symptoms, Tone
from tracker.services.alarm_closings import close_with_reading
from tracker.services.alarms import AlarmFacts, record_alarm
from tracker.services.readings import ReadingFacts, record_interrogation

HOUR = timedelta(hours=1)
BEEPS, ERROR = 21, 13  # patients, by their number in the clinic
PLAN = (
    "An example, to be replaced by the clinic's own plan.\n"
    "1. Ring the physician on call, also when it looks mild.\n"
    "2. Send to the emergency department with the pump card and the last printout.\n"
    "3. Tell the hospital with a programmer that the patient comes."
)
GENERAL = "An example, to be replaced. Ring the physician on call; bring the pump card."
FLAGS = "An example, to be replaced: itching without a rash, stiffness, fever, confusion."


def alarms(cast: Cast, begin: datetime) -> Iterator[Act]:
    """A memory error that is over, and a beep that somebody rang about in the night."""
    if cast.clinic.name != RIVERSIDE:
        return
    error_at, beep_at = begin - 12 * DAY + 10 * HOUR, begin - 2 * HOUR
    yield Act(begin - 30 * DAY, 6, partial(_write_plan, cast))
    yield Act(error_at, 6, partial(_memory_error, cast, error_at))
    yield Act(beep_at, 6, partial(_beep, cast, beep_at))


def _write_plan(cast: Cast) -> None:
    clinic = cast.clinic
    clinic.emergency_plan_critical, clinic.emergency_plan = PLAN, GENERAL
    clinic.red_flags = FLAGS
    clinic.emergency_numbers = "Physician on call: 020 7946 0333"


def _memory_error(cast: Cast, at: datetime) -> None:
    pump = cast.pumps[f"{cast.clinic.id}{ERROR:03d}"]
    facts = AlarmFacts(
        code="memory_error_noncritical",
        alarmed_at=at,
        reported_at=at,
        reporter=Reporter.CLINIC,
        symptoms=Symptoms.NO,
        doing="Interrogated again at once.",
    )
    alarm = record_alarm(cast.session, pump, facts, by=cast.nurse, now=at)
    later = at + HOUR / 4
    read = ReadingFacts(read_at=later, note="Programme as before, log read.")
    reading = record_interrogation(cast.session, pump, read, by=cast.nurse, now=later)
    close_with_reading(cast.session, alarm, reading, by=cast.nurse, now=later)


def _beep(cast: Cast, at: datetime) -> None:
    pump = cast.pumps[f"{cast.clinic.id}{BEEPS:03d}"]
    pump.patient.has_rescue_script = True
    pump.patient.programmer_hospital = "St Example, 020 7946 0444"
    facts = AlarmFacts(
        code=HEARD[Tone.NOT_SURE],
        tone=Tone.NOT_SURE,
        alarmed_at=at - HOUR,
        reported_at=at,
        reporter=Reporter.CARER,
        symptoms=Symptoms.NO,
        doing="Comes at 08:30 to be interrogated.",
        note="A short beep, perhaps every hour, heard since the evening.",
    )
    record_alarm(cast.session, pump, facts, by=cast.nurse, now=at)
