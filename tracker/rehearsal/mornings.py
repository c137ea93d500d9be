"""The emergency lists of a rehearsal: mailed when they would be, and written nowhere.

Who is mailed one and when does not depend on what stands on it, so nobody is put on it.
"""

import os
from datetime import datetime

from tracker.domain.emergency import EmergencyList
from tracker.models import Clinic
from tracker.rehearsal.copying import Sessions
from tracker.services import morning_lists

NOTHING = (os.devnull,)  # goes along where the pages would: what has pages goes by itself


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
