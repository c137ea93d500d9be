"""The page of absence and duty: who may change what, and what comes back beside its field."""

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.web.conftest import HASH, NOW, post, rows, sign_in
from tracker.models import Absence, Duty, Membership, Role


@pytest.fixture
def cora(session, here):
    """The coordinator."""
    found = a_staff_member(
        session, "Cora", clinic=here.clinic, role=Role.COORDINATOR, password_hash=HASH
    )
    session.commit()
    return found


@pytest.fixture
def as_cora(client, cora):
    assert sign_in(client, cora.email).status_code == 302
    return client


def absence_of(staff, **more):
    return {
        "staff_id": staff.id,
        "starts_at_on": "2026-06-08",
        "starts_at_time": "09:00",
        "ends_at_on": "2026-06-12",
        "ends_at_time": "17:00",
        **more,
    }


def duty_of(staff, **more):
    return {
        "duty_staff_id": staff.id,
        "duty_starts_at_on": "2026-06-02",
        "duty_starts_at_time": "08:00",
        "duty_ends_at_on": "2026-06-02",
        "duty_ends_at_time": "17:00",
        **more,
    }


def test_a_nurse_records_her_own_absence_and_nobody_else_s(as_nadia, here, cora, session):
    answer = post(as_nadia, "/cover/absences", **absence_of(here.nadia, deputy_id=cora.id))
    assert answer.status_code == 302

    (absence,) = rows(session, sa.select(Absence))
    assert (absence.staff_id, absence.deputy_id) == (here.nadia.id, cora.id)
    assert absence.starts_at.isoformat() == "2026-06-08T08:00:00+00:00"  # London's summer
    page = as_nadia.get("/cover").text
    assert "8 Jun 2026, 09:00" in page
    assert "Deputy: Cora" in page
    refused = post(as_nadia, "/cover/absences", **absence_of(cora))
    assert refused.status_code == 422
    assert "your own absence only" in refused.text


def test_a_coordinator_records_and_withdraws_anybody_s(as_cora, here, session):
    assert post(as_cora, "/cover/absences", **absence_of(here.nadia)).status_code == 302
    (absence,) = rows(session, sa.select(Absence))
    assert "Nobody stands in: the last resort, " in as_cora.get("/cover").text

    answer = post(as_cora, f"/cover/absences/{absence.id}/withdraw")

    assert answer.status_code == 302
    assert rows(session, sa.select(Absence.withdrawn_at)) == [NOW]


def test_a_refused_deputy_is_told_beside_the_field_and_nothing_typed_is_lost(as_cora, here):
    answer = post(
        as_cora,
        "/cover/absences",
        **absence_of(here.nadia, deputy_id=here.nadia.id, note="sea"),
    )

    assert answer.status_code == 422
    assert 'id="deputy_id-error">Nobody can stand in' in answer.text
    assert 'value="sea"' in answer.text
    assert 'value="2026-06-08"' in answer.text


def test_the_rota_says_where_nobody_is(as_cora, here, session):
    assert "reaches nobody" in as_cora.get("/cover").text

    assert post(as_cora, "/cover/duties", **duty_of(here.nadia)).status_code == 302

    page = as_cora.get("/cover?weeks=4").text
    assert "Nobody from 00:00 to 08:00" in page
    assert "Nobody from 17:00 to midnight" in page
    assert page.count("Nobody all day") == 26
    (duty,) = rows(session, sa.select(Duty))
    assert post(as_cora, f"/cover/duties/{duty.id}/withdraw").status_code == 302
    assert "reaches nobody" in as_cora.get("/cover").text


def test_a_duty_that_ends_before_it_begins_is_refused_beside_its_field(as_cora, here):
    typed = duty_of(here.nadia, duty_ends_at_time="07:00")

    answer = post(as_cora, "/cover/duties", **typed)

    assert answer.status_code == 422
    assert 'href="#duty_ends_at"' in answer.text


def test_a_standing_deputy_is_named(as_cora, here, cora, session):
    asked = sa.select(Membership).where(Membership.staff_id == here.nadia.id)
    (membership,) = rows(session, asked)
    path, field = f"/cover/deputies/{membership.id}", f"deputy_of_{membership.id}"

    assert post(as_cora, path, **{field: cora.id}).status_code == 302
    assert rows(session, asked)[0].deputy_id == cora.id
    assert post(as_cora, path, **{field: here.nadia.id}).status_code == 422
    assert post(as_cora, path, **{field: here.sam.id}).status_code == 422


def test_nobody_is_offered_as_their_own_deputy(as_cora, here):
    page = as_cora.get("/cover").text
    choices = page.split("Deputy of Nadia Nurse")[1].split("</select>")[0]

    assert "Nadia Nurse" not in choices
    assert "<option" in choices


def test_who_only_reads_or_leads_nobody_changes_nothing(client, here, session, cora):
    sign_in(client, here.nadia.email)
    assert post(client, "/cover/duties", **duty_of(here.nadia)).status_code == 403
    assert "Put somebody on duty" not in client.get("/cover").text


def test_another_clinic_s_absence_is_not_there(as_sam, here, session):
    absence = Absence(
        clinic_id=here.clinic.id,
        staff_id=here.nadia.id,
        starts_at=NOW,
        ends_at=NOW.replace(day=9),
        recorded_at=NOW,
        recorded_by_id=here.nadia.id,
    )
    session.add(absence)
    session.commit()

    assert post(as_sam, f"/cover/absences/{absence.id}/withdraw").status_code == 404
