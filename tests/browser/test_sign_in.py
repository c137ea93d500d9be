"""Signing in in a real browser: passkeys from making to use, and a screen that hides itself."""

import re

import pytest
import requests

from tests.browser.conftest import PASSWORD, sign_in
from tests.browser.test_pages import violations

CLOSINGS = """() => {
    window.closings = 0;
    document.getElementById("cover").addEventListener("close", () => { window.closings += 1; });
}"""
CLOSED_OTHERWISE = """() => new Promise((done) => {
    cover.addEventListener("close", () => done(cover.open));
    cover.close();
})"""
AWAY = "localStorage.setItem('used', Date.now() - 6 * 60000)"


def with_a_key(page):
    """Give the browser a device that keeps passkeys and knows its owner."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    made = wire.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return wire, made["authenticatorId"]


def open_menu(page):
    page.click(".account summary")


@pytest.mark.timeout(120)
def test_a_passkey_is_made_and_signs_in_confirms_and_is_taken_away(open_page, site):
    page = open_page()
    wire, key = with_a_key(page)
    page.goto(f"{site.public_url}/sign-in?next=/patients")
    page.fill("#email", site.nadia)
    page.fill("#password", PASSWORD)
    page.click("text='Sign in' >> nth=-1")
    page.wait_for_url(f"{site.public_url}/patients")

    page.goto(f"{site.public_url}/account/passkeys/new")
    assert violations(page) == []
    page.fill("#name", "my desk")
    page.click("text=Make the passkey")
    page.wait_for_selector("text=Your recovery codes")
    assert page.locator(".codes li").count() == 10
    assert violations(page) == []
    page.click("text=I have kept them")
    page.wait_for_selector("text=my desk")
    page.wait_for_selector("#changes ~ ul >> text=A passkey was added.")
    assert violations(page) == []
    open_menu(page)
    page.click("text=Sign out >> visible=true")
    page.wait_for_url(f"{site.public_url}/sign-in")

    page.goto(f"{site.public_url}/sign-in?next=/patients")
    with page.expect_request("**/sign-in/passkey") as sent:
        page.click("text=Sign in with a passkey")
    page.wait_for_url(f"{site.public_url}/patients")
    assert sent_again(sent.value).status_code == 422
    open_menu(page)
    page.click("text=Hide the screen")
    page.wait_for_selector("h1 >> text=The screen is hidden")
    assert violations(page) == []
    page.click("text=Use a passkey")
    page.wait_for_url(f"{site.public_url}/patients")

    # a covered page is uncovered by it without being left
    page.goto(f"{site.public_url}/patients/new")
    page.fill("#family_name", "Half typed")
    page.evaluate(AWAY)
    page.wait_for_selector("#cover[open]")
    page.click("#cover >> text=Use a passkey")
    page.wait_for_selector("#cover:not([open])", state="attached")
    assert page.input_value("#family_name") == "Half typed"

    # the password alone is half a sign-in now
    open_menu(page)
    page.click("text=Switch user")
    page.wait_for_url(re.compile("/sign-in"))
    page.fill("#email", site.nadia)
    page.fill("#password", PASSWORD)
    page.click("main form button >> nth=0")
    page.wait_for_selector("h1 >> text=One more step")
    assert violations(page) == []
    page.click("text=Go on with a passkey")
    page.wait_for_url(f"{site.public_url}/patients/new")
    page.goto(f"{site.public_url}/account")
    page.click("[aria-label='Remove the passkey my desk']")
    page.wait_for_selector("text=opens nothing here any more")

    assert len(wire.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"])
    open_menu(page)
    page.click("text=Sign out >> visible=true")
    page.wait_for_url(f"{site.public_url}/sign-in")
    page.click("text=Sign in with a passkey")
    page.wait_for_selector("text=This passkey is not known here")


@pytest.mark.timeout(60)
def test_a_page_that_nobody_uses_hides_itself_and_keeps_what_was_typed(open_page, site):
    page = sign_in(open_page(), site)
    page.goto("/patients/new")
    page.fill("#family_name", "Half typed")

    page.evaluate(AWAY)
    page.wait_for_selector("#cover[open]")
    assert violations(page) == []
    page.evaluate(CLOSINGS)
    for _ in range(4):  # no press of it closes the cover, not until it opens again either
        page.keyboard.press("Escape")
        assert page.locator("#cover").get_attribute("open") is not None
    assert page.evaluate("closings") == 0
    assert page.evaluate(CLOSED_OTHERWISE) is True  # as the back gesture of a telephone may
    other = page.context.new_page()
    other.goto("/")
    assert other.locator("h1").inner_text() == "The screen is hidden"
    other.close()

    page.fill("#cover-proof", "a guess")
    page.keyboard.press("Enter")
    page.wait_for_selector("#cover-said >> text=That was not it")
    page.fill("#cover-proof", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#cover:not([open])", state="attached")

    assert page.input_value("#family_name") == "Half typed"


@pytest.mark.timeout(60)
def test_what_was_typed_outlives_a_session_that_ended_behind_the_cover(open_page, site):
    page = sign_in(open_page(), site)
    page.goto("/patients/new")
    page.fill("#family_name", "Typed before")
    session = next(one for one in page.context.cookies() if one["name"] == "session")
    end_all(site)

    page.evaluate(AWAY)
    page.wait_for_selector("text=what you typed is kept")
    assert session["httpOnly"]
    page.fill("#email", site.nadia)
    page.fill("#password", PASSWORD)
    page.click("main form button >> nth=0")
    page.wait_for_selector("text=What you typed is still here")
    page.click("button >> text=Send it now")

    page.wait_for_selector(".summary")
    assert page.input_value("#family_name") == "Typed before"


@pytest.mark.timeout(60)
def test_signing_out_takes_what_was_shown_out_of_every_other_tab(open_page, site):
    page = sign_in(open_page(), site)
    other = page.context.new_page()
    other.goto("/patients")
    page.bring_to_front()

    open_menu(page)
    page.click("text=Sign out >> visible=true")
    page.wait_for_url("**/sign-in")

    other.wait_for_url("**/sign-in?next=/patients", timeout=10_000)


def sent_again(request):
    """What a thief of the answer gets for it, with the cookie that went with it."""
    kept = {"cookie", "content-type", "user-agent"}
    headers = {name: text for name, text in request.all_headers().items() if name in kept}
    return requests.post(
        request.url, data=request.post_data, headers=headers, allow_redirects=False, timeout=10
    )


def end_all(site):
    import sqlalchemy as sa

    from tracker.models import SignIn

    with site.app.extensions["tracker"].sessions.begin() as session:
        session.execute(sa.update(SignIn).values(ended_at=SignIn.created_at))
