"""The rehearsal of another schedule than a tick each minute, and of an earlier beginning."""

from datetime import timedelta

import pytest

from tests.outlets import Listed, into
from tests.rehearsal.conftest import START, really_sent
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import ladder_from
from tracker.domain.ladders import default_ladder
from tracker.domain.risk import RiskClass
from tracker.jobs import tick
from tracker.rehearsal import rehearse


@pytest.mark.parametrize("hours", [7, 24])
def test_whoever_ticks_more_seldom_rehearses_what_is_then_sent(sessions, session, ward, hours):
    every, start = timedelta(hours=hours), START + timedelta(days=46)
    said = rehearse(sessions, into(Listed()), days=7, every=every, now=start)
    ticks = [start + n * every for n in range(7 * 24 // hours + 1)]

    assert said.faults == []
    assert len({line.at for line in said.messages}) > 5
    assert really_sent(sessions, session, ticks) == [
        (line.at, line.key) for line in said.messages
    ]


def test_a_ladder_that_begins_earlier_begins_earlier_for_the_open_watches(sessions, ward):
    tick(sessions, now=START, host="really")  # each watch waits for its own ladder's first step
    steps = default_ladder(WatchKind.REFILL, RiskClass.CRITICAL).as_json()
    steps[0]["offsets"] = [{"anchor": "danger", "minutes": -190 * 24 * 60}]
    chosen = {(WatchKind.REFILL, RiskClass.CRITICAL): ladder_from(steps)}
    said = rehearse(sessions, into(Listed()), days=12, policies=chosen, now=START)
    usual = rehearse(sessions, into(Listed()), days=12, now=START)

    days = {line.at.date() for line in said.messages if line.kind is WatchKind.REFILL}
    assert days == {START.date(), (START + timedelta(days=10)).date()}
    assert {line.kind for line in usual.messages} == {WatchKind.LIST}
