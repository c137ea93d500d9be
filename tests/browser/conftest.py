"""A real browser on a real server, on a small clinic of a fixed day."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from config import load
from tests.browser.clinic import NOW, fill
from tests.serving import serving
from tests.web.conftest import PASSWORD
from tracker.app import create_app

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "these tests need chromium; scripts/system-deps installs it"
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory):
    """A served clinic: a late pump, a calm one, a stopped one, one that can't be computed."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(sqlite_template, folder / "tracker.db")
    url = f"sqlite:///{folder / 'tracker.db'}"
    numbers = fill(url)
    environ = {"DATABASE_URL": url, "SECRET_KEY": "for tests", "PASSWORD_COST": "1"}
    app = create_app(load(environ, instance=folder / "instance"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tracker.web.request.utc_now", lambda: NOW)
        with serving(app) as server:
            # a passkey belongs to a name, so the people of this site call it by one
            app.config["PUBLIC_URL"] = f"http://localhost:{server.effective_port}"
            yield SimpleNamespace(
                url=f"http://127.0.0.1:{server.effective_port}",
                public_url=app.config["PUBLIC_URL"],
                app=app,
                **numbers,
            )
        app.extensions["tracker"].engine.dispose()


@pytest.fixture
def open_page(browser: Browser, site):
    """Opens pages of which any error on the console fails the test."""
    contexts, errors = [], []

    def open_one(*, viewport=DESK, scheme="light", script=True) -> Page:
        context = browser.new_context(
            viewport=viewport,
            color_scheme=scheme,
            java_script_enabled=script,
            base_url=site.url,
            locale="en-GB",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: errors.append(said.text) if _is_bad(said) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


def _is_bad(said) -> bool:
    # a refused form is answered with 422, one that needs a proof first with 401, which the
    # browser notes as failed loads
    return said.type in ("error", "warning") and not any(
        code in said.text for code in ("422", "401")
    )


def sign_in(page: Page, site) -> Page:
    page.goto("/sign-in")
    page.fill("#email", site.nadia)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/")
    return page
