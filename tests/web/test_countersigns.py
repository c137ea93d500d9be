"""The second person at a refill says so themselves, and what they dispute is watched."""

import pytest
import sqlalchemy as sa

from tests.riverside import DAY, refill_facts, refilled
from tests.web.conftest import NOW, let_in, post, rows, version_of
from tests.web.test_corrections import fields_of
from tracker.models import Countersign, Refill, Watch

DISPUTES = sa.select(Watch).where(Watch.kind == "dispute")


@pytest.fixture
def refill(session, here):
    """Nadia records a refill, and names Dr Ito as who checked it."""
    facts = refill_facts("300", filled_at=NOW - DAY, checked_by_id=here.ito.id)
    made = refilled(session, here.pump, here.place, facts, now=NOW - DAY)
    session.commit()
    return made


@pytest.fixture
def as_ito(app, session, here):
    return let_in(app.test_client(), session, here.ito)


def test_a_refill_waits_for_its_second_person_alone_and_counts_meanwhile(
    app, as_nadia, as_ito, session, here, refill
):
    page, path = f"/pumps/{here.pump.id}", f"/countersign/{refill.id}"
    assert "checked by Ito Doctor, not countersigned yet" in as_nadia.get(page).text
    assert "1 record that names you as the second person" in as_ito.get("/").text
    assert "second person" not in as_nadia.get("/").text
    assert here.patient.family_name in as_ito.get("/countersign").text
    assert here.patient.family_name not in as_nadia.get("/countersign").text

    assert post(as_nadia, f"{path}/agree").status_code == 422
    vera = let_in(app.test_client(), session, here.vera)
    assert vera.get(path).status_code == 403
    assert post(as_ito, f"{path}/agree").status_code == 302

    assert "checked by Ito Doctor, countersigned 1 Jun 2026, 09:00" in as_nadia.get(page).text
    assert "Nothing waits for you" in as_ito.get("/countersign").text
    assert rows(session, DISPUTES) == []


def test_hazard_h33_a_refill_that_the_second_person_disputes_is_watched_until_it_is_settled(
    as_nadia, as_ito, session, here, refill
):
    path, number = f"/countersign/{refill.id}", refill.id
    assert 'id="reason-error"' in post(as_ito, f"{path}/disagree").text
    words = {"reason": "the syringe said 2 mg/mL"}
    assert post(as_ito, f"{path}/disagree", **words).status_code == 302

    (watch,) = rows(session, DISPUTES)
    assert (watch.next_action_at, watch.owner_id) == (NOW, here.nadia.id)  # at once
    shown = as_nadia.get(f"/watches/{watch.id}").text
    assert "the second person, says that it was not as entered: the syringe said" in shown
    assert "Refill disputed" in as_nadia.get(f"/pumps/{here.pump.id}").text
    correct = f"/records/refill/{number}/correct"
    assert correct in shown
    assert "disputed by the second person" in as_nadia.get("/emergency-list").text

    typed = fields_of(as_nadia.get(correct).text) | {"reason": "misread the label"}
    typed |= {"drugs-0-concentration": "1900", "seen_version": version_of(session, here)}
    assert post(as_nadia, correct, **typed).status_code == 302

    (watch,) = rows(session, DISPUTES)
    newest = rows(session, sa.select(Refill).order_by(Refill.id.desc()))[0]
    assert (watch.evidence_kind, watch.evidence_id) == ("refill", newest.id)
    assert post(as_ito, f"{path}/agree").status_code == 422  # the old row
    assert f"/countersign/{newest.id}" in as_ito.get("/countersign").text
    assert len(rows(session, sa.select(Countersign))) == 1


def test_promise_evidence_only_who_disagreed_ends_it_by_agreeing(as_ito, session, here, refill):
    path = f"/countersign/{refill.id}"
    post(as_ito, f"{path}/disagree", reason="another lot")

    assert post(as_ito, f"{path}/agree").status_code == 302

    (watch,) = rows(session, DISPUTES)
    assert watch.evidence_kind == "countersign"
