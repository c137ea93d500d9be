"""A clinic's own value: foreseen, agreed by a second person, and then read by every date."""

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.riverside import FILLED_AT, Bedside, filled_pump, open_watch, pump_of, refilled
from tests.scenes import Scene
from tracker.domain.danger import WatchKind
from tracker.domain.own_values import NotAValue
from tracker.domain.proposal import Outcome
from tracker.models import OwnValue, Role
from tracker.services.clinics import add_member
from tracker.services.date_previews import foresee
from tracker.services.own_values import as_values, of_value
from tracker.services.proposals import agree, change

NOW = FILLED_AT + timedelta(days=10)
PUMP, DRUG = "pump:synchromed_ii_40", "drug:baclofen"


@pytest.fixture
def begins_with() -> Scene:
    return filled_pump


@pytest.fixture
def leaders(session, standing: Bedside):
    people = [a_staff_member(session, f"Cleo {name}") for name in ("One", "Two")]
    for one in people:
        add_member(session, standing.here.clinic, one, role=Role.COORDINATOR)
    return people


def set_value(session, here, subject, name, value, *, by):
    part = f"{subject}:{name}"
    after = as_values(part, None if value is None else Decimal(value), "our bench, page 3")
    about = of_value(subject, name)
    return change(session, here.clinic, about, after, reason="measured", by=by, now=NOW)


def dates(session, pump, kind=WatchKind.REFILL):
    watch = open_watch(session, pump, kind)
    session.refresh(watch)
    return watch.danger_at, watch.earliest_at, watch.dry_at


def test_hazard_h26_a_value_that_could_make_a_date_later_waits_and_shows_what_would_move(
    session, standing: Bedside, leaders
):
    here, pump, (one, two) = standing.here, standing.pump, leaders
    before, about = dates(session, pump), of_value(PUMP, "accuracy")

    proposal = set_value(session, here, PUMP, "accuracy", "0.05", by=one)
    foreseen = foresee(session, here.clinic, about, proposal.after, now=NOW)

    assert proposal.outcome is None
    assert dates(session, pump) == before
    assert session.scalars(sa.select(OwnValue)).all() == []
    assert foreseen.pumps == 1

    assert agree(session, proposal, by=two, now=NOW) is Outcome.AGREED

    after = dates(session, pump)
    assert after[1] > before[1]  # the earliest credible low date
    assert {move.after for move in foreseen.later} <= set(after)
    (row,) = session.scalars(sa.select(OwnValue)).all()
    assert (row.value, row.source, row.reason) == ("0.05", "our bench, page 3", "measured")


def test_a_shorter_limit_of_a_drug_is_in_force_at_once_for_what_is_in_the_pumps_already(
    session, standing: Bedside, leaders
):
    here, pump, (one, _) = standing.here, standing.pump, leaders

    proposal = set_value(session, here, DRUG, "drug_limit_days", "20", by=one)

    assert proposal.outcome is Outcome.AT_ONCE
    assert dates(session, pump)[0] <= FILLED_AT + timedelta(days=20)
    later = pump_of(session, here)
    refill = refilled(session, later, here)
    assert refill.drug_limit_days == 20
    with pytest.raises(NotAValue):
        set_value(session, here, DRUG, "drug_limit_days", "181", by=one)
    # the maker's again: that could be later
    assert set_value(session, here, DRUG, "drug_limit_days", None, by=one).outcome is None


def test_a_shorter_service_life_brings_the_battery_forward_here_and_nowhere_else(
    session, standing: Bedside, leaders
):
    here, pump, (one, _) = standing.here, standing.pump, leaders
    theirs = pump_of(
        session,
        type(here)(here.neighbour, here.sam, here.ito, here.nadia, here.clinic),
    )
    before, elsewhere = (dates(session, each, WatchKind.BATTERY) for each in (pump, theirs))

    set_value(session, here, PUMP, "service_life_months", "60", by=one)

    assert dates(session, pump, WatchKind.BATTERY)[2] < before[2]
    assert dates(session, theirs, WatchKind.BATTERY) == elsewhere
