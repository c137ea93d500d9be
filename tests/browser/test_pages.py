"""Every page in a real browser: readable by all, whole on a phone, strict as HTML."""

import pytest
import tinyhtml5
from axe_playwright_python.sync_playwright import Axe

from tests.browser.clinic import NOW
from tests.browser.conftest import DESK, PHONE, sign_in
from tests.browser.pages import LADDER_EDITOR, pages_of
from tests.depth import EVERY_CASE
from tests.riverside import DAY

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SEEN = f"""() => [
    window.innerWidth,
    matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
    {OVERFLOW}]"""
LARGEST = 30_000  # bytes of a page

# Asked for what is wrong alone: what axe found right takes longer to tell than to find.
AXE = Axe().axe_script
WRONG = """rules => 'axe' in window
    && axe.run(document, {resultTypes: ['violations'], rules}).then(
        found => found.violations.map(
            one => [one.id, one.nodes.map(node => node.html.slice(0, 200))]))"""
BUT_CONTRAST = {"color-contrast": {"enabled": False}}
# The contrast of a text hangs on its colour and its size, and on all the papers it lies on.
# Of the texts in sight only those are asked whose like was not found readable before.
FAINT = """readable => {
    const known = new Set(readable), papers = new Map([[null, '']]);
    const own = style => [style.backgroundColor, style.backgroundImage, style.opacity,
        ['static', 'relative'].includes(style.position) ? '' : style.position].join();
    const clear = 'rgba(0, 0, 0, 0),none,1,';
    const under = one => {
        if (!papers.has(one)) {
            const paper = own(getComputedStyle(one));
            papers.set(one, under(one.parentElement) + (paper === clear ? '' : paper + ';'));
        }
        return papers.get(one);
    };
    const like = one => {
        const style = getComputedStyle(one), size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        return [style.color, isLarge, under(one)].join();
    };
    const isText = node => node.nodeType === Node.TEXT_NODE && node.data.trim();
    const strange = [...document.body.querySelectorAll('*')].filter(one =>
        (one.matches('input, select, textarea') || [...one.childNodes].some(isText))
        && one.checkVisibility() && !known.has(like(one)));
    return strange.length ? axe.run({include: strange}, {
        runOnly: ['color-contrast'], elementRef: true, selectors: false,
        resultTypes: ['violations', 'passes'],
    }).then(found => [
        found.violations.flatMap(one => one.nodes.map(node => node.html.slice(0, 200))),
        found.passes.flatMap(one => one.nodes.map(node => like(node.element))),
    ]) : [[], []];
}"""
PARTS = 4  # of the list of pages, so that whoever runs the tests in parallel shares it


def violations(page, rules=None):
    found = page.evaluate(WRONG, rules or {})
    if found is False:
        page.evaluate(AXE)
        found = page.evaluate(WRONG, rules or {})
    return found


LOOKS = (("desk", "light"), ("phone", "light"), ("phone", "dark"), ("desk", "dark"))
IN_FULL = {("desk", "light"), ("phone", "dark")}  # each width, by day or by night
# `make bench` sees each page in each look, and asks each text of it. Here the pages share the
# looks out: of eight one is seen in all four, the others at a desk by day or on a telephone by
# night. Colours and widths are set once for all pages, in one style sheet.
DESK_OR_PHONE = (LOOKS[:1], (("phone", "dark"),))
IN_ALL = 8


def looks_for(number):
    """Those in which the page of this number is seen."""
    if EVERY_CASE or number % IN_ALL == 0:
        return LOOKS
    return DESK_OR_PHONE[number % len(DESK_OR_PHONE)]


class Eyes:
    """Looks at the page that is open; each look takes up only what the last one had not."""

    def __init__(self, page):
        self.page, self.width, self.scheme = page, "desk", "light"

    def take_up(self, width, scheme):
        """See the page in this look, and that it scrolls not sideways."""
        viewport = DESK if width == "desk" else PHONE
        if width != self.width:
            self.page.set_viewport_size(viewport)
        if scheme != self.scheme:
            self.page.emulate_media(color_scheme=scheme)
        self.width, self.scheme = width, scheme
        assert self.page.evaluate(SEEN) == [viewport["width"], scheme, 0], self.page.url

    def looks(self, looks=LOOKS):
        """Each of these; if all are at one width, the other width first, for what scrolls."""
        widths = {width for width, _ in looks}
        for width in {"desk", "phone"} - widths:
            self.take_up(width, self.scheme)
        for look in looks:
            self.take_up(*look)
            yield look


def faults(page, look, readable):
    """What is wrong in this look of a page: every colour, and in two of the looks every rule.

    `readable` are the likes of texts that axe has found so, and learns of more.
    """
    wrong = violations(page, BUT_CONTRAST) if look in IN_FULL else []
    faint, fit = page.evaluate(FAINT, sorted(readable))
    readable.update(fit)
    return wrong + faint


def test_the_sign_in_shuts_nobody_out(open_page, site):
    page, readable = open_page(), set()
    page.goto("/sign-in")
    page.evaluate(AXE)

    for look in Eyes(page).looks():
        assert faults(page, look, readable) == [], look


@pytest.mark.timeout(120)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_strict_and_small_shuts_nobody_out_and_scrolls_not_sideways(
    open_page, site, part
):
    page, readable = sign_in(open_page(), site), set()
    page.add_init_script(AXE)
    eyes, pages = Eyes(page), [*pages_of(site), LADDER_EDITOR]
    assert len(pages) > 10 * PARTS

    for number, path in enumerate(pages[part::PARTS]):
        answer = page.goto(path)
        assert answer.status == 200, path
        is_strict(answer.body(), path, most=None if path == LADDER_EDITOR else LARGEST)
        for look in eyes.looks(looks_for(number)):
            known = set() if EVERY_CASE else readable
            assert faults(page, look, known) == [], (path, look)


def is_strict(body, path, *, most):
    """Whether the page is HTML without a fault, small, and with nothing inline."""
    parser = tinyhtml5.parser.HTMLParser(namespace_html_elements=False)
    parser.parse(body.decode())
    assert parser.errors == [], path
    is_small_and_plain(body, path, most=most)


def is_small_and_plain(body, path, *, most=None):
    assert most is None or len(body) < most, path
    assert b"style=" not in body, path
    assert b"<script>" not in body, path


def test_the_rows_of_the_board_alone_are_small_too(open_page, site):
    answer = sign_in(open_page(), site).request.get("/board/rows")

    assert answer.status == 200
    is_small_and_plain(answer.body(), "/board/rows", most=LARGEST)


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
