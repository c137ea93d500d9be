"""Each test begins with a filled pump at Riverside, where Dr Ito is the clinician."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.riverside import filled_pump
from tracker.domain.alarm import HEARD, Reporter
from tracker.services.alarms import AlarmFacts, record_alarm
from tracker.services.readings import ReadingFacts, record_interrogation

MINUTE = timedelta(minutes=1)


@pytest.fixture
def begins_with():
    return filled_pump


@pytest.fixture
def ward(session, standing, now):
    """The pump, and short words for what is done to it."""
    pump, nadia = standing.pump, standing.here.nadia

    def facts(code="empty_reservoir", tone=None, **more):
        more = {"alarmed_at": now, "reported_at": now, "reporter": Reporter.PATIENT, **more}
        return AlarmFacts(
            code=HEARD[tone] if tone else code, tone=tone, **{"doing": "comes in", **more}
        )

    def reports(*what, at=now, eri_on=None, **more):
        more = {"alarmed_at": at, "reported_at": at, **more}
        return record_alarm(
            session, pump, facts(*what, **more), eri_on=eri_on, by=nadia, now=at
        )

    def interrogates(at=now + MINUTE, *, now=None, **said):
        said = said or {"note": "all read out"}
        return record_interrogation(
            session, pump, ReadingFacts(read_at=at, **said), by=nadia, now=now or at
        )

    return SimpleNamespace(
        pump=pump, nadia=nadia, ito=standing.here.ito, sam=standing.here.sam,
        here=standing.here, facts=facts, reports=reports, interrogates=interrogates,
    )  # fmt: skip
