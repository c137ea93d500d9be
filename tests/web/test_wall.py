"""The screen on the wall: no names, renewed without a script, and loud when nobody watches."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.web.conftest import NOW, let_in, post
from tests.web.test_board import a_row
from tracker.models import ApiToken, Heartbeat, Membership, Scope, TrailEntry
from tracker.services.tokens import make_token
from tracker.services.walls import MOST

DAY = timedelta(days=1)
ONCE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BLANK = "There is nothing at this address.\n"


def an_address(session, here, scope=Scope.READ_WALL):
    text = make_token(
        session, here.clinic, name="Room 4", scope=scope, ends_at=NOW + 60 * DAY,
        by=here.nadia, now=NOW,
    )  # fmt: skip
    session.commit()
    return f"/wall/{text}"


def test_the_wall_shows_numbers_and_counts_and_nobody_s_name(app, as_nadia, session, here):
    row = a_row(session, here, "Overdue", NOW - 3 * DAY)
    form = {"name": "Room 4", "scope": "read_wall", "ends_on": "2026-07-01"}
    made = post(as_nadia, "/clinic/tokens", **form).text
    address = made.partition("<code>")[2].partition("</code>")[0].partition("8000")[2]
    assert address.startswith("/wall/pump_")

    for answer in (as_nadia.get("/wall"), app.test_client().get(address)):
        assert answer.status_code == 200
        assert answer.headers["Refresh"] == "60"
        for words in ("3 days late", row.pump.patient.mrn, "<b>1</b><span>Late</span>"):
            assert words in answer.text
        for secret in ("Overdue", "Ida", "aclofen", row.pump.serial, "<a ", "<form", "<script"):
            assert secret not in answer.text, secret
    asked = sa.select(TrailEntry.actor).where(TrailEntry.what == "wall_by_address.show")
    assert session.scalars(asked).one() == "Room 4, a program of Nadia Nurse"
    assert session.scalars(sa.select(ApiToken.used_at)).one() == NOW


@ONCE
def test_late_rows_that_have_no_room_are_counted(as_nadia, session, here):
    for number in range(MOST + 2):
        a_row(session, here, f"Late{number}", NOW - 3 * DAY)

    assert "2 more late rows have no room here: see the board." in as_nadia.get("/wall").text


def test_promise_alive_or_known_dead_the_wall_says_that_nobody_watches(client, session, here):
    address = an_address(session, here)
    passed, failed = NOW - timedelta(hours=3), NOW - timedelta(hours=1)
    session.execute(sa.update(Heartbeat).values(ticked_at=passed, has_passed=True))
    session.add(Heartbeat(ticked_at=failed, host="t", breaches=[], faults=[]))
    session.commit()

    page = client.get(address).text

    assert "The watch is not being kept." in page
    assert "Last audit that found nothing wrong: " in page
    assert "06:00" in page.partition("Last audit")[2].partition("Last check")[0]
    session.add(Heartbeat(ticked_at=NOW, host="t", breaches=[], faults=[], has_passed=True))
    session.commit()
    page = client.get(address).text
    assert "The watch is not being kept." not in page
    assert "Nobody is late." in page


@ONCE
@pytest.mark.parametrize(
    "wrong", ["a guess", "a calendar", "a token of the board", "revoked", "ended", "left"]
)
def test_an_address_that_opens_nothing_is_not_there(client, session, here, wrong):
    scope = {"a calendar": Scope.READ_CALENDAR, "a token of the board": Scope.READ_BOARD}
    address = an_address(session, here, scope.get(wrong, Scope.READ_WALL))
    if wrong == "a guess":
        address = "/wall/pump_" + "x" * 43
    if wrong == "revoked":
        session.execute(sa.update(ApiToken).values(revoked_at=NOW))
    if wrong == "ended":
        session.execute(sa.update(ApiToken).values(made_at=NOW - 9 * DAY, ends_at=NOW))
    if wrong == "left":
        session.execute(sa.delete(Membership).where(Membership.staff_id == here.nadia.id))
    session.commit()

    answer = client.get(address)

    assert (answer.status_code, answer.text) == (404, BLANK)
    assert client.get(address.replace("/wall/", "/calendar/") + ".ics").status_code == (
        200 if wrong == "a calendar" else 404
    )
    assert client.post(address).status_code == 405


@ONCE
def test_another_clinic_sees_its_own_wall_alone(client, session, here):
    a_row(session, here, "Overdue", NOW - 3 * DAY)
    sam = let_in(client, session, here.sam)

    page = sam.get("/wall").text

    assert "Lakeview" in page
    assert "3 days late" not in page


@ONCE
def test_promise_alive_or_known_dead_a_wall_asks_again_after_a_page_that_failed(
    app, client, session, here
):
    """Nobody touches that screen: an answer that asks no more would stand there for ever."""
    address = an_address(session, here)
    engine = app.extensions["tracker"].engine

    @sa.event.listens_for(engine, "before_cursor_execute")
    def fail(_connection, _cursor, statement, *_):
        if statement.startswith("UPDATE api_token"):
            raise OperationalError(statement, {}, Exception("database is locked"))

    answer = client.get(address)

    assert (answer.status_code, answer.headers["Refresh"]) == (503, "60")
