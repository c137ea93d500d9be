"""The one button of a row: for each kind of watch, by its state and by who reads it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.danger import WatchKind
from tracker.models import Role
from tracker.web.next_actions import NEXT, Moment, next_action
from tracker.web.rights import ROLES_OF

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
AT = Moment(NOW, ZoneInfo("Europe/London"))
TODAY = NOW.date()


def a_row(kind=WatchKind.REFILL, *, danger=30, visit=None, confirmed=False, call=None, **more):
    visit_at = None if visit is None else NOW + visit * DAY
    danger_at = None if danger is None else NOW + danger * DAY
    return SimpleNamespace(
        kind=kind,
        danger_at=danger_at,
        visit_at=visit_at,
        is_visit_late=visit_at is not None and danger_at is not None and visit_at > danger_at,
        confirmed_at=NOW if confirmed else None,
        next_call_on=None if call is None else TODAY + call * DAY,
        surgery_at=more.pop("surgery_at", None),
        **{"pump_id": 1, "watch_id": 2, "alarm_id": 3, **more},
    )


def said(row, role=Role.NURSE):
    return next_action(row, role, AT).words


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param(a_row(), "Book", id="weeks away, no visit"),
        pytest.param(a_row(danger=7), "Call", id="a week away, no visit"),
        pytest.param(a_row(danger=-400), "Call", id="late for a year"),
        pytest.param(a_row(danger=-1, call=3), "Call", id="late, and the next call is later"),
        pytest.param(a_row(call=0), "Call again", id="to be called again today"),
        pytest.param(a_row(call=-5), "Call again", id="was to be called again days ago"),
        pytest.param(a_row(visit=5), "Confirm", id="booked"),
        pytest.param(a_row(danger=6, visit=5), "Confirm", id="near, and booked before it"),
        pytest.param(a_row(danger=6, visit=9), "Call", id="near, and booked after it"),
        pytest.param(a_row(visit=5, confirmed=True), "See the visit", id="confirmed"),
        pytest.param(a_row(visit=0.2, confirmed=True), "Refill", id="comes today"),
        pytest.param(a_row(visit=-0.1), "Refill", id="came this morning"),
        pytest.param(a_row(visit=-1), "What became of it?", id="was to come yesterday"),
        pytest.param(a_row(WatchKind.BATTERY), "Order the pump", id="battery"),
        pytest.param(
            a_row(WatchKind.BATTERY, surgery_at=NOW),
            "See the surgery",
            id="battery, with a date",
        ),
        pytest.param(a_row(WatchKind.VISIT, visit=4), "Confirm", id="a visit ahead"),
        pytest.param(
            a_row(WatchKind.VISIT, danger=-2, visit=4),
            "Confirm",
            id="a visit ahead, after refill-by",
        ),
        pytest.param(
            a_row(WatchKind.VISIT, visit=4, confirmed=True),
            "See the visit",
            id="a confirmed visit ahead",
        ),
        pytest.param(
            a_row(WatchKind.VISIT, visit=-1), "What became of it?", id="a visit that is over"
        ),
        pytest.param(
            a_row(WatchKind.VISIT), "What became of it?", id="a visit that did not hold"
        ),
        pytest.param(a_row(WatchKind.MISMATCH), "Interrogate", id="dates differ"),
        pytest.param(a_row(WatchKind.ALARM), "Answer the alarm", id="alarm"),
        pytest.param(a_row(WatchKind.ALARM, alarm_id=None), "Open", id="alarm without its row"),
        pytest.param(a_row(WatchKind.TRANSFER), "See the handover", id="handover"),
        pytest.param(a_row(WatchKind.MISMATCH, pump_id=None), "Open", id="without a pump"),
    ],
)
def test_the_button_follows_kind_and_state(row, words):
    assert said(row) == words


def test_who_may_only_read_is_offered_to_open_the_watch():
    rows = (a_row(kind) for kind in WatchKind)
    assert {said(row, Role.VIEWER) for row in rows} == {"Open"}


def test_every_kind_has_its_row_and_every_button_a_page():
    pages = {one.endpoint for actions in NEXT.values() for one in actions}

    assert set(NEXT) == set(WatchKind)
    assert pages <= ROLES_OF.keys()
