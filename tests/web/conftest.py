"""The web's cast at a fixed moment, signed in by the front door.

Nadia (nurse) and Vera (viewer) work at Riverside, Sam at Lakeview.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session

from tests.builders import a_staff_member
from tests.riverside import pump_of, refilled, riverside
from tests.scenes import Scene
from tracker.models import Heartbeat, How, Pump, Role, Staff
from tracker.services import sessions
from tracker.services.clinics import add_member

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
PASSWORD = "correct horse"
# A hash says itself how much memory it takes: here little, for the hundreds who sign in.
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture(autouse=True)
def _at_the_moment(monkeypatch):
    """The pages take this moment for the present."""
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: NOW)


def filled_pump(session: Session) -> SimpleNamespace:
    """Riverside with a pump that was filled on 2 March, and Lakeview with nothing."""
    place = riverside(session)
    vera = a_staff_member(session, "Vera Viewer")
    add_member(session, place.clinic, vera, role=Role.VIEWER)
    for who in (place.nadia, place.sam, vera):
        who.password_hash = HASH
    pump = pump_of(session, place)
    refill = refilled(session, pump, place)
    session.add(Heartbeat(ticked_at=NOW, host="test", breaches=[], faults=[]))
    session.flush()
    return SimpleNamespace(
        clinic=place.clinic,
        nadia=place.nadia,
        sam=place.sam,
        vera=vera,
        ito=place.ito,
        place=place,
        pump=pump,
        patient=pump.patient,
        refill=refill,
    )


@pytest.fixture
def begins_with() -> Scene:
    """Each test of a page begins with it: see `scenes`."""
    return filled_pump


@pytest.fixture
def here(standing: SimpleNamespace) -> SimpleNamespace:
    return standing


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **more: str):
    token = csrf_token(client.get("/sign-in").text)
    form = {"email": email, "password": password, "csrf_token": token, **more}
    return client.post("/sign-in", data=form)


def csrf_token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "the page has no form"
    return found[1]


def token_of(client: FlaskClient) -> str:
    """The token that any page would have in its forms; none is made for it.

    That pages have it, and that nothing is saved without, is told by those who read it there.
    """
    with client.session_transaction() as cookie:
        raw = cookie.setdefault("csrf_token", "of no page")
    key = client.application.secret_key
    assert isinstance(key, str)
    return URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw)


def post(client: FlaskClient, path: str, **fields: object):
    """Post a form with the token of the session, as the page would."""
    token = token_of(client)
    typed = {name: str(value) for name, value in fields.items()}
    return client.post(path, data={"csrf_token": token, **typed})


def search(client: FlaskClient, path: str, **fields: object):
    """What a posted search leads to."""
    return client.get(post(client, path, **fields).location)


def rows(session: Session, asked):
    """What is in the database now; the reader lets go at once, so that a page can write."""
    found = session.scalars(asked.execution_options(populate_existing=True)).all()
    session.commit()
    return found


def version_of(session: Session, here) -> int:
    """The pump's version as it is in the database now."""
    return rows(session, sa.select(Pump.version).where(Pump.id == here.pump.id))[0]


def let_in(client: FlaskClient, session: Session, staff: Staff) -> FlaskClient:
    """This browser as it is after signing in: a session's row, and the cookie that opens it.

    What the sign-in page does with a password is told in `test_sign_in.py`, by the page.
    """
    _, token = sessions.begin(session, staff, how=How.PASSWORD, now=NOW)
    session.commit()
    with client.application.test_request_context(environ_base=client.environ_base):
        browser = client.application.login_manager._session_identifier_generator()
    with client.session_transaction() as cookie:
        cookie.update(_user_id=token, _fresh=True, _id=browser)
        cookie.permanent = True
    return client


@pytest.fixture
def as_nadia(client: FlaskClient, session: Session, here) -> FlaskClient:
    return let_in(client, session, here.nadia)


@pytest.fixture
def as_vera(client: FlaskClient, session: Session, here) -> FlaskClient:
    return let_in(client, session, here.vera)


@pytest.fixture
def as_sam(client: FlaskClient, session: Session, here) -> FlaskClient:
    return let_in(client, session, here.sam)


@pytest.fixture
def paths(here) -> Callable[[str], str]:
    """A path with the numbers of this test's rows put in."""

    def fill(path: str) -> str:
        return path.format(pump=here.pump.id, patient=here.patient.id, refill=here.refill.id)

    return fill
