"""Which ladder a watch climbs: never none, and never one that could fall silent."""

from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.cast import a_ward
from tracker.domain.danger import WatchKind
from tracker.domain.errors import SilentPolicy
from tracker.domain.escalation import Ladder, default_ladder, ladder_from
from tracker.domain.risk import RiskClass
from tracker.models import Policy
from tracker.services.clinics import install_missing_policies
from tracker.services.policies import ladder_of, newest_policy, write_policy

KIND, RISK = WatchKind.REFILL, RiskClass.CRITICAL


def test_a_watch_of_a_kind_without_ladder_climbs_the_default(
    session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    session.execute(sa.delete(Policy))

    found = newest_policy(session, ward.clinic.id, KIND, RISK, now=now)
    again = newest_policy(session, ward.clinic.id, KIND, RISK, now=now)

    assert ladder_of(found) == default_ladder(KIND, RISK)
    assert (found.version, again.id) == (1, found.id)


def test_an_upgrade_adds_the_ladders_that_a_clinic_lacks(
    session: Session, now: datetime
) -> None:
    a_ward(session)
    session.execute(sa.delete(Policy).where(Policy.kind == WatchKind.SYSTEM))

    assert install_missing_policies(session, now=now) == len(RiskClass)
    assert install_missing_policies(session, now=now) == 0


def test_a_new_version_is_what_a_watch_opened_now_climbs(
    session: Session, now: datetime
) -> None:
    ward, ladder = a_ward(session), default_ladder(KIND, RISK)

    written = write_policy(session, ward.clinic.id, KIND, RISK, ladder, now=now)

    assert written.version == 2
    assert newest_policy(session, ward.clinic.id, KIND, RISK, now=now).id == written.id


@pytest.mark.parametrize("steps", [0, 1])
def test_a_ladder_that_could_fall_silent_is_never_written(
    session: Session, now: datetime, steps: int
) -> None:
    ward = a_ward(session)
    ladder = Ladder(default_ladder(KIND, RISK).steps[:steps])

    with pytest.raises(SilentPolicy):
        write_policy(session, ward.clinic.id, KIND, RISK, ladder, now=now)

    newest = newest_policy(session, ward.clinic.id, KIND, RISK, now=now)
    assert newest.version == 1


def test_a_stored_ladder_of_an_older_program_is_read() -> None:
    ladder = default_ladder(KIND, RISK)
    kept = [dict(step) for step in ladder.as_json()]
    for step in kept:
        del step["keeps_quiet_hours"]

    read = ladder_from(kept)

    assert read == Ladder(tuple(replace(one, keeps_quiet_hours=True) for one in ladder.steps))
