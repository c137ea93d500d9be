"""The working day: whose rows, what is hidden, calls, many rows at once, and views kept."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tests.riverside import pump_of, refill_facts, refilled
from tests.web.conftest import NOW, let_in, post, rows
from tests.web.test_board import _copy, a_row, an_open_watch
from tracker.domain.message import Channel
from tracker.models import (
    AddressState,
    Assignment,
    Contact,
    ContactAttempt,
    Relation,
    Role,
    SavedView,
    Watch,
)
from tracker.services.clinics import add_member
from tracker.services.cover import record_absence
from tracker.services.patients import NewContact, add_contact

DAY = timedelta(days=1)
ONCE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def the_rows(client, path="/"):
    """The names of the rows with a refill date, in their order."""
    return re.findall(
        r"<t[dr].*?>(\w+), Ida</", client.get(path).text.partition('id="rows"')[2]
    )


@pytest.fixture
def three(session, here):
    """A late row of Dr Ito's, a late one of Nadia's, and a later one of Nadia's."""
    late = a_row(session, here, "Overdue", NOW - 3 * DAY)
    late.owner_id = here.ito.id
    mine, later = (
        a_row(session, here, "Mine", NOW - DAY),
        a_row(session, here, "Later", NOW + 30 * DAY),
    )
    session.commit()
    return late, mine, later


def test_my_list_holds_my_rows_and_those_of_whom_i_stand_in(as_nadia, session, here, three):
    assert the_rows(as_nadia)[:2] == ["Overdue", "Mine"]
    assert "Overdue" not in the_rows(as_nadia, "/?owner=me&kind=refill")

    record_absence(
        session, here.clinic, here.ito, starts_at=NOW - DAY, ends_at=NOW + DAY,
        deputy=here.nadia, by=here.nadia, now=NOW - 2 * DAY,
    )  # fmt: skip
    session.commit()

    assert the_rows(as_nadia, "/?owner=me&kind=refill")[:2] == ["Overdue", "Mine"]


def test_a_filter_that_hides_late_rows_says_how_many(as_nadia, session, here, three):
    two = "2 late rows are hidden by what is chosen here."
    one = "1 late row is hidden by what is chosen here."
    for path, words in (
        ("/?bucket=later", two),
        ("/?bucket=unknown", two),
        ("/?kind=battery", two),
        ("/?risk=low&bucket=later", two),
        ("/?call=due", two),
        ("/?owner=me", one),
        ("/", None),
        ("/?bucket=late", None),
        ("/?risk=critical", None),
    ):
        page = as_nadia.get(path).text
        assert (words in page) if words else ("hidden by" not in page), path
        assert not words or 'href="/?bucket=late">Show' in page
    second = as_nadia.get("/?after=2026-06-20T00:00:00%2B00:00~1").text
    assert "The late rows stand before this page." in second
    found = post(as_nadia, "/board/find", q="mine").location
    assert one in as_nadia.get(found).text


@ONCE
def test_everything_shows_the_rows_of_all_ones_clinics_and_leads_there(
    as_nadia, session, here, three
):
    there = replace(here.place, clinic=here.place.neighbour, nadia=here.sam)
    far = a_row(session, SimpleNamespace(place=there), "Faraway", NOW - 9 * DAY)
    number, away = far.id, f"{there.clinic.id}-{far.id}"
    assert "Faraway" not in as_nadia.get("/?clinics=all").text  # no clinic of hers
    assert post(as_nadia, "/worklist/elsewhere", row=away).status_code == 404

    add_member(session, here.place.neighbour, here.nadia, role=Role.NURSE)
    session.commit()

    assert the_rows(as_nadia, "/?clinics=all")[0] == "Faraway"
    assert "In all your clinics" in as_nadia.get("/?clinics=all").text
    post(as_nadia, "/account/clinic", clinic_id=here.clinic.id)
    assert "Faraway" not in as_nadia.get("/").text
    assert as_nadia.get(f"/watches/{number}").status_code == 404
    there = post(as_nadia, "/worklist/elsewhere", row=away)
    assert there.location == f"/watches/{number}"
    assert as_nadia.get(there.location).status_code == 200


