"""A calendar by its address alone: what it tells, whom it lets in, and how it ends."""

from datetime import date, timedelta

import icalendar
import pytest
import sqlalchemy as sa

from tests.riverside import programme_facts, pump_of, refilled
from tests.web.conftest import NOW, post
from tracker.models import ApiToken, Membership, Scope, TrailEntry
from tracker.services import appointments
from tracker.services.programmes import change_dose
from tracker.services.tokens import hash_of, make_token

DAY = timedelta(days=1)
BLANK = "There is nothing at this address.\n"


def an_address(session, here, scope=Scope.READ_CALENDAR, *, by=None, clinic=None):
    text = make_token(
        session, clinic or here.clinic, name="Outlook", scope=scope, ends_at=NOW + 60 * DAY,
        by=by or here.nadia, now=NOW,
    )  # fmt: skip
    session.commit()
    return f"/calendar/{text}.ics"


def lines(client, address, **asked):
    answer = client.get(address, **asked)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/calendar"
    return {str(one["UID"]).partition("@")[0]: one for one in read(answer.data)}


def read(raw):
    return icalendar.Calendar.from_ical(raw).events


def booked(session, here, days=3):
    found = appointments.book(
        session, here.pump, scheduled_at=NOW + days * DAY, by=here.nadia, now=NOW
    )
    session.commit()
    return found


def test_who_holds_the_address_sees_dates_and_numbers_and_nobody_s_name(
    app, as_nadia, session, here
):
    page = post(
        as_nadia, "/clinic/tokens", name="Outlook", scope="read_calendar", ends_on="2026-07-01"
    ).text
    address = page.partition("<code>")[2].partition("</code>")[0]
    assert address.startswith("http://127.0.0.1:8000/calendar/pump_")
    assert address.endswith(".ics")
    visit, stranger = booked(session, here), app.test_client()

    answer = stranger.get(address.partition("8000")[2])

    found = {str(one["SUMMARY"]): one for one in read(answer.data)}
    mrn = here.patient.mrn
    assert set(found) == {
        f"Refill by - patient {mrn}",
        f"Pump replacement: book by - patient {mrn}",
        f"Pump visit - patient {mrn}",
    }
    assert found[f"Pump visit - patient {mrn}"].start == visit.scheduled_at
    assert str(found[f"Refill by - patient {mrn}"]["URL"]).endswith(f"/pumps/{here.pump.id}")
    for secret in (here.patient.family_name, "Ida", "aclofen", "Nadia", here.pump.serial):
        assert secret not in answer.text
    assert stranger.head(address.partition("8000")[2]).data == b""
    assert address not in as_nadia.get("/clinic/tokens").text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_new_date_is_the_same_line_elsewhere_with_a_higher_number(client, session, here):
    address = an_address(session, here)
    (before,) = [one for uid, one in lines(client, address).items() if "refill" in said(one)]

    facts = programme_facts("800", effective_at=NOW)
    change_dose(session, here.pump, facts, reason="test", by=here.nadia, now=NOW)
    session.commit()
    (after,) = [one for uid, one in lines(client, address).items() if "refill" in said(one)]

    assert after["UID"] == before["UID"]
    assert after.start < before.start
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert after["LAST-MODIFIED"].dt == NOW > before["LAST-MODIFIED"].dt


def said(event):
    return str(event["SUMMARY"]).lower()


