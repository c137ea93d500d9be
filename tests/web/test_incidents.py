"""The report of an incident: one watch from its opening to its evidence."""

import re
from datetime import UTC, datetime

import sqlalchemy as sa

from tests.builders import a_message
from tests.riverside import DAY, refill_facts, refilled
from tests.web.conftest import NOW, post
from tracker.domain.position import Anchors, step_dues
from tracker.models import Attempt, Membership, Role, Watch
from tracker.services.appointments import book
from tracker.services.policies import ladder_of
from tracker.services.silences import acknowledge


def watch_of(session, here):
    return session.scalars(
        sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill")
    ).one()


def lead(session, here):
    mine = Membership.staff_id == here.nadia.id
    session.execute(sa.update(Membership).where(mine).values(role=Role.COORDINATOR))


def moments_of(page):
    """What the report tells, in its order."""
    return re.findall(r'<strong class="what">([^<]+)</strong>', page)


def test_the_report_tells_one_watch_from_its_opening_to_its_evidence(as_nadia, session, here):
    lead(session, here)
    watch, facts = watch_of(session, here), {"by": here.nadia, "now": NOW - DAY}
    failed = a_message(session, watch, state="failed", state_reason="550 gone", planned_at=NOW)
    session.add(
        Attempt(
            message_id=failed.id,
            started_at=NOW,
            outcome="permanent",
            provider_code="550",
            provider_text="no such mailbox",
        )
    )
    acknowledge(session, watch, note="I ring her", until=NOW - DAY / 2, **facts)
    visit = datetime(2026, 6, 8, 9, 0, tzinfo=UTC)
    book(session, here.pump, scheduled_at=visit, **facts)
    session.commit()
    call = {"called": "Ada", "result": "reached", "called_at_on": "2026-06-01"}
    post(as_nadia, f"/watches/{watch.id}/calls", **call, called_at_time="08:30")
    refilled(session, here.pump, here.place, refill_facts("300", filled_at=NOW))
    session.commit()

    page = as_nadia.get(f"/watches/{watch.id}/report").text

    told = moments_of(page)
    assert told[0] == "The watch opened"
    assert told[-1].startswith("The watch ended: a refill was recorded")
    for words in (
        "Programme recorded",
        "Taken in hand, until 31 May 2026",
        "Visit booked for 8 Jun 2026",
        "an attempt, permanent",
        "Call to Ada: reached",
        "Refill recorded",
    ):
        assert any(words in one for one in told), (words, told)
    for words in ("550 no such mailbox", "I ring her", "Days left when it ended"):
        assert words in page, words


def test_the_report_says_who_read_how_it_stood_once_a_day(as_nadia, session, here):
    lead(session, here)
    session.commit()
    watch = watch_of(session, here)
    number = watch.id
    session.commit()
    for _ in range(2):
        as_nadia.get(f"/watches/{number}")

    told = moments_of(as_nadia.get(f"/watches/{number}/report").text)

    assert told.count("Read how it stands, first on this day") == 1


def test_the_report_is_printed_and_kept_from_whom_it_does_not_concern(as_nadia, session, here):
    watch = watch_of(session, here).id
    session.commit()
    assert as_nadia.get(f"/watches/{watch}/report").status_code == 403
    lead(session, here)
    session.commit()

    printed = as_nadia.get(f"/watches/{watch}/report.pdf")

    assert (printed.status_code, printed.mimetype) == (200, "application/pdf")
    assert printed.data.startswith(b"%PDF")
    assert as_nadia.get("/watches/999999/report").status_code == 404


def test_the_first_message_counts_from_when_it_was_due_and_what_was_printed_is_none(
    as_nadia, session, here
):
    lead(session, here)
    watch = watch_of(session, here)
    watch.opened_at = NOW - 200 * DAY
    due = step_dues(ladder_of(watch.policy), anchors_of(watch))[0]
    watch.danger_at += NOW - 3 * DAY - due  # the first step was due three days ago
    printed = {"state": "sent", "provider_id": "printed, not sent"}
    a_message(session, watch, key="a", sent_at=NOW - 3 * DAY, **printed)
    session.commit()
    page = f"/watches/{watch.id}/report"
    assert "none was sent" in as_nadia.get(page).text

    a_message(session, watch, key="b", state="sent", provider_id="1", sent_at=NOW - DAY)
    session.commit()

    told = as_nadia.get(page).text
    assert "<dt>First message due</dt><dd>29 May 2026" in told
    assert "<dt>First message after that</dt><dd>2 days</dd>" in told


def anchors_of(watch):
    return Anchors(watch.danger_at, watch.dry_at, watch.opened_at, watch.counts_from_at)
