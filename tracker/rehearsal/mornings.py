"""What a clinic is mailed each morning, in a rehearsal: its emergency list and its reports.

The list is written nowhere; who is mailed one and when does not depend on what stands on it, so
nobody is put on it.
"""

import os
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.emergency import EmergencyList
from tracker.jobs.sessions import Sessions
from tracker.models import Clinic
from tracker.services import day_reports, morning_lists

NOTHING = (os.devnull,)  # goes along where the pages would: what has pages goes by itself


def begin(copy: Sessions, *, now: datetime) -> None:
    """The lists and the reports whose hour has come, as the timer begins them before a tick."""
    make_lists(copy, now=now)
    with copy.begin() as session:
        day_reports.open_reports(session, now=now)


def next_at(session: Session, *, now: datetime) -> datetime | None:
    """When the next of them is due; None where no clinic has any."""
    found = (
        morning_lists.next_at(session, now=now),
        day_reports.next_reports_at(session, now=now),
    )
    return min((one for one in found if one is not None), default=None)


def make_lists(copy: Sessions, *, now: datetime) -> None:
    """The lists whose morning has come, as the tick's command and the timer make them."""
    with copy.begin() as session:
        for due in morning_lists.due_lists(session, now=now):
            clinic = session.get_one(Clinic, due.clinic_id)
            morning_lists.keep_list(
                session,
                clinic,
                _with_nobody(clinic, now),
                folder="",
                files=NOTHING,
                digest="",
                now=now,
            )


def _with_nobody(clinic: Clinic, now: datetime) -> EmergencyList:
    return EmergencyList(
        clinic=clinic.name,
        phone=clinic.phone,
        zone=clinic.zone,
        for_on=now.astimezone(clinic.zone).date(),
        made_at=now,
        last_resort="",
        last_resort_phone="",
        plans=(),
        passed_at=None,
        entries=(),
    )
