"""SIGKILL at each boundary of a call: it is made at least once, always with the same id."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests import http_sink
from tests.faults.ward import killed, start
from tests.hooks import an_agreed_webhook
from tests.riverside import Riverside, riverside
from tests.scenes import Scene
from tracker.domain.webhook import EventState
from tracker.jobs import call_webhooks
from tracker.models import WebhookEvent
from tracker.outward.places import Reach
from tracker.services.webhook_calls import LEASE

CLAIMED, SETTLED = 2, 3  # the second and third that a run commits, after it has cleaned up


@pytest.fixture
def begins_with() -> Scene:
    return riverside


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("kill_at", "commit", "calls"),
    [
        pytest.param("after_commit", CLAIMED, 1, id="claimed and not called"),
        pytest.param("before_commit", SETTLED, 2, id="called and not written down"),
    ],
)
def test_a_call_that_a_kill_cut_short_is_made_again_with_the_same_id(
    database_url: str,
    sessions: sessionmaker[Session],
    session: Session,
    standing: Riverside,
    now: datetime,
    kill_at: str,
    commit: int,
    calls: int,
) -> None:
    here = standing
    with http_sink.listening() as sink:
        webhook = an_agreed_webhook(
            session, here.clinic, name="b", address="https://b.example/", by=here.ito, now=now
        )
        webhook.address = f"{sink.url}/hook"
        session.commit()

        child = start(database_url, sink, "webhooks", kill_at=kill_at, count=commit, now=now)
        assert killed(child)
        call_webhooks(sessions, reach=Reach.ANYWHERE, timeout=5, now=now + LEASE)

        assert [path for _, path, _ in sink.asked] == ["/hook"] * calls
        assert len({headers["webhook-id"] for headers, _ in sink.raw}) == 1
    assert session.scalars(sa.select(WebhookEvent.state)).all() == [EventState.DELIVERED]
