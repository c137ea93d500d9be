"""A program comes in by its token alone: hashed, scoped, ending, revocable, shown once."""

import json

import pytest
import sqlalchemy as sa

from tests.api.conftest import DAY, NOW, a_token, ask
from tests.riverside import pump_of
from tests.web.conftest import post
from tracker.models import ApiToken, TrailEntry
from tracker.services.tokens import CannotMakeToken, find_token


def test_a_token_reads_the_board_of_its_clinic(client, session, here):
    answer = ask(client, a_token(session, here))

    assert answer.status_code == 200
    assert here.pump.id in {one["pump_id"] for one in answer.json["watches"]}
    assert answer.json["next"] is None
    assert here.patient.family_name not in answer.text
    row = session.scalars(sa.select(ApiToken)).one()
    session.refresh(row)
    assert row.used_at == NOW


def test_which_patients_a_program_saw_is_written_down_with_whose_it_is(
    client,
    session,
    here,
):
    token = a_token(session, here)

    for _ in range(3):  # a screen asks each minute: once an hour, and when something is new
        assert ask(client, token).status_code == 200
    (entry,) = session.scalars(sa.select(TrailEntry).filter_by(what="api.board")).all()
    assert (entry.act, entry.clinic_id) == ("viewed", here.clinic.id)
    assert (entry.patient_id, entry.staff_id) == (here.patient.id, here.nadia.id)
    assert entry.actor == "screen, a program of Nadia Nurse"
    pump_of(session, here.place)
    session.commit()
    assert ask(client, token).status_code == 200
    ask(client, "x")

    asked = sa.select(TrailEntry.after).filter_by(what="api.board").order_by(TrailEntry.id)
    _, listed = session.scalars(asked).all()
    assert json.loads(listed)["count"] == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_but_a_valid_token_opens_it(as_nadia, client, session, here):
    text = a_token(session, here)

    assert as_nadia.get("/api/v1/board").status_code == 401  # signed in by cookie
    for wrong in ("", "x", text[:-1], text.upper()):
        answer = ask(client, wrong)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert client.get(f"/api/v1/board?token={text}").status_code == 401
    assert ask(client, text, "/api/v1/board?after=x").status_code == 400


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_token_ends_is_revoked_and_goes_with_its_owner(session, here):
    text = a_token(session, here)
    row = session.scalars(sa.select(ApiToken)).one()

    assert text not in str(vars(row))
    assert find_token(session, text, now=NOW) is row
    assert find_token(session, text, now=NOW + DAY) is None
    row.revoked_at = NOW
    assert find_token(session, text, now=NOW) is None
    row.revoked_at, here.nadia.left_at = None, NOW
    session.add(here.nadia)
    assert find_token(session, text, now=NOW) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_token_is_shown_once_and_revoked_on_its_page(as_nadia, client, session, here):
    fields = {"name": "screen", "scope": "read_board", "ends_on": "2026-07-01"}
    page = post(as_nadia, "/clinic/tokens", **fields).text
    text = page.partition("<code>")[2].partition("</code>")[0]

    assert ask(client, text).status_code == 200
    assert text not in as_nadia.get("/clinic/tokens").text
    number = session.scalars(sa.select(ApiToken.id)).one()
    session.commit()
    for _ in range(2):
        assert post(as_nadia, f"/clinic/tokens/{number}/revoke").status_code == 302
    assert ask(client, text).status_code == 401
    late = post(as_nadia, "/clinic/tokens", **{**fields, "ends_on": "2030-01-01"})
    assert "at most a year away" in late.text


@pytest.mark.parametrize("days", [0, 400])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_token_without_a_near_end_is_not_made(session, here, days):
    with pytest.raises(CannotMakeToken):
        a_token(session, here, ends_at=NOW + days * DAY)
