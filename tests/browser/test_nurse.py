"""A nurse's morning, with the keyboard alone: sign in, worst row, record the refill."""

import re

import pytest

from tests.browser.conftest import PASSWORD, sign_in


def tab_to(page, selector, *, most=150):
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    wanted = page.locator(selector).first
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            assert wanted.evaluate("node => node.matches(':focus-visible')")
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def type_into(page, selector, text):
    tab_to(page, selector)
    page.keyboard.type(text)


@pytest.mark.timeout(120)
def test_the_worst_row_is_refilled_with_the_keyboard_alone(open_page, site):
    page = open_page()
    page.goto("/sign-in")
    type_into(page, "#email", site.nadia)
    type_into(page, "#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/")
    assert page.locator(f"tbody.late >> text=/{site.family_name},/").count() >= 1

    tab_to(page, f"tbody.late a:has-text('{site.family_name},')")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/pumps/\d+$"))
    tab_to(page, "text=Record a refill")
    page.keyboard.press("Enter")
    page.wait_for_url("**/refills/new")

    page.wait_for_selector("#expected_residual_volume_ml:focus")
    type_into(page, "#actual_residual_volume_ml", "1.5")
    type_into(page, "#instilled_volume_ml", "40")
    type_into(page, "#drugs-0-concentration", "2000")
    tab_to(page, "[name=drugs-0-concentration_unit]")
    page.keyboard.type("mcg")
    tab_to(page, "#programme_today")
    page.keyboard.press("Space")
    tab_to(page, "#second")
    page.keyboard.type("Ito")
    page.wait_for_selector("#preview >> text=Discrepancy")
    assert "Nothing is saved yet" in page.locator("#preview").inner_text()
    page.keyboard.press("Enter")  # in the closed list of the last field

    page.wait_for_selector("#reason")  # no printed date, and a residual far from expected
    assert page.input_value("#instilled_volume_ml") == "40"
    type_into(page, "#reason", "no printer in the room")
    page.keyboard.press("Tab")
    tab_to(page, "text=Save the refill")
    page.keyboard.press("Enter")

    page.wait_for_selector("text=The refill is recorded.")
    tab_to(page, ".days .button")  # the next visit is booked before the patient leaves
    page.keyboard.press("Enter")
    page.wait_for_selector("#scheduled_at_on")
    tab_to(page, "text=Book the visit")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The visit is booked.")
    page.goto("/")
    assert page.locator(f"tbody.late >> text=/{site.family_name},/").count() == 0
    assert page.locator(f"tbody.later >> text=/{site.family_name},/").count() >= 1


def test_the_preview_follows_what_is_typed(open_page, site):
    page = sign_in(open_page(), site)
    page.goto(f"/pumps/{site.calm}/programmes/new")
    page.select_option("#mode", "simple")
    page.select_option("[name=dose_mcg_per_day_unit]", "mg/day")
    page.fill("#dose_mcg_per_day", "0.3")
    page.wait_for_selector("#preview >> text=Refill-by")
    first = page.locator("#preview dd").first.inner_text()

    page.fill("#dose_mcg_per_day", "0.6")

    page.wait_for_function(
        "was => document.querySelector('#preview dd').innerText !== was", arg=first
    )


def test_only_the_fields_of_the_chosen_mode_are_shown(open_page, site):
    page = sign_in(open_page(), site)
    page.goto(f"/pumps/{site.calm}/programmes/new")
    assert not page.is_visible("#dose_mcg_per_day")

    page.select_option("#mode", "flex")

    assert page.is_visible("#steps-0-start")
    assert not page.is_visible("#dose_mcg_per_day")


def test_the_skip_link_comes_first_and_leads_to_the_content(open_page, site):
    page = sign_in(open_page(), site)
    page.goto("/outbox")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.timeout(120)
def test_the_first_late_row_is_called_with_the_keyboard_alone(open_page, site):
    page = sign_in(open_page(), site)
    tab_to(page, "tbody.late td p a:has-text('Call')")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/watches/\d+/call$"))
    name = page.inner_text("h1")
    if page.locator("[name=contact_id]").count():
        tab_to(page, "[name=contact_id]:checked")
    else:
        type_into(page, "#called", "Ada")
    tab_to(page, "[name=result]")
    page.keyboard.press("ArrowRight")  # no answer
    assert page.locator("[name=result][value=no_answer]").is_checked()
    tab_to(page, "#next_call_on")
    page.keyboard.type("06062026")  # in whichever order the browser has day and month
    tab_to(page, "text=Record the call")
    page.keyboard.press("Enter")

    page.wait_for_selector("text=The call is recorded. The watch goes on.")
    row = page.locator("tbody.late tr", has_text="call again on 6 Jun 2026").first
    assert row.locator("td a").first.inner_text() in name


@pytest.mark.timeout(120)
def test_a_visit_is_moved_in_the_calendar_with_the_keyboard_alone(open_page, site):
    page = sign_in(open_page(), site)
    page.goto("/calendar")
    tab_to(page, "a[data-visit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#in-hand:focus")
    assert page.locator(".is-today >> text=its hour has passed").count() == 1
    tab_to(page, "[aria-label='Move here: Thursday 4 Jun 2026']")
    page.keyboard.press("Enter")

    page.wait_for_selector("text=The visit is moved.")
