"""What is sealed is opened by every key of the ring, sealed by the first, and by no other."""

import pytest

from tracker.sealing import KeyRing, Unsealable


def test_what_was_sealed_is_not_readable_and_comes_back():
    ring = KeyRing(["first"])

    stored = ring.seal("JBSWY3DP")

    assert "JBSWY3DP" not in stored
    assert ring.unseal(stored) == "JBSWY3DP"


def test_twice_the_same_text_is_stored_differently():
    ring = KeyRing(["first"])

    assert ring.seal("JBSWY3DP") != ring.seal("JBSWY3DP")


def test_a_new_key_still_opens_what_the_old_one_sealed():
    stored = KeyRing(["old"]).seal("JBSWY3DP")
    turned = KeyRing(["new", "old"])

    assert turned.unseal(stored) == "JBSWY3DP"
    assert not turned.is_newest(stored)
    assert turned.is_newest(turned.seal("JBSWY3DP"))


@pytest.mark.parametrize(
    "stored",
    ["", "JBSWY3DP", KeyRing(["other"]).seal("JBSWY3DP")],
    ids=["nothing", "readable", "of another key"],
)
def test_what_no_key_opens_is_said(stored):
    with pytest.raises(Unsealable):
        KeyRing(["first"]).unseal(stored)


def test_a_ring_without_a_key_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        KeyRing([])
