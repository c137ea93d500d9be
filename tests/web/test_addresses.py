"""No address that we make names a person: it would stand in every log on the way."""

import re
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from tests.web.conftest import NOW, post, search
from tracker.domain.message import Channel
from tracker.models import Contact, Relation
from tracker.services.patients import NewContact, add_contact

ADDRESS = re.compile(r'\b(?:href|action|src|formaction|data-[a-z]+)="([^"]+)"')
NOT_ASKED_OF_A_SERVER = ("tel:", "mailto:")  # they open a program of one's own


@pytest.fixture
def named(here, session):
    """What may stand in no address: names, numbers and e-mail addresses of people."""
    patient = here.patient
    patient.family_name, patient.given_name, patient.mrn = "Zebedee", "Quirinius", "MRN77231"
    session.add(patient)
    for channel, at in ((Channel.EMAIL, "zeb@home.example"), (Channel.SMS, "+441632960177")):
        new = NewContact(Relation.CARER, "Wilhelmina", channel, at, "by telephone")
        add_contact(session, patient, new, by=here.nadia, now=NOW)
    session.commit()
    staff = (here.nadia.email, here.ito.email)
    contacts = session.scalars(sa.select(Contact.address)).all()
    session.commit()
    return ["Zebedee", "Quirinius", "MRN77231", "Wilhelmina", *contacts, *staff, "1970-03-14"]


def names_in(address: str, named) -> list[str]:
    said = unquote(address.replace("&amp;", "&")).lower()
    return [one for one in named if one.lower() in said]


@pytest.mark.one_database("sqlite")
def test_no_page_holds_an_address_that_names_a_person(as_nadia, named):
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        answer = as_nadia.get(path, buffered=True)
        text = answer.text if answer.mimetype == "text/html" else ""
        found = [*ADDRESS.findall(text), *answer.headers.getlist("Location")]
        found = [one for one in found if not one.startswith(NOT_ASKED_OF_A_SERVER)]
        for one in found:
            assert names_in(one, named) == [], f"{path} leads to {one}"
        for one in found:
            at, shape = one.split("#")[0], re.sub(r"\d+|=[^&]*", "", one)
            if at.startswith("/") and shape not in seen and "/static/" not in at:
                seen.add(shape)
                waiting.append(at.replace("&amp;", "&"))

    assert len(seen) > 40, sorted(seen)


def test_what_is_searched_for_stands_sealed_in_the_address(as_nadia, named):
    for path, index in (("/patients/find", "/patients"), ("/board/find", "/")):
        there = post(as_nadia, path, q="Zebedee").location
        page = as_nadia.get(there).text

        assert names_in(there, named) == []
        assert "Zebedee, Quirinius" in page
        assert 'value="Zebedee"' in page, "nothing typed is lost"
        assert [one for one in ADDRESS.findall(page) if names_in(one, named)] == []
        assert as_nadia.get(there).text.count("Zebedee") == page.count("Zebedee"), "back works"
        assert post(as_nadia, path).location == index


def test_a_name_typed_into_an_address_finds_nothing(as_nadia, named):
    for query in ("q=Zebedee", "asked=Zebedee", "asked=", "asked=" + "gAAAA" * 40):
        page = as_nadia.get(f"/patients?{query}").text

        assert "Zebedee, Quirinius" in page  # the whole list
        assert 'value="Zebedee"' not in page


def test_a_viewer_may_search(as_vera, named):
    for path in ("/patients/find", "/board/find"):
        assert "Zebedee, Quirinius" in search(as_vera, path, q="zeb").text


def test_a_search_of_the_board_keeps_the_other_filters(as_nadia, named):
    there = post(as_nadia, "/board/find", q="zeb", owner="me", kind="refill").location

    assert "owner=me" in there
    assert "kind=refill" in there
    assert "Zebedee" in as_nadia.get(there).text
