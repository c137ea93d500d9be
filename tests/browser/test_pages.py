"""Every page in a real browser: readable by all, whole on a phone, strict as HTML."""

import os

import pytest
import tinyhtml5
from axe_playwright_python.sync_playwright import Axe

from tests.browser.clinic import NOW
from tests.browser.conftest import DESK, PHONE, sign_in
from tests.browser.pages import LADDER_EDITOR, pages_of
from tests.riverside import DAY

SCHEME = "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


# Asked for what is wrong alone: what axe found right takes longer to tell than to find.
AXE = Axe().axe_script
WRONG = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(
    one => [one.id, one.nodes.map(node => node.html.slice(0, 200))]))"""
# What the contrast of a text hangs on, kept for all that is to be seen now.
KEEP = """() => {
    window.inSight = () => new Map([...document.body.querySelectorAll('*')]
        .filter(one => one.checkVisibility()).map(one => {
            const style = getComputedStyle(one), size = parseFloat(style.fontSize);
            const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
            const paper = [style.backgroundColor, style.backgroundImage, style.opacity];
            return [one, [style.color, ...paper, isLarge].join()];
        }));
    window.kept = inSight();
}"""
# Only what is otherwise at this width than it was kept at the other.
FAINT = """() => {
    const parts = [...inSight()].filter(([one, look]) => look !== kept.get(one));
    return parts.length ? axe.run(
        {include: parts.map(([one]) => one)}, {runOnly: ['color-contrast']}
    ).then(found => found.violations.flatMap(one => one.nodes.map(node => node.html))) : [];
}"""
PARTS = 4  # of the list of pages, so that whoever runs the tests in parallel shares it


def violations(page):
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(WRONG)


LOOKS = (("desk", "light"), ("phone", "light"), ("phone", "dark"), ("desk", "dark"))
# Where there is time for it each page is seen in each look. While we work the pages share them
# out: of three, two are asked at a desk or on a telephone, and one in all four looks. Colours
# and widths are set once for all pages, in one style sheet.
EVERY_LOOK = bool(os.environ.get("EVERY_LOOK"))
BY_TURNS = (LOOKS, LOOKS[:1], (("phone", "light"),))


def looks_for(number):
    """Those in which the page of this number is seen."""
    return LOOKS if EVERY_LOOK else BY_TURNS[number % len(BY_TURNS)]


def looks_of(page, looks=LOOKS):
    """The page that is open, at a desk and on a telephone, by day and by night."""
    for width, scheme in looks:
        viewport = DESK if width == "desk" else PHONE
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(SCHEME) == scheme
        assert page.evaluate("window.innerWidth") == viewport["width"]
        yield f"{width}, {scheme}"


def faults(page, look):
    """What is wrong in this look of a page; its looks are to be gone through in their order.

    Between two of them every rule is asked at each width, and every colour by day and by night.
    The other two can differ from those by the contrast of what one width shows otherwise.
    """
    if look in ("phone, light", "desk, dark"):
        return page.evaluate(FAINT)
    found = violations(page)
    page.evaluate(KEEP)
    return found


def test_the_sign_in_shuts_nobody_out(open_page, site):
    page = open_page()
    page.goto("/sign-in")

    for look in looks_of(page):
        assert page.evaluate(OVERFLOW) == 0, look
        assert faults(page, look) == [], look


@pytest.mark.timeout(120)
@pytest.mark.parametrize("part", range(PARTS))
def test_nobody_is_shut_out_and_nothing_scrolls_sideways(open_page, site, part):
    page = sign_in(open_page(), site)
    page.add_init_script(AXE)
    pages = [*pages_of(site), LADDER_EDITOR]
    assert len(pages) > 10 * PARTS

    for number, path in enumerate(pages[part::PARTS]):
        assert page.goto(path).status == 200, path
        for width in (DESK, PHONE):
            page.set_viewport_size(width)
            assert page.evaluate(OVERFLOW) == 0, (path, width)
        looks = looks_for(number)
        for look in looks_of(page, looks):
            wrong = faults(page, look) if len(looks) > 1 else violations(page)
            assert wrong == [], (path, look)


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
