"""What ended a watch is said in words, whatever it was."""

import pytest

from tracker.domain.evidence import EvidenceKind
from tracker.models import Watch
from tracker.web.evidence_words import EVIDENCE, evidence_words


def test_every_kind_of_evidence_has_words_of_its_own():
    assert EVIDENCE.keys() == set(EvidenceKind)
    assert len(set(EVIDENCE.values())) == len(EVIDENCE)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("contact_attempt", "somebody was reached by telephone"),
        ("of_before", "of before"),
        (None, ""),
    ],
)
def test_what_ended_a_watch_is_said(kind, words):
    assert evidence_words(Watch(evidence_kind=kind)) == words
