"""The catalogue is read by everybody; a leader sets a value of the clinic's own."""

import sqlalchemy as sa

from tests.web.conftest import post, rows
from tracker.models import Membership, OwnValue, Role

PAGE = "/catalogue/pumps/synchromed_ii_40"


def test_a_leader_sees_what_would_move_and_sets_a_value_beside_the_makers(
    as_nadia, here, session
):
    page = as_nadia.get(PAGE).text
    assert "Accuracy of the flow, % to either side" in page
    assert "14.5" in page
    assert "not verified: confirm in the model" in page
    assert "Set a value of our own" not in page
    member = sa.select(Membership).where(Membership.staff_id == here.nadia.id)
    session.scalars(member).one().role = Role.COORDINATOR
    session.commit()
    typed = {
        "subject": "pump:synchromed_ii_40", "name": "accuracy", "value": "20",
        "source": "measured here", "reason": "our own refills",
    }  # fmt: skip

    looked = post(as_nadia, "/catalogue/check", **typed)
    assert "No date can become later by this" in looked.text
    assert rows(session, sa.select(OwnValue)) == []
    refused = post(
        as_nadia,
        "/catalogue/check",
        **typed | {"name": "service_life_months"} | {"value": "999"},
    )
    assert refused.status_code == 422
    assert 'id="value-error"' in refused.text

    assert post(as_nadia, "/catalogue/value", **typed).status_code == 302
    page = as_nadia.get(PAGE).text
    assert "measured here" in page
    assert "14.5" in page

    later = post(as_nadia, "/catalogue/value", **typed | {"value": "10"})
    shown = as_nadia.get(later.location).text
    assert "SynchroMed II 40 mL: Accuracy of the flow" in shown
    assert len(rows(session, sa.select(OwnValue))) == 1


def test_pumps_drugs_and_alarms_are_all_there(as_vera):
    for path in ("/catalogue", "/catalogue/drugs/baclofen", "/catalogue/alarms"):
        assert as_vera.get(path).status_code == 200
    assert as_vera.get("/catalogue/drugs/nothing").status_code == 404
