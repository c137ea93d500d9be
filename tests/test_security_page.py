"""docs/security.md answers each requirement, and claims nothing by a test that isn't there."""

import re

from config import ROOT

# The numbers of all requirements of levels 1 and 2 in OWASP ASVS 5.0.0: 70 and 183.
ASKED = """
1.1.1-2 1.2.1-9 1.3.1-11 1.4.1-3 1.5.1-2 2.1.1-3 2.2.1-3 2.3.1-4 2.4.1 3.2.1-2 3.3.1-4 3.4.1-6
3.5.1-5 3.7.1-2 4.1.1-3 4.2.1 4.3.1-2 4.4.1-4 5.1.1 5.2.1-3 5.3.1-2 5.4.1-3 6.1.1-3 6.2.1-12
6.3.1-4 6.4.1-4 6.5.1-5 6.6.1-3 6.8.1-4 7.1.1-3 7.2.1-4 7.3.1-2 7.4.1-5 7.5.1-2 7.6.1-2 8.1.1-2
8.2.1-3 8.3.1 8.4.1 9.1.1-3 9.2.1-4 10.1.1-2 10.2.1-2 10.3.1-4 10.4.1-11 10.5.1-5 10.6.1-2
10.7.1-3 11.1.1-2 11.2.1-3 11.3.1-3 11.4.1-4 11.5.1 11.6.1 12.1.1-3 12.2.1-2 12.3.1-4 13.1.1
13.2.1-5 13.3.1-2 13.4.1-5 14.1.1-2 14.2.1-4 14.3.1-3 15.1.1-3 15.2.1-3 15.3.1-7 16.1.1 16.2.1-5
16.3.1-4 16.4.1-3 16.5.1-3 17.1.1 17.2.1-4 17.3.1-2
"""
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_is_there():
    named = set(re.findall(r"`(tests/[^`]+|scripts/\w[\w-]*)", PAGE))
    assert len(named) > 20
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_every_requirement_of_the_first_two_levels_is_answered():
    asked = numbers(ASKED, "-")

    assert len(asked) == 70 + 183
    assert asked - numbers(PAGE, "–") == set()


def numbers(text: str, to: str) -> set[str]:
    """Each number of a requirement; 1.2.3-5 and 1.2.3-1.2.5 are three."""
    found = re.findall(rf"\b(\d+\.\d+\.)(\d+)(?:{to}(?:\1)?(\d+)\b)?", text)
    return {
        f"{section}{one}"
        for section, first, last in found
        for one in range(int(first), int(last or first) + 1)
    }
