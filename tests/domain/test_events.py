"""What each event asks for, by the whole set of records and in whatever order they came."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from tracker.domain.events import (
    EventKind,
    Happened,
    MotorReading,
    MotorState,
    NotAnEvent,
    assessment_asked,
    check_begun,
    check_end,
    check_event,
    flow_decision_asked,
    interrogation_asked,
)

SCAN = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MRI = Happened(EventKind.MRI, SCAN)


def read(hours: int, motor: MotorState | None) -> MotorReading:
    return MotorReading(SCAN + hours * HOUR, motor)


@pytest.mark.parametrize(
    ("readings", "asks"),
    [
        pytest.param([], True, id="nobody has interrogated"),
        pytest.param([read(-1, MotorState.RUNNING)], True, id="only before the scan"),
        pytest.param([read(1, None)], True, id="after it, saying nothing of the motor"),
        pytest.param([read(1, MotorState.NOT_LOGGED)], True, id="not logged yet"),
        pytest.param([read(1, MotorState.RUNNING)], False, id="running again"),
        pytest.param([read(0, MotorState.RUNNING)], True, id="in the minute of the scan"),
        pytest.param(
            [read(1, MotorState.NOT_LOGGED), read(3, MotorState.RUNNING)],
            False,
            id="running at the second look",
        ),
    ],
)
def test_hazard_h24_a_scan_asks_until_an_interrogation_after_it_shows_the_motor_running(
    readings, asks
):
    for order in permutations(readings):
        assert (interrogation_asked([MRI], order) is not None) == asks


def test_what_the_last_interrogation_said_is_told_with_it():
    asked = interrogation_asked([MRI], [read(1, MotorState.NOT_LOGGED)])

    assert asked is not None
    assert asked.at == SCAN
    assert "interrogate again" in asked.reasons[1]


def test_a_scan_to_come_asks_by_its_hour_and_an_older_open_one_comes_first():
    later = Happened(EventKind.MRI, SCAN + 48 * HOUR)

    assert interrogation_asked([later, MRI], []).at == SCAN
    assert interrogation_asked([later, MRI], [read(2, MotorState.RUNNING)]).at == later.at


def test_hazard_h24_a_suspected_pocket_fill_asks_until_a_clinician_has_assessed_it():
    suspected = Happened(EventKind.POCKET_FILL, SCAN)
    assessed = Happened(EventKind.POCKET_FILL, SCAN, SCAN + HOUR)

    assert assessment_asked([suspected]).at == SCAN
    assert assessment_asked([assessed]) is None
    assert assessment_asked([assessed, suspected]).at == SCAN


@pytest.mark.parametrize(
    ("kind", "goes_on"), [(EventKind.FEVER, True), (EventKind.FLIGHT, False)]
)
def test_a_raised_flow_asks_for_a_decision_and_a_fill_settles_a_flight_alone(kind, goes_on):
    raised = Happened(kind, SCAN)

    asked = flow_decision_asked([raised], [SCAN - HOUR])
    assert asked is not None
    assert "not known" in asked.reasons[0]
    assert (flow_decision_asked([raised], [SCAN + HOUR]) is not None) is goes_on
    assert flow_decision_asked([Happened(kind, SCAN, SCAN + HOUR)], []) is None


@pytest.mark.parametrize("kind", EventKind)
def test_only_a_scan_or_a_flight_may_lie_ahead_and_no_farther_than_a_year(kind):
    facts = {"ended_at": None, "place": "St Mary's", "now": SCAN}
    check_event(kind, at=SCAN, **facts)

    planned = kind in (EventKind.MRI, EventKind.FLIGHT)
    if planned:
        check_event(kind, at=SCAN + timedelta(days=366), **facts)
    with pytest.raises(NotAnEvent) as refused:
        check_event(
            kind, at=SCAN + (timedelta(days=366) if planned else 0 * HOUR) + HOUR, **facts
        )
    assert refused.value.field == "started_at"


@pytest.mark.parametrize("kind", EventKind)
def test_nothing_happens_to_a_pump_before_it_is_implanted_but_an_admission(kind):
    facts = {"born_on": date(1970, 3, 14), "implanted_on": date(2024, 1, 15)}
    check_begun(kind, date(2024, 1, 15), **facts)

    earlier = date(1970, 3, 13) if kind is EventKind.ADMISSION else date(2024, 1, 14)
    with pytest.raises(NotAnEvent) as refused:
        check_begun(kind, earlier, **facts)
    assert refused.value.field == "started_at"


@pytest.mark.parametrize("ended_at", [SCAN - HOUR, SCAN + 2 * HOUR])
def test_nothing_ends_before_it_began_or_in_the_future(ended_at):
    with pytest.raises(NotAnEvent):
        check_end(EventKind.FEVER, at=SCAN, ended_at=ended_at, now=SCAN + HOUR)


def test_about_a_flight_to_come_a_clinician_decides_before_it():
    check_end(EventKind.FLIGHT, at=SCAN, ended_at=SCAN - HOUR, now=SCAN - HOUR)
    with pytest.raises(NotAnEvent):
        check_end(EventKind.FLIGHT, at=SCAN, ended_at=SCAN, now=SCAN - HOUR)


def test_an_admission_says_where():
    with pytest.raises(NotAnEvent) as refused:
        check_event(EventKind.ADMISSION, at=SCAN, ended_at=None, place=" ", now=SCAN)
    assert refused.value.field == "place"