@ONCE
def test_a_call_is_one_click_from_its_row_and_leads_back_to_the_same_list(
    as_nadia, session, here
):
    watch = a_row(session, here, "Overdue", NOW - 3 * DAY)
    new = NewContact(Relation.PATIENT, "Ada", Channel.SMS, "+44 7700 900123")
    contact = add_contact(session, watch.pump.patient, new, by=here.nadia, now=NOW)
    session.commit()
    number, kept = contact.id, f"/watches/{watch.id}"
    assert f'<a href="{kept}/call?back=owner%3Dme">Call</a>' in as_nadia.get("/?owner=me").text
    page = as_nadia.get(f"{kept}/call?back=owner%3Dme%26after%3D1%26x%3Dy").text
    assert "+44 7700 900123, patient" in page
    assert 'name="back" value="owner=me"' in page
    typed = {
        "contact_id": number,
        "result": "wrong_number",
        "next_call_on": "2026-06-01",
        "called_at_on": "2026-06-01",
        "called_at_time": "08:30",
        "note": "A shop.",
    }
    refused = post(as_nadia, f"{kept}/calls", **typed | {"next_call_on": ""}, back="owner=me")
    assert refused.status_code == 422
    assert "A shop." in refused.text

    saved = post(as_nadia, f"{kept}/calls", **typed, back="owner=me")

    assert saved.location == "/?owner=me"
    assert rows(session, sa.select(ContactAttempt.contact_id)) == [number]
    assert rows(session, sa.select(Contact.state)) == [AddressState.INVALID]
    page = as_nadia.get("/?call=due").text
    assert "<b>call again today</b>" in page
    assert "Call again</a>" in page
    assert "Call again today <b>1</b></a>" in page


@ONCE
def test_nobody_else_s_number_is_taken_for_the_patients(as_nadia, session, here):
    watch = a_row(session, here, "Overdue", NOW - 3 * DAY)
    new = NewContact(Relation.PATIENT, "Bea", Channel.SMS, "+44 7700 900124")
    other = add_contact(session, here.patient, new, by=here.nadia, now=NOW)
    session.commit()

    answer = post(as_nadia, f"/watches/{watch.id}/calls", contact_id=other.id, result="reached")

    assert answer.status_code == 422
    assert "Choose who was called." in answer.text


def chosen(client, path, watches, **fields):
    """Post the boxes of these rows with the form."""
    from werkzeug.datastructures import MultiDict

    from tests.web.conftest import token_of

    typed = MultiDict({"csrf_token": token_of(client), **fields})
    typed.setlist("w", [str(one) for one in watches])
    return client.post(path, data=typed)


@ONCE
def test_many_rows_are_given_with_a_reason_and_what_was_not_given_is_named(
    as_nadia, session, here, three
):
    numbers = [one.id for one in three]
    facts = {"owner_id": here.ito.id, "view": "owner=me"}
    assert "Overdue, Ida" in as_nadia.get("/worklist/choose").text
    unsaid = chosen(as_nadia, "/worklist/give", numbers, **facts)
    assert unsaid.status_code == 422
    assert unsaid.text.count(" checked>") == 2  # Dr Ito's is not on this list
    assert 'id="reason-error"' in unsaid.text

    answer = chosen(as_nadia, "/worklist/give", numbers, **facts, reason="Nadia is away")

    assert "2 watches have a new owner." in answer.text
    assert "1 was not given" in answer.text
    assert "It is Ito Doctor&#39;s already." in answer.text
    assert set(rows(session, sa.select(Watch.owner_id).where(Watch.id.in_(numbers)))) == {
        here.ito.id
    }
    given = rows(session, sa.select(Assignment))
    assert [(one.from_id, one.reason) for one in given] == [
        (here.nadia.id, "Nadia is away")
    ] * 2
    assert "given to Ito Doctor by Nadia Nurse" in as_nadia.get(f"/watches/{numbers[1]}").text


@ONCE
def test_another_clinic_s_row_among_them_is_not_there_and_nothing_is_done(
    as_sam, session, here, three
):
    own = pump_of(session, here.place)
    refilled(session, own, here.place)
    session.commit()
    for end in ("give", "call-list"):
        facts = {"owner_id": here.sam.id, "reason": "mine now"}
        assert chosen(as_sam, f"/worklist/{end}", [three[0].id], **facts).status_code == 404
    assert as_sam.get(f"/worklist/call-list?rows={three[0].id}").status_code == 404
    assert chosen(as_sam, "/worklist/call-list", ["x"]).status_code == 404
    assert rows(session, sa.select(Assignment.id)) == []


@ONCE
def test_the_call_list_says_whom_by_which_number_and_what_to_ask(
    as_nadia, session, here, three
):
    new = NewContact(Relation.PATIENT, "Ada", Channel.SMS, "+44 7700 900123")
    add_contact(session, three[0].pump.patient, new, by=here.nadia, now=NOW)
    session.commit()
    path = f"/watches/{three[0].id}/calls"
    at = {"called_at_on": "2026-06-01", "called_at_time": "08:30"}
    post(as_nadia, path, called="Ada", result="reached", note="Asks for Monday", **at)

    leads = chosen(as_nadia, "/worklist/call-list", [three[1].id, three[0].id])
    page = as_nadia.get(leads.location).text

    assert page.index("Overdue") < page.index("Mine")  # the worst first
    for words in (
        "+44 7700 900123", "Language: English", "Was reached before: Mon 08:30",
        "Asks for Monday", "When can they come", "No telephone number is recorded.",
        "<dt>Call again on</dt><dd></dd>",
    ):  # fmt: skip
        assert words in page, words
    assert "aclofen" not in page


