"""Every page in a real browser: readable by all, whole on a phone, strict as HTML."""

import pytest
import tinyhtml5
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESK, LADDER_EDITOR, NOW, PHONE, pages_of, sign_in
from tests.riverside import DAY

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [
        pytest.param(DESK, "light", id="desk, light"),
        pytest.param(DESK, "dark", id="desk, dark"),
        pytest.param(PHONE, "light", id="phone, light"),
        pytest.param(PHONE, "dark", id="phone, dark"),
    ],
)
def test_nobody_is_shut_out_and_nothing_scrolls_sideways(open_page, site, viewport, scheme):
    page = open_page(viewport=viewport, scheme=scheme)
    page.goto("/sign-in")
    assert violations(page) == []
    sign_in(page, site)

    for path in (*pages_of(site), LADDER_EDITOR):
        page.goto(path)
        assert page.evaluate(OVERFLOW) == 0, path
        assert violations(page) == [], path


@pytest.mark.timeout(120)
def test_every_page_is_strict_html_and_small(open_page, site):
    page = sign_in(open_page(), site)

    for path in [*pages_of(site), "/board/rows"]:
        answer = page.request.get(path)
        assert answer.status == 200, path
        body = answer.body()
        assert len(body) < 30_000, path
        if path != "/board/rows":
            parser = tinyhtml5.parser.HTMLParser(namespace_html_elements=False)
            parser.parse(body.decode())
            assert parser.errors == [], path
        assert b"style=" not in body, path
        assert b"<script>" not in body, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_banner_of_a_scheduler_that_is_dead_can_be_read(
    open_page, site, scheme, monkeypatch
):
    page = sign_in(open_page(scheme=scheme), site)
    monkeypatch.setattr(
        "tracker.web.request.utc_now", lambda: NOW + DAY / 100
    )  # not signed out yet

    page.goto("/clinic")

    assert "Reminders may have stopped." in page.locator("[role=alert]").inner_text()
    assert violations(page) == []


def test_a_refused_form_is_readable_too(open_page, site):
    page = sign_in(open_page(), site)
    page.goto(f"/pumps/{site.late}/refills/new")

    page.click("text=Save the refill")

    assert page.locator(".summary").evaluate("node => node === document.activeElement")
    assert page.title().startswith("Error: ")
    assert violations(page) == []


def test_the_tap_targets_of_a_phone_are_large(open_page, site):
    page = sign_in(open_page(viewport=PHONE), site)
    too_small = """() => [...document.querySelectorAll('button, nav a, .button, select')]
        .filter(one => one.checkVisibility() && !one.matches('.skip'))
        .filter(one => one.getBoundingClientRect().height < 43.5)
        .map(one => one.outerHTML.slice(0, 120))"""

    for path in ("/", f"/pumps/{site.late}", f"/pumps/{site.late}/refills/new"):
        page.goto(path)
        assert page.evaluate(too_small) == [], path


def test_a_page_without_script_is_whole(open_page, site):
    page = sign_in(open_page(script=False), site)
    page.goto(f"/pumps/{site.calm}/programmes/new")
    page.select_option("#mode", "simple")
    page.fill("#dose_mcg_per_day", "310")
    page.select_option("[name=dose_mcg_per_day_unit]", "mcg/day")

    page.click("text=Check without saving")

    assert "Refill-by" in page.locator("#preview").inner_text()
