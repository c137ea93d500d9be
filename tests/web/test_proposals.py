"""Two people at their pages: one proposes, another looks at what would move and agrees."""

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.web.conftest import HASH, NOW, post, rows, sign_in
from tracker.domain.proposal import LASTS, Outcome
from tracker.models import Clinic, Closure, Proposal, Role, Watch

DATES = "/clinic/dates"
WAITS = 'Clinic <span class="count">1<'
TYPED = {"buffer_days": "7", "flow_margin_percent": "5", "longest_interval_days": ""} | {
    f"open_{day}": "yes" for day in range(5)
}


@pytest.fixture
def pair(app, session, here):
    """Ann and Bob, both administrators, each in their own browser."""
    found = []
    for name in ("Ann", "Bob"):
        who = a_staff_member(
            session, name, clinic=here.clinic, role=Role.ADMINISTRATOR, password_hash=HASH
        )
        session.commit()
        client = app.test_client()
        assert sign_in(client, who.email).status_code == 302
        found.append(client)
    return found


def clinic_of(session, here) -> Clinic:
    return rows(session, sa.select(Clinic).where(Clinic.id == here.clinic.id))[0]


def refill_by(session, here):
    asked = sa.select(Watch.danger_at).where(Watch.open_key == f"{here.pump.id}:refill")
    return rows(session, asked)[0]


def test_a_smaller_buffer_is_proposed_by_one_and_agreed_by_the_other(
    pair, as_nadia, here, session
):
    ann, bob = pair
    assert post(ann, DATES, **TYPED | {"buffer_days": 60, "reason": "at first"}).status_code
    was = refill_by(session, here)
    wanted = TYPED | {"buffer_days": 10, "reason": "too early for us"}

    looked = post(ann, f"{DATES}/check", **wanted)
    sent = post(ann, DATES, **wanted)

    assert "would be LATER" in looked.text
    assert 'value="too early for us"' in looked.text
    assert clinic_of(session, here).buffer_days == 60
    mine, theirs = ann.get(sent.location).text, bob.get(sent.location).text
    assert "somebody else has to agree" in mine
    assert "Bob" in mine
    assert "would be LATER" in theirs
    assert "60 days" in theirs
    assert "1 proposed change waits" in bob.get("/clinic").text
    assert WAITS in bob.get("/").text
    assert WAITS not in as_nadia.get("/").text  # a nurse decides nothing of it
    assert post(ann, f"{sent.location}/agree").status_code == 422

    assert post(bob, f"{sent.location}/agree").status_code == 302

    assert clinic_of(session, here).buffer_days == 10
    assert refill_by(session, here) > was
    assert "by Bob" in ann.get(sent.location).text
    assert "waits for a second" not in bob.get("/clinic").text
    assert post(bob, f"{sent.location}/agree").status_code == 422  # once


def test_a_larger_buffer_is_in_force_when_it_is_saved(pair, here, session):
    was = refill_by(session, here)

    assert post(pair[0], DATES, **TYPED | {"buffer_days": 60, "reason": "x"}).status_code == 302

    assert refill_by(session, here) < was
    assert "In force at once" in pair[0].get("/proposals").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("buffer_days", "2"),
        ("buffer_days", "soon"),
        ("flow_margin_percent", ""),
        ("longest_interval_days", "1"),
        ("reason", ""),
    ],
)
def test_what_can_not_be_is_told_beside_its_field(pair, field, value):
    answer = post(pair[0], DATES, **TYPED | {"reason": "why", field: value})

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_all_that_can_not_be_is_told_at_once(pair):
    wrong = {"buffer_days": "2", "flow_margin_percent": "99", "longest_interval_days": "1"}

    answer = post(pair[0], DATES, **TYPED | wrong | {"reason": ""})

    for field in (*wrong, "reason"):
        assert f'id="{field}-error"' in answer.text


def test_days_are_closed_at_once_and_opened_by_two(pair, here, session):
    ann, bob = pair
    asked = sa.select(Closure).where(Closure.clinic_id == here.clinic.id)
    days = {"name": "Repairs", "first_on": "2026-06-08", "last_on": "2026-06-10"}
    assert post(ann, "/clinic/closures", **days).status_code == 302
    assert len(rows(session, asked)) == 3
    assert "8 Jun 2026" in ann.get(DATES).text
    again = post(ann, "/clinic/closures", **days)
    assert 'id="first_on-error"' in again.text
    number = rows(session, asked)[0].id

    path = f"/clinic/closures/{number}/open"
    unsaid = post(ann, path)
    sent = post(ann, path, **{f"why_{number}": "repaired"})

    assert f'id="why_{number}-error"' in unsaid.text
    assert len(rows(session, asked)) == 3
    assert "Open again on 8 Jun 2026" in bob.get(sent.location).text
    assert post(bob, f"{sent.location}/agree").status_code == 302
    assert len(rows(session, asked)) == 2


def test_a_proposal_is_refused_with_a_reason_and_taken_back_without(pair, here, session):
    ann, bob = pair
    wanted = TYPED | {"buffer_days": 3, "reason": "why"}
    first = post(ann, DATES, **wanted).location
    assert 'id="note-error"' in post(bob, f"{first}/refuse").text
    assert post(bob, f"{first}/refuse", note="too near").status_code == 302
    second = post(ann, DATES, **wanted).location
    assert post(ann, f"{second}/refuse").status_code == 302

    page = bob.get("/proposals").text

    assert "Refused by Bob" in page
    assert "too near" in page
    assert "Taken back" in page
    assert clinic_of(session, here).buffer_days == 7


def test_a_lapsed_one_says_so_and_can_not_be_agreed_to(pair, here, session, monkeypatch):
    ann, bob = pair
    sent = post(ann, DATES, **TYPED | {"buffer_days": 3, "reason": "why"}).location
    # still signed in, as somebody is who works on that day
    (row,) = rows(session, sa.select(Proposal).where(Proposal.outcome.is_(None)))
    row.proposed_at, row.ends_at = NOW - LASTS, NOW
    session.commit()

    assert "I agree" not in bob.get(sent).text
    assert "Lapsed" in bob.get("/proposals").text
    assert "time was over" in bob.get(post(bob, f"{sent}/agree").location).text
    assert clinic_of(session, here).buffer_days == 7
    assert rows(session, sa.select(Proposal.outcome)) == [Outcome.LAPSED]


def test_another_clinic_s_proposal_is_not_there_and_nurses_only_read(pair, app, here, session):
    sent = post(pair[0], DATES, **TYPED | {"buffer_days": 3, "reason": "why"}).location
    sam, nadia, vera = (app.test_client() for _ in range(3))
    for client, who in ((sam, here.sam), (nadia, here.nadia), (vera, here.vera)):
        assert sign_in(client, who.email).status_code == 302

    assert sam.get(sent).status_code == post(sam, f"{sent}/agree").status_code == 404
    assert nadia.get(DATES).status_code == 403
    assert nadia.get(sent).status_code == vera.get("/proposals").status_code == 200
    assert post(nadia, f"{sent}/agree").status_code == 422
    assert post(vera, f"{sent}/agree").status_code == 403
    assert clinic_of(session, here).buffer_days == 7
