"""The hospital with a sign-in of its own, and a desk from which somebody comes in by it."""

import pytest

from config import load
from tests.openid.provider import CLIENT, SECRET, provider
from tests.web.conftest import NOW
from tracker.app import create_app

# Where the database has no part in what is shown, one of them is enough.
on_one = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def house():
    with provider(int(NOW.timestamp())) as found:
        yield found


@pytest.fixture
def set_up(database_url, tmp_path, house):
    """Makes the application with these settings more."""
    made = []

    def make(**more: str):
        environ = {
            "DATABASE_URL": database_url,
            "SECRET_KEY": "for tests",
            "PASSWORD_COST": "1",
            "PUBLIC_URL": "http://localhost",
            "OIDC_ISSUER": house.issuer,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
            **more,
        }
        app = create_app(load(environ, instance=tmp_path / "instance"))
        app.testing = True
        made.append(app)
        return app.test_client()

    yield make
    for app in made:
        app.extensions["tracker"].engine.dispose()


@pytest.fixture
def desk(set_up):
    return set_up()


@pytest.fixture
def nadia(house, here):
    """The hospital means her."""
    house.claims = {"email": here.nadia.email}
    return here.nadia


def come_in(desk, house, *, wanted="", **answer):
    """There and back; the last answer."""
    there = desk.get("/sign-in/hospital", query_string={"next": wanted} if wanted else {})
    assert there.status_code == 302, there.text
    return desk.get(house.agree(there.location, **answer))


def is_in(desk) -> bool:
    return desk.get("/patients").status_code == 200


def knocks(desk) -> str:
    """The cookie by which the browser is known."""
    found = desk.get_cookie("session")
    return found.value if found else ""
