"""Withdrawal risk class of a fill."""

import pytest

from tracker.domain.risk import RiskClass, risk_of

CRITICAL, HIGH, LOW = RiskClass.CRITICAL, RiskClass.HIGH, RiskClass.LOW


@pytest.mark.parametrize(
    ("classes", "raised", "expected"),
    [
        pytest.param([LOW, HIGH, CRITICAL], False, CRITICAL, id="a mixture takes the highest"),
        pytest.param([LOW, LOW, HIGH], False, HIGH, id="never an average"),
        pytest.param([LOW], False, LOW, id="one drug has its own"),
        pytest.param([], False, LOW, id="saline is low"),
        pytest.param([LOW], True, HIGH, id="a flag raises one step"),
        pytest.param([HIGH], True, CRITICAL, id="a flag raises an opioid to critical"),
        pytest.param([CRITICAL], True, CRITICAL, id="there is nothing above critical"),
        pytest.param([], True, HIGH, id="a flag holds without a drug too"),
    ],
)
def test_risk_of_a_fill(classes, raised, expected):
    assert risk_of(classes, raised=raised) is expected
