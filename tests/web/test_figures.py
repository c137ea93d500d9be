"""The figures of a clinic, and the list behind them."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_message
from tests.riverside import DAY, pump_of, refill_facts, refilled
from tests.web.conftest import NOW, sign_in
from tracker.domain.danger import Bucket
from tracker.models import Attempt, PumpEnd, Refill, Watch
from tracker.services.boards import board_counts
from tracker.services.figures import late_now
from tracker.services.pumps import end_pump
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


MIDNIGHT = NOW.replace(day=2, hour=23, minute=0)  # of London: the first second of 3 June there
SECOND = timedelta(seconds=1)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "now", [MIDNIGHT - SECOND, MIDNIGHT, MIDNIGHT + SECOND, MIDNIGHT + DAY], ids=str
)
def test_late_is_one_thing_on_the_board_and_in_the_figures(session, here, now: datetime):
    watches = session.scalars(sa.select(Watch).where(Watch.closed_at.is_(None))).all()
    for watch, at in zip(watches, (MIDNIGHT - SECOND, MIDNIGHT), strict=False):
        watch.danger_at = at
    session.flush()
    assert len({one.kind for one in watches}) > 1

    late = late_now(session, here.clinic, limit=10, now=now)

    board = board_counts(session, here.clinic, now=now).buckets[Bucket.LATE]
    assert (
        late.count
        == board.n
        == len(late.rows)
        == sum(one <= now for one in (MIDNIGHT - SECOND, MIDNIGHT))
    )


def test_what_was_only_printed_was_handed_over_to_nobody_and_an_end_counts_on_its_day(
    as_nadia, session, here
):
    watch = session.scalars(sa.select(Watch)).first()
    for receipt, key in (("printed, not sent", "a"), ("SM1", "b")):
        sent = a_message(
            session, watch, state="sent", sent_at=NOW - DAY, provider_id=receipt, key=key
        )
        session.add(Attempt(message_id=sent.id, started_at=NOW - DAY, outcome="sent"))
    gone = pump_of(session, here.place)
    facts = {"kind": PumpEnd.DIED, "note": "letter", "by": here.nadia, "now": NOW}
    end_pump(session, gone, ended_on=(NOW - 40 * DAY).date(), **facts)
    session.commit()

    page = as_nadia.get("/clinic/figures").text

    assert "<td>handed over</td><td>1</td>" in page
    assert "reached nobody</td><td>1</td>" in page
    assert "Patient died: 1" in page
    earlier = as_nadia.get("/clinic/figures?since=2026-05-01&until=2026-06-01").text
    assert "Patient died: 1" not in earlier
