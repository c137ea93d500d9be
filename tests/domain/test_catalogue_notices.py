"""The published notices: each with its source, about models that there are, in fit words."""

import pytest

from tracker.domain.catalogue import load
from tracker.domain.catalogue.known_notices import known_notices, read_notice
from tracker.domain.errors import UnsourcedConstant
from tracker.domain.fitness import lint

KNOWN = known_notices().values()
KEPT = {
    "title": "a", "authority": "b", "reference": "c", "klass": "one", "models": [],
    "action": "d", "letter": "", "source": "S:1", "mark": "S", "verified_by": "source read",
}  # fmt: skip


@pytest.mark.parametrize("notice", KNOWN, ids=[one.code for one in KNOWN])
def test_a_published_notice_is_about_known_models_and_its_letter_names_no_drug(notice):
    assert set(notice.facts.models) <= set(load().pumps)
    assert lint(notice.facts.letter, to_patient=False, part="subject") == []
    assert notice.facts.source.startswith("S:")


@pytest.mark.parametrize("name", ["source", "mark", "verified_by"])
def test_a_notice_without_a_source_is_refused(name):
    assert read_notice("one", KEPT)

    with pytest.raises(UnsourcedConstant):
        read_notice("one", KEPT | {name: ""})
