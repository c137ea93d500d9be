"""The hospital's sign-in end to end: a real OpenID provider, a real browser, and our pages."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from config import load
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import OVERFLOW, violations
from tests.builders import a_staff_member
from tests.parts.running import free_ports, running, until
from tests.riverside import riverside
from tests.serving import serving
from tests.web.conftest import HASH, PASSWORD
from tracker.app import create_app
from tracker.clock import utc_now
from tracker.db import make_engine, make_sessions
from tracker.models import Staff, StaffSubject

pytestmark = pytest.mark.timeout(120)
PROGRAM = Path(__file__).parents[1] / "parts/hospital.mjs"
LIBRARY = Path(__file__).parents[2] / ".venv/parts/node_modules/oidc-provider/lib/index.js"


@pytest.fixture(scope="module")
def hospital(sqlite_template: Path, tmp_path_factory):
    """A provider, and our pages set up for it."""
    assert LIBRARY.exists(), "these tests need tests/parts; scripts/system-deps installs them"
    folder = tmp_path_factory.mktemp("hospital")
    shutil.copy(sqlite_template, folder / "tracker.db")
    theirs, ours = free_ports(2)
    url = f"http://127.0.0.1:{ours}"
    command = ["node", PROGRAM, LIBRARY, str(theirs), f"{url}/sign-in/hospital/back"]
    with running(command, folder / "log", cwd=folder) as told:
        until(lambda: "listening" in told(), told=told)
        app, sessions = _app(folder, url, theirs)
        with serving(app, port=ours):
            yield SimpleNamespace(
                url=url, issuer=f"http://127.0.0.1:{theirs}", sessions=sessions
            )
        app.extensions["tracker"].engine.dispose()
        sessions.kw["bind"].dispose()


def _app(folder: Path, url: str, theirs: int):
    """The real time is taken: the provider's tokens are of it."""
    database = f"sqlite:///{folder / 'tracker.db'}"
    sessions = make_sessions(make_engine(database))
    with sessions.begin() as session:
        here = riverside(session)
        here.nadia.email, here.nadia.password_hash = "nadia@hospital.example", HASH
        here.sam.email, here.sam.left_at = "sam@hospital.example", utc_now()
        a_staff_member(session, "Nowhere").email = "nowhere@hospital.example"
    environ = {
        "DATABASE_URL": database,
        "SECRET_KEY": "for tests",
        "PASSWORD_COST": "1",
        "PUBLIC_URL": url,
        "OIDC_ISSUER": f"http://127.0.0.1:{theirs}",
        "OIDC_CLIENT_ID": "pump-watch",
        "OIDC_CLIENT_SECRET": "hushhush-hushhush-hushhush",
        "OIDC_LABEL": "Riverside Hospital",
    }
    return create_app(load(environ, instance=folder / "instance")), sessions


@pytest.fixture
def page(browser, hospital):
    context = browser.new_context(viewport=DESK, base_url=hospital.url, locale="en-GB")
    found = context.new_page()
    found.set_default_timeout(20_000)
    yield found
    context.close()


def through_the_hospital(page: Page, email: str, start: str = "/sign-in") -> None:
    """Press our button, and sign in over there."""
    page.goto(start)
    page.click("text=Sign in with Riverside Hospital")
    over_there(page, email)


def over_there(page: Page, email: str, *, is_new: bool = True) -> None:
    page.fill("[name=login]", email)
    page.fill("[name=password]", "anything")
    page.click("button[type=submit]")
    if is_new:
        page.click("button[type=submit]")  # it asks whether we may know the address


def staff_known(hospital) -> list[tuple[str, str, str]]:
    query = sa.select(Staff.email, StaffSubject.issuer, StaffSubject.subject).join_from(
        StaffSubject, Staff
    )
    with hospital.sessions() as session:
        return [tuple(row) for row in session.execute(query.order_by(Staff.email))]


def test_somebody_comes_in_by_the_hospital_and_is_known_for_good(page, hospital):
    links: list[str] = []
    page.on("request", lambda one: links.append(one.url) if "/back?" in one.url else None)
    through_the_hospital(page, "nadia@hospital.example", "/patients")

    page.wait_for_url(f"{hospital.url}/patients")
    expect(page.locator(".account .who")).to_have_text("Nadia Nurse")
    assert staff_known(hospital) == [("nadia@hospital.example", hospital.issuer, "nadia")]

    page.goto(links[0])  # the same link again
    expect(page.locator("h1")).to_have_text("This sign-in is over")
    page.goto("/patients")  # and it took nothing away
    expect(page.locator(".account .who")).to_have_text("Nadia Nurse")

    page.click(".account summary")
    page.click("text=Sign out")
    page.click("text=Sign in with Riverside Hospital")
    page.wait_for_selector("[name=password]")  # who comes next to this desk is asked anew
    over_there(page, "nadia@hospital.example", is_new=False)
    page.wait_for_url(f"{hospital.url}/")
    assert len(staff_known(hospital)) == 1


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("sam@hospital.example", "closed, or belongs to no clinic"),
        ("nowhere@hospital.example", "closed, or belongs to no clinic"),
        ("unchecked@hospital.example", "has been checked"),
        ("stranger@hospital.example", "Nobody here has the address stranger@hospital.example"),
    ],
)
def test_whom_we_do_not_let_in_is_told_so_plainly(page, hospital, email, said):
    before = staff_known(hospital)
    through_the_hospital(page, email)

    expect(page.locator("h1")).to_have_text("You can't come in here")
    expect(page.locator("main")).to_contain_text(said)
    assert page.goto("/patients").url.startswith(f"{hospital.url}/sign-in")
    assert staff_known(hospital) == before


def test_who_turns_back_over_there_is_told_so(page, hospital):
    page.goto("/sign-in")
    page.click("text=Sign in with Riverside Hospital")
    page.click("text=Cancel")

    expect(page.locator("main")).to_contain_text("was broken off")


def test_the_password_still_opens(page, hospital):
    page.goto("/sign-in")
    page.fill("#email", "nadia@hospital.example")
    page.fill("#password", PASSWORD)
    page.click("main button")

    page.wait_for_url(f"{hospital.url}/")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_its_pages(browser, hospital, viewport, scheme):
    context = browser.new_context(viewport=viewport, color_scheme=scheme, base_url=hospital.url)
    page = context.new_page()
    for path in ("/sign-in", "/sign-in/hospital/back"):
        page.goto(path)
        assert page.evaluate(OVERFLOW) == 0, path
        assert violations(page) == [], path
    context.close()
