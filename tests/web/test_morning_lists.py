"""The emergency list on a page: now, of the last mornings, and nobody else's."""

from datetime import timedelta

import pytest

from tests.web.conftest import NOW
from tracker.jobs import make_lists


@pytest.fixture
def made(app, here, tmp_path):
    sessions = app.extensions["tracker"].sessions
    return make_lists(sessions, str(tmp_path), now=NOW - timedelta(hours=1))


def test_the_page_says_who_is_listed_and_offers_the_lists_of_the_mornings(as_nadia, here, made):
    page = as_nadia.get("/emergency-list")

    assert page.status_code == 200
    assert "1 Jun 2026" in page.text
    assert "Print the list of this moment" in page.text


@pytest.mark.parametrize("kind", ["pdf", "html"])
def test_a_list_of_a_morning_is_given_as_it_was_written(as_nadia, here, made, session, kind):
    page = as_nadia.get(f"/emergency-list/1.{kind}", buffered=True)

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("kind", ["pdf", "html"])
def test_the_list_of_this_moment_can_be_printed(as_nadia, here, kind):
    assert as_nadia.get(f"/emergency-list/now.{kind}").status_code == 200


def test_another_clinics_list_is_not_there(as_nadia, here, made):
    assert as_nadia.get("/emergency-list/2.html").status_code == 404
    assert as_nadia.get("/emergency-list/1.exe").status_code == 404
    assert as_nadia.get("/emergency-list/99.pdf").status_code == 404
