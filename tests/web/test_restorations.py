"""Records that came out of a backup: every page says so until a leader has compared them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_contact, a_message, a_staff_member
from tests.web.conftest import NOW, let_in, post
from tracker.jobs import tick
from tracker.models import Relation, Restoration, Role, Watch
from tracker.services.clinics import add_member
from tracker.services.restorations import put_back

DAY = timedelta(days=1)


@pytest.fixture
def cleo(session, here):
    cleo = a_staff_member(session, "Cleo Coordinator")
    add_member(session, here.clinic, cleo, role=Role.COORDINATOR)
    put_back(session, taken_at=NOW - DAY, digest="0" * 64, now=NOW)
    session.commit()
    return cleo


def test_hazard_h22_every_page_says_what_is_missing_until_a_leader_has_compared_it(
    client, session, sessions, here, cleo
):
    row = session.scalars(
        sa.select(Restoration).where(Restoration.clinic_id == here.clinic.id)
    ).one()
    nurse = let_in(client, session, here.nadia)
    page = f"/restored/{row.id}"
    for address in ("/", "/patients", f"/pumps/{here.pump.id}"):
        assert "came out of a backup" in nurse.get(address).text
    assert post(nurse, page, compared_with="list").status_code == 403
    assert let_in(client, session, here.sam).get(page).status_code == 404

    leader = let_in(client, session, cleo)
    early = post(leader, page, compared_with="list of 31 May")
    tick(sessions, now=NOW, host="h")
    empty = post(leader, page, compared_with=" ")
    done = post(leader, page, compared_with="list of 31 May")

    assert (early.status_code, "scheduler has not gone" in early.text) == (422, True)
    assert (empty.status_code, "Say what" in empty.text) == (422, True)
    assert done.status_code == 302
    assert "came out of a backup" not in leader.get("/").text
    session.expire_all()
    watch = session.scalars(
        sa.select(Watch).where(Watch.evidence_kind == "records_compared")
    ).one()
    assert (watch.clinic_id, watch.evidence_id) == (here.clinic.id, row.id)
    assert "Cleo Coordinator" in leader.get(page).text


def test_the_page_says_for_whom_each_unsent_reminder_was(client, session, here, cleo):
    watch = session.scalars(sa.select(Watch).where(Watch.pump_id == here.pump.id)).first()
    assert watch is not None
    for relation in (Relation.PATIENT, Relation.CARER):
        contact = a_contact(session, here.pump.patient, relation=relation)
        contact.name = f"The {relation.value}"
        a_message(session, watch, contact=contact)
    put_back(session, taken_at=NOW - DAY, digest="1" * 64, now=NOW)
    session.commit()
    of_here = Restoration.clinic_id == here.clinic.id
    row = session.scalars(sa.select(Restoration).where(of_here)).all()[0]

    page = let_in(client, session, cleo).get(f"/restored/{row.id}").text

    assert "to The patient, patient, by e-mail" in page
    assert "to The carer, carer, by e-mail" in page
    assert '<ol class="numbered">' in page
