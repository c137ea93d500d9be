"""What the emergency list says of a patient beside the pump: where they are, what they take."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.medicines import dose_words
from tracker.domain.wording import write_day
from tracker.models import Clinic, OralMedicine
from tracker.services.doubts import doubts_of
from tracker.services.happenings import admissions_of
from tracker.services.medicines import ByMouth, by_mouth


def admitted(session: Session, clinic: Clinic, batches: Iterable[list[int]]) -> dict[int, str]:
    """Where each patient is who is in a hospital elsewhere, with its telephone."""
    found: dict[int, str] = {}
    for some in batches:
        for patient_id, event in admissions_of(session, some).items():
            since = write_day(event.started_at.astimezone(clinic.zone).date())
            where = ", ".join(one for one in (event.place, event.phone) if one)
            found[patient_id] = f"in hospital elsewhere since {since}: {where}"
    return found


def in_doubt(session: Session, clinic: Clinic, batches: Iterable[list[int]]) -> dict[int, str]:
    """Which pumps may give no drug by an open alarm, since when."""
    found: dict[int, str] = {}
    for some in batches:
        for pump_id, doubt in doubts_of(session, some).items():
            since = write_day(doubt.since.astimezone(clinic.zone).date())
            found[pump_id] = f"NOW: may be giving no drug since {since} (open alarm)"
    return found


def taken(
    session: Session, clinic: Clinic, batches: Iterable[list[int]], *, now: datetime
) -> dict[int, str]:
    """What each patient takes by mouth; who was never asked is left out."""
    today = now.astimezone(clinic.zone).date()
    return {
        patient_id: _said(known)
        for some in batches
        for patient_id, known in by_mouth(session, some, today=today).items()
        if known.is_known
    }


def _said(known: ByMouth) -> str:
    if known.none_on is not None:
        return f"none, asked on {write_day(known.none_on)}"
    return "; ".join(_medicine(one) for one in known.current)


def _medicine(row: OralMedicine) -> str:
    dose = dose_words(row.dose_mcg, row.times_a_day)
    return f"{row.name} {dose}, since {write_day(row.since_on)}"
