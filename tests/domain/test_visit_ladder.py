"""Who is telephoned when about a visit that isn't confirmed."""

from datetime import timedelta

import pytest

from tracker.domain.danger import WatchKind
from tracker.domain.ladder import Anchor
from tracker.domain.ladders import default_ladder
from tracker.domain.policy import validate
from tracker.domain.risk import RiskClass


@pytest.mark.parametrize(
    ("risk", "before"),
    [
        pytest.param(RiskClass.CRITICAL, timedelta(hours=44), id="two days, once reminded"),
        pytest.param(RiskClass.HIGH, timedelta(hours=44), id="high risk too"),
        pytest.param(RiskClass.LOW, timedelta(days=1), id="low risk the day before"),
    ],
)
def test_an_unconfirmed_visit_is_a_call_two_days_before_for_who_is_at_risk(risk, before):
    ladder = default_ladder(WatchKind.VISIT, risk)

    validate(ladder, WatchKind.VISIT)
    phone = next(one for one in ladder.steps if one.template == "visit_unconfirmed")
    assert dict(phone.offsets)[Anchor.DANGER] == -before
