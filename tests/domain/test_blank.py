"""A mandatory text is one that somebody can see."""

import re
from pathlib import Path

import pytest

from tracker.domain.blank import is_blank

SERVICES = Path(__file__).parents[2] / "tracker" / "services"
JUDGED = re.compile(r"\bnot (?:[a-z_.]+\.strip\(\)|(?:\w+\.)?(?:reason|note|why|how)\b)")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\t\n", "\u00a0\u2003", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u3164"),
        *("\u115f\u1160\uffa0", "\u2800", "\u180e", "\u202e\u200f", "\ufe0f", "\u034f", "\x01"),
        *("\U000e0041", "\u0301", " \u200b\u3164 "),
    ],
)
def test_what_nobody_sees_is_not_written(text):
    assert is_blank(text)


@pytest.mark.parametrize(
    "text", ["x", ".", "7", "\u200bx", "e\u0301", "ok \u3164", "心", "🙂", "한", "\u202eabc"]
)
def test_what_somebody_sees_is(text):
    assert not is_blank(text)


def test_each_reason_is_judged_by_that_one_rule():
    for file in SERVICES.glob("*.py"):
        assert JUDGED.search(file.read_text(encoding="utf-8")) is None, file.name
