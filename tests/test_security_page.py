"""docs/security.md claims nothing by a test that isn't there."""

import re

from config import ROOT


def test_every_test_that_the_page_names_is_there():
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")

    named = set(re.findall(r"`(tests/[^`]+|scripts/\w[\w-]*)", page))
    assert len(named) > 20
    assert [one for one in named if not (ROOT / one).exists()] == []
    for chapter in range(1, 18):
        assert re.search(rf"\bV{chapter}\b", page), chapter