def test_a_visit_keeps_its_line_while_it_is_moved_and_says_that_it_is_cancelled(
    client, session, here
):
    address, visit = an_address(session, here), booked(session, here)
    uid = f"visit-{visit.id}"
    first = lines(client, address)[uid]

    moved = appointments.move(
        session, visit, scheduled_at=NOW + 4 * DAY, by=here.nadia, now=NOW
    )
    session.commit()
    second = lines(client, address)[uid]
    appointments.cancel(session, moved, reason="is ill", by=here.nadia, now=NOW)
    session.commit()
    third = lines(client, address)[uid]

    assert [one.start - NOW for one in (first, second, third)] == [3 * DAY, 4 * DAY, 4 * DAY]
    assert [one["SEQUENCE"] for one in (first, second, third)] == [0, 1, 2]
    assert [str(one["STATUS"]) for one in (second, third)] == ["CONFIRMED", "CANCELLED"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_late_stands_under_today_as_well(client, session, here, monkeypatch):
    address = an_address(session, here)
    session.execute(sa.update(ApiToken).values(ends_at=NOW + 900 * DAY))
    session.commit()
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: NOW + 400 * DAY)

    late = [one for one in lines(client, address).values() if "late since" in said(one)]

    assert late
    assert {one.start for one in late} == {date(2027, 7, 6)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_asks_again_is_told_that_nothing_is_new_and_no_other_may_keep_it(
    client, session, here
):
    address = an_address(session, here)
    first = client.get(address)

    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    booked(session, here)
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_whoever_reads_it_is_written_down_once_an_hour_with_whose_it_is(client, session, here):
    address = an_address(session, here)

    for _ in range(3):
        lines(client, address)
    client.get("/calendar/x.ics")

    (entry,) = session.scalars(sa.select(TrailEntry).filter_by(what="calendars.feed")).all()
    assert (entry.act, entry.patient_id) == ("viewed", here.patient.id)
    assert entry.actor == "Outlook, a program of Nadia Nurse"
    assert session.scalars(sa.select(ApiToken.used_at)).one() == NOW


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", ["revoked", "ended", "left", "no longer here", "another kind"])
def test_an_address_that_is_over_is_not_there_at_once(client, session, here, way):
    address = an_address(session, here)
    assert client.get(address).status_code == 200

    if way == "left":
        here.nadia.left_at = NOW
        session.add(here.nadia)
    elif way == "no longer here":
        session.execute(sa.delete(Membership).where(Membership.staff_id == here.nadia.id))
    else:
        values = {
            "revoked": {"revoked_at": NOW},
            "ended": {"made_at": NOW - DAY, "ends_at": NOW},
            "another kind": {"scope": Scope.READ_BOARD},
        }[way]
        session.execute(sa.update(ApiToken).values(values))
    session.commit()

    for wrong in (address, address[:-5] + "x.ics", "/calendar/x.ics"):
        answer = client.get(wrong)
        assert (answer.status_code, answer.mimetype, answer.text) == (404, "text/plain", BLANK)
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_address_is_revoked_on_the_page_and_opens_nothing_else(
    as_nadia, app, session, here, monkeypatch
):
    monkeypatch.setattr("tracker.api.gate.utc_now", lambda: NOW)
    address, stranger = an_address(session, here), app.test_client()
    text = address.removeprefix("/calendar/").removesuffix(".ics")
    number = session.scalars(sa.select(ApiToken.id)).one()
    session.commit()

    bearer = {"Authorization": f"Bearer {text}"}
    assert stranger.get("/api/v1/board", headers=bearer).status_code == 403
    assert post(as_nadia, f"/clinic/tokens/{number}/revoke").status_code == 302
    assert stranger.get(address).status_code == 404
    stored = session.execute(sa.select(sa.func.count()).where(ApiToken.token_hash == text))
    assert stored.scalar_one() == 0
    assert session.scalars(sa.select(ApiToken.token_hash)).one() == hash_of(text)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_calendar_is_of_one_clinic_and_one_s_own_is_of_one_s_own_pumps(client, session, here):
    of_another = pump_of(session, here.place)
    of_another.owner_id = here.ito.id
    refilled(session, of_another, here.place)
    whole = an_address(session, here)
    own = an_address(session, here, Scope.READ_OWN_CALENDAR)
    elsewhere = an_address(session, here, by=here.sam, clinic=here.place.neighbour)

    def pumps(address):
        found = lines(client, address).values()
        return {int(str(one["URL"]).rpartition("/")[2]) for one in found}

    assert pumps(whole) == {here.pump.id, of_another.id}
    assert pumps(own) == {here.pump.id}
    assert pumps(elsewhere) == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_to_make_an_address_needs_a_fresh_proof(as_nadia, session, monkeypatch):
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: NOW + timedelta(minutes=6))
    typed = {"name": "Outlook", "scope": "read_calendar", "ends_on": "2026-07-01"}

    assert post(as_nadia, "/clinic/tokens", **typed).status_code == 401
    assert session.scalars(sa.select(ApiToken)).all() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_log_tells_an_address_whatever_fails(app, client, session, here, log, monkeypatch):
    address = an_address(session, here)
    app.testing = False

    def fail(*_, **__):
        raise RuntimeError(f"of {address}")

    monkeypatch.setattr("tracker.web.calendars.calendars.entries", fail)
    assert client.get(address).status_code == 500

    said = log.getvalue()
    assert "Exception on /calendar/(secret).ics" in said
    assert "pump_" not in said
