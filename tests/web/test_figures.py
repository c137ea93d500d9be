"""The figures of a clinic, and the list behind them."""

import sqlalchemy as sa

from tests.riverside import DAY, pump_of, refill_facts, refilled
from tests.web.conftest import NOW, sign_in
from tracker.models import Refill
from tracker.services.refills import record_refill


def test_the_figures_count_the_refills_as_they_stand_now(as_nadia, here, session, app):
    early, late = here.pump, pump_of(session, here.place)
    refilled(session, late, here.place, refill_facts("800", filled_at=NOW - 120 * DAY))
    refilled(session, early, here.place, refill_facts("300", filled_at=NOW - 3 * DAY))
    refilled(session, late, here.place, refill_facts("800", filled_at=NOW - 2 * DAY))
    newest = session.scalars(sa.select(Refill).order_by(Refill.id.desc())).first()
    corrected = refill_facts("800", filled_at=NOW - DAY)
    record_refill(
        session, late, corrected, reason="a day later", replaces=newest, by=here.nadia, now=NOW
    )
    session.commit()

    page = as_nadia.get("/clinic/figures").text
    sheet = as_nadia.get("/clinic/figures.csv").text.splitlines()

    assert "50 %" in page
    assert "1 of 2" in page
    assert "31 May 2026" in sheet[2]  # the correction, not what it replaced
    assert len(sheet) == 3
    other = app.test_client()
    sign_in(other, here.sam.email)
    assert len(other.get("/clinic/figures.csv").text.splitlines()) == 1


def test_a_period_that_is_none_is_said_beside_its_field(as_nadia, here):
    for asked in ("since=nonsense", "since=2026-06-02&until=2026-06-01", "since=1990-01-01"):
        page = as_nadia.get(f"/clinic/figures?{asked}")
        assert page.status_code == 200
        assert 'id="since-error"' in page.text
    assert as_nadia.get("/clinic/figures?until=9999-12-31").status_code == 200
