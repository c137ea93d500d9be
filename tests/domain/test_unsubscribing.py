"""The link by which somebody ends our e-mails."""

import pytest

from tracker.domain.unsubscribing import contact_of, token_for


def test_a_token_names_its_contact_and_nobody_elses() -> None:
    token = token_for(12, "secret")

    assert contact_of(token, "secret") == 12
    assert contact_of(token, "another secret") is None
    assert contact_of(token.replace("12.", "13."), "secret") is None


@pytest.mark.parametrize("token", ["", "12", "12.", "x.y", "012.", "١٢." + "a" * 40, "1" * 99])
def test_what_is_no_token_names_nobody(token: str) -> None:
    assert contact_of(token, "secret") is None
