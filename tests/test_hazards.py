"""Each hazard of `docs/hazards.md` has its tests, and each test of a hazard its line."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"\| (H\d\d) \|(?:[^|]*\|){4} ([^|]*) \|")
NAMED = re.compile(r"def test_hazard_(h\d\d)_|\"\"\"Hazard (H\d\d)")
OPEN: set[str] = set()  # against each something stands
HAZARDS = [f"H{number:02}" for number in range(1, 34)]


def test_every_hazard_has_tests_that_name_it_and_no_test_is_left_out():
    page = (ROOT / "docs" / "hazards.md").read_text()
    told = {name: set(re.findall(r"`([^`]+)`", files)) for name, files in ROW.findall(page)}

    named: dict[str, set[str]] = {name: set() for name in HAZARDS}
    for file in (ROOT / "tests").rglob("test_*.py"):
        for by_name, by_line in NAMED.findall(file.read_text()):
            name = (by_name or by_line).upper()
            named[name].add(str(file.relative_to(ROOT)))

    assert list(told) == HAZARDS
    assert told == named
    assert {name for name, files in told.items() if not files} == OPEN
