"""What befell the invented patients between two refills, and what they take by mouth."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from tracker.demo.lives import DAY, Act, Cast
from tracker.demo.people import RIVERSIDE
from tracker.domain.events import EventKind
from tracker.domain.medicines import MedicineKind
from tracker.models import Pump
from tracker.services.events import EndFacts, EventFacts, end_event, record_event
from tracker.services.medicines import MedicineFacts, begin_medicine, record_none
from tracker.services.reviews import ReviewFacts, record_review

HOUR = timedelta(hours=1)
REVIEWED_BEFORE = 40 * DAY
UNREVIEWED = 33  # patients, by their number in the clinic
SCANNED, ADMITTED, FEVERISH = 18, 27, 29
COMPLICATIONS = (
    (32, EventKind.POCKET_FILL),
    (30, EventKind.CATHETER),
    (35, EventKind.CSF_LEAK),
)
BY_MOUTH, TAKES_NONE = (18, 27, 36), (30, 32)


def courses(cast: Cast, begin: datetime) -> Iterator[Act]:
    """What is on record of both clinics' reviews, and of the first clinic's events."""
    at = begin - REVIEWED_BEFORE + 10 * HOUR
    yield Act(at, 7, partial(_review_all, cast, at))
    if cast.clinic.name != RIVERSIDE:
        return
    for after, (number, kind) in enumerate(COMPLICATIONS):
        then = begin - (50 + 30 * after) * DAY + 9 * HOUR
        yield Act(then, 7, partial(_complicated, cast, number, kind, then))
    at = begin - 14 * HOUR
    yield Act(at, 7, partial(_happen, cast, at))


def _review_all(cast: Cast, at: datetime) -> None:
    """Whoever has been here for long was reviewed, but for one."""
    for key, pump in cast.pumps.items():
        if pump.ended_at is None and key != _key(cast, UNREVIEWED):
            facts = ReviewFacts(
                reviewed_at=at,
                reviewed_by="Dr Ito" if cast.clinic.name == RIVERSIDE else "Dr Novak",
                has_dose=True,
                has_side_effects=True,
                has_kidney_function=True,
            )
            record_review(cast.session, pump, facts, by=cast.nurse, now=at)


def _complicated(cast: Cast, number: int, kind: EventKind, at: datetime) -> None:
    """Recorded, and seen to two hours later."""
    pump, later = _pump(cast, number), at + 2 * HOUR
    facts = EventFacts(kind=kind, started_at=at, note="found at the refill visit")
    event = record_event(cast.session, pump, facts, by=cast.nurse, now=at)
    end_event(
        cast.session,
        event,
        EndFacts(
            ended_at=later,
            decided_by="Dr Ito",
            note="seen the same day, imaging without finding",
        ),
        by=cast.nurse,
        now=later,
    )


def _happen(cast: Cast, at: datetime) -> None:
    """A scan, an admission, a fever; and what some take by mouth."""
    for number, facts in (
        (SCANNED, EventFacts(kind=EventKind.MRI, started_at=at, note="lumbar spine, 1.5 T")),
        (
            ADMITTED,
            EventFacts(
                kind=EventKind.ADMISSION,
                started_at=at - DAY,
                place="Northfield General, ward 4",
                phone="020 7946 0777",
            ),
        ),
        (FEVERISH, EventFacts(kind=EventKind.FEVER, started_at=at, note="39.2 at home")),
    ):
        record_event(cast.session, _pump(cast, number), facts, by=cast.nurse, now=at)
    for number in BY_MOUTH:
        taken = MedicineFacts(
            kind=MedicineKind.BACLOFEN,
            name="Baclofen",
            dose_mcg=Decimal(10_000),
            times_a_day=Decimal(3),
            since_on=(at - 90 * DAY).date(),
        )
        patient = _pump(cast, number).patient
        begin_medicine(cast.session, patient, taken, by=cast.nurse, now=at)
    for number in TAKES_NONE:
        patient, asked_on = _pump(cast, number).patient, (at - DAY).date()
        record_none(cast.session, patient, asked_on=asked_on, by=cast.nurse, now=at)


def _key(cast: Cast, number: int) -> str:
    return f"{cast.clinic.id}{number:03d}"


def _pump(cast: Cast, number: int) -> Pump:
    return cast.pumps[_key(cast, number)]
