"""Keys are turned: everything sealed is sealed anew, or nothing is."""

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.rings import KEYS
from tracker.clock import utc_now
from tracker.models import Authenticator
from tracker.models.sealed import PREFIX
from tracker.sealing import ring_of
from tracker.services import authenticators, resealing

NEW = "a new key of thirty-two characters."
AS_STORED = sa.select(sa.type_coerce(Authenticator.secret, sa.Text))


@pytest.fixture
def people(session):
    """Three with an authenticator sealed by the key of tests."""
    found = [a_staff_member(session, name) for name in ("Ada", "Bea", "Cleo")]
    for one in found:
        authenticators.begin(session, one, now=utc_now())
    session.commit()
    return found


def test_after_the_turn_the_newest_key_alone_opens_everything(
    runner, app, session, people, monkeypatch
):
    monkeypatch.setattr(resealing, "AT_ONCE", 2)
    app.config["SEALING_KEYS"] = f"{NEW},{KEYS}"

    first = runner.invoke(args=["rotate-keys"])
    again = runner.invoke(args=["rotate-keys"])

    assert first.output.startswith("3 values"), first.output
    assert again.output.startswith("0 values")
    for stored in session.scalars(AS_STORED):
        assert len(ring_of(NEW).unseal(stored.removeprefix(PREFIX))) == 32


def test_a_lost_key_changes_nothing_and_is_said(runner, app, session, people):
    before = session.scalars(AS_STORED).all()
    session.commit()
    app.config["SEALING_KEYS"] = NEW

    result = runner.invoke(args=["rotate-keys"])

    assert result.exit_code == 1
    assert "Nothing was changed" in result.output
    assert session.scalars(AS_STORED).all() == before


def test_lost_factors_are_reset_by_command_with_a_reason(runner, session, people):
    without = runner.invoke(args=["staff-reset-factors", people[0].email])
    result = runner.invoke(
        args=["staff-reset-factors", people[0].email, "--reason", "telephone stolen"]
    )

    assert without.exit_code == 2
    assert "telephone stolen" in result.output
    assert len(session.scalars(sa.select(Authenticator.id)).all()) == 2
