"""A drug that runs out of days within the rehearsal: it is judged by what is on record."""

from datetime import timedelta

import pytest

from tests.outlets import Listed, into
from tests.rehearsal.conftest import really_sent
from tests.services.test_supply_looks import supplied
from tracker.domain.danger import WatchKind
from tracker.rehearsal import rehearse

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def begins_with():
    return supplied


def without_watches(found):
    """PostgreSQL gives numbers away that no row gets, which a copy can't foresee."""
    return sorted((at, key.partition(":")[2]) for at, key in found)


def test_what_is_asked_for_because_a_drug_keeps_no_longer_is_rehearsed(
    sessions, session, standing
):
    """Neither earlier, for an order that the copy didn't know, nor never."""
    ends_at = standing.pump.supply_ends_at
    start = ends_at - DAY
    standing.here.clinic.day_report_to = standing.here.clinic.week_report_to = None
    session.commit()

    said = rehearse(sessions, into(Listed()), days=2, now=start)
    instants = sorted({line.at for line in said.lines} | {start, ends_at, ends_at + MINUTE})
    real = really_sent(sessions, session, instants)

    first = min(line.at for line in said.messages if line.kind is WatchKind.ORDER)
    assert first >= ends_at
    ours = [(line.at, line.key) for line in said.messages]
    assert without_watches(real) == without_watches(ours)