def test_a_view_is_kept_as_filters_alone_and_shared_by_a_leader(
    client, app, session, here, three
):
    cleo = here.ito
    add = {"name": "Late and mine", "view": "owner=me&bucket=late&asked=abc&after=1~2&x=<b>"}
    nadia = let_in(client, session, here.nadia)
    assert post(nadia, "/worklist/views", **add, is_shared="yes").status_code == 422
    assert post(nadia, "/worklist/views", **add | {"view": ""}).status_code == 422

    saved = post(nadia, "/worklist/views", **add)

    assert saved.location == "/?owner=me&bucket=late"
    (view,) = rows(session, sa.select(SavedView))
    assert (view.query, view.is_shared) == ("owner=me&bucket=late", False)
    assert ">Late and mine</a>" in nadia.get("/").text
    assert post(nadia, "/worklist/views", **add).status_code == 422  # the name is taken

    ito = let_in(app.test_client(), session, cleo)
    assert "Late and mine" not in ito.get("/").text
    assert post(ito, f"/worklist/views/{view.id}/remove").status_code == 404
    cleo.memberships[0].role = Role.COORDINATOR
    session.commit()
    post(ito, "/worklist/views", name="All late", view="bucket=late", is_shared="yes")
    assert ">All late</a>" in nadia.get("/").text

    assert post(nadia, f"/worklist/views/{view.id}/remove").status_code == 302
    assert rows(session, sa.select(SavedView.name)) == ["All late"]
    assert the_rows(nadia)[:2] == ["Overdue", "Mine"]  # no row goes with a view


@ONCE
def test_near_misses_are_listed_with_the_days_that_were_left(as_nadia, here, session):
    watch = a_row(session, here, "Nearly", NOW + 2 * DAY)
    assert "0 of 0 refills" in as_nadia.get("/worklist/near-misses").text
    refilled(session, watch.pump, here.place, refill_facts(filled_at=NOW - DAY / 24))
    session.commit()

    page = as_nadia.get("/worklist/near-misses").text
    assert "1 of 1 refills" in page
    assert "Nearly, Ida" in page
    assert "Nearly" not in as_nadia.get("/worklist/near-misses?days=1").text
    assert "days-error" in as_nadia.get("/worklist/near-misses?days=nonsense").text


@ONCE
def test_a_promised_call_has_a_page_from_which_it_is_made(as_nadia, session, here):
    (about,) = rows(session, sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill"))
    said = {
        "called": "Ada, 020 7946 0018",
        "called_at_on": "2026-06-01",
        "called_at_time": "08:30",
    }
    again = {"result": "no_answer", "next_call_on": "2026-06-02"}
    assert post(as_nadia, f"/watches/{about.id}/calls", **said, **again).status_code == 302
    (call,) = rows(session, sa.select(Watch).where(Watch.kind == "call"))

    page = as_nadia.get(f"/watches/{call.id}").text
    assert "the next to be on 2 Jun 2026" in page
    assert "Call again on 2 Jun 2026." in as_nadia.get(f"/watches/{about.id}/call").text
    assert f"/watches/{call.id}/call?from=watch" in page
    made = post(as_nadia, f"/watches/{call.id}/calls", **said, result="reached")
    assert made.status_code == 302
    calls = rows(session, sa.select(ContactAttempt.watch_id))
    assert calls == [about.id, about.id]
    ended = as_nadia.get(f"/watches/{call.id}").text
    assert "Ended" in ended
    assert "The promised call is recorded. What it was about goes on." in ended


@ONCE
def test_what_is_chosen_from_comes_page_by_page_and_each_stays_small(as_nadia, session):
    first = an_open_watch(session)
    session.add_all(_copy(session, first, number) for number in range(130))
    session.commit()

    page, seen = "/worklist/choose", list[str]()
    while page:
        text = as_nadia.get(page).text
        assert len(text) < 30_000
        seen += re.findall(r'name="w" value="(\d+)"', text)
        found = re.search(r'href="(\?[^"]*after=[^"]+)">Next', text)
        page = found and f"/worklist/choose{unescape(found[1])}"

    assert len(seen) == len(set(seen)) > 130
