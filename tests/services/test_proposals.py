"""What two people decide: nobody agrees with themselves, and dates move in one transaction."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tests.builders import a_staff_member
from tests.riverside import (
    DAY,
    FILLED_AT,
    open_watch,
    pump_of,
    refill_facts,
    refilled,
    riverside,
)
from tracker.domain.danger import WatchKind
from tracker.domain.errors import SilentPolicy
from tracker.domain.escalation import Ladder, default_ladder
from tracker.domain.proposal import LASTS, NotProposed, Outcome
from tracker.domain.risk import RiskClass
from tracker.models import Pump, Role
from tracker.services import proposals
from tracker.services.clinics import add_member, close_days
from tracker.services.closures import close_span, coming_closures
from tracker.services.date_previews import foresee
from tracker.services.last_resorts import NotSettled
from tracker.services.policies import newest_policy
from tracker.services.proposals import agree, change, deciders, refuse
from tracker.services.proposed import LAST_RESORT, QUIET, RULES, of_closure, of_policy, rules_of

NOW = FILLED_AT + DAY


def two_administrators(session):
    """Riverside with two administrators, a coordinator and a pump that the alarm date binds."""
    place, made = riverside(session, buffer_days=20), {}
    for name, role in (
        ("ada", Role.ADMINISTRATOR), ("bea", Role.ADMINISTRATOR), ("cleo", Role.COORDINATOR)
    ):  # fmt: skip
        one = a_staff_member(session, name.title())
        add_member(session, place.clinic, one, role=role)
        made[name] = one
    made["pump"] = pump_of(session, place)
    refilled(session, made["pump"], place, refill_facts("900"))
    return SimpleNamespace(place=place, **made)


@pytest.fixture
def begins_with():
    return two_administrators


@pytest.fixture
def here(standing):
    place = standing.place
    people.update(vars(standing), nadia=place.nadia, ito=place.ito, sam=place.sam)
    return place


people: dict = {}


def less(clinic, **facts):
    facts = {"buffer_days": 10} | facts
    return replace(rules_of(clinic), **facts).as_json()


def propose(session, here, after=None, subject=RULES, **more):
    more = {"reason": "agreed in the team", "by": people["ada"], "now": NOW} | more
    after = less(here.clinic) if after is None else after
    return change(session, here.clinic, subject, after, **more)


def danger_at(session):
    return open_watch(session, people["pump"]).danger_at


def test_a_later_date_waits_for_a_second_person_and_moves_when_they_agree(session, here):
    was = danger_at(session)
    after = less(here.clinic)
    found = foresee(session, here.clinic, RULES, after, now=NOW)
    proposal = propose(session, here, after)
    assert (proposal.outcome, here.clinic.buffer_days, danger_at(session)) == (None, 20, was)
    assert [one.after > one.before for one in found.later] == [True]
    assert (found.earlier, found.pumps) == ([], 1)

    assert agree(session, proposal, by=people["bea"], now=NOW + DAY) is Outcome.AGREED

    assert here.clinic.buffer_days == 10
    assert danger_at(session) == found.later[0].after
    assert proposal.decided_by is people["bea"]
    session.commit()


def test_nobody_agrees_with_themselves_nor_does_who_has_no_such_role(session, here):
    proposal = propose(session, here)

    for who in ("ada", "nadia", "cleo", "sam", "ito"):
        with pytest.raises(NotProposed):
            agree(session, proposal, by=people[who], now=NOW)
    assert deciders(session, proposal) == [people["bea"]]
    assert (proposal.outcome, here.clinic.buffer_days) == (None, 20)

    session.commit()
    proposal.outcome, proposal.decided_at = Outcome.AGREED, NOW
    proposal.decided_by = people["ada"]
    with pytest.raises(IntegrityError, match="nobody_agrees_with_themselves"):
        session.flush()
    session.rollback()


def test_what_can_only_bring_dates_forward_comes_at_once(session, here):
    was = danger_at(session)

    row = propose(session, here, less(here.clinic, buffer_days=25, open_weekdays="012"))

    assert (row.outcome, row.decided_by) == (Outcome.AT_ONCE, people["ada"])
    assert danger_at(session) < was
    mixed = less(here.clinic, buffer_days=30, flow_margin_percent=Decimal(4))
    assert propose(session, here, mixed).outcome is None
    assert here.clinic.buffer_days == 25


def test_a_proposal_on_a_value_that_changed_meanwhile_is_outdated(session, here):
    proposal = propose(session, here)
    propose(session, here, less(here.clinic, buffer_days=22), by=people["bea"])

    assert proposals.is_outdated(session, proposal)
    assert agree(session, proposal, by=people["bea"], now=NOW) is Outcome.OUTDATED
    assert here.clinic.buffer_days == 22
    with pytest.raises(NotProposed, match="decided already"):
        agree(session, proposal, by=people["bea"], now=NOW)


def test_a_proposal_ends_by_itself_and_does_not_bar_the_next(session, here):
    proposal = propose(session, here)
    with pytest.raises(NotProposed, match="waits already"):
        propose(session, here, less(here.clinic, buffer_days=11))
    later = NOW + LASTS

    assert proposals.open_proposals(session, here.clinic.id, now=later) == []
    again = propose(session, here, less(here.clinic, buffer_days=11), now=later)

    assert (proposal.outcome, proposal.decided_at) == (Outcome.LAPSED, proposal.ends_at)
    past = proposals.past_proposals(session, here.clinic.id, limit=9, now=later + LASTS)
    assert past == [again, proposal]
    assert agree(session, again, by=people["bea"], now=later + LASTS) is Outcome.LAPSED
    assert here.clinic.buffer_days == 20


def test_a_refusal_says_why_and_the_proposer_takes_back(session, here):
    proposal = propose(session, here)
    with pytest.raises(NotProposed, match="why not"):
        refuse(session, proposal, note="", by=people["bea"], now=NOW)
    with pytest.raises(NotProposed, match="role"):
        refuse(session, proposal, note="no", by=people["nadia"], now=NOW)
    refuse(session, proposal, note="too near the alarm", by=people["bea"], now=NOW)
    assert proposal.outcome is Outcome.REFUSED

    other = propose(session, here)
    refuse(session, other, note="", by=people["ada"], now=NOW)
    assert other.outcome is Outcome.WITHDRAWN


@pytest.mark.parametrize("who", ["cleo", "ito"])
def test_where_there_is_one_administrator_a_coordinator_or_the_last_resort_is_the_second(
    session, here, who
):
    people["bea"].left_at = NOW
    session.flush()
    proposal = propose(session, here)

    assert people[who] in deciders(session, proposal)
    assert agree(session, proposal, by=people[who], now=NOW) is Outcome.AGREED


def test_who_is_quite_alone_needs_the_keeper_of_the_server_who_says_why(session, here, runner):
    for who in ("bea", "cleo", "nadia", "ito"):
        people[who].left_at = NOW
    here.clinic.last_resort = people["ada"]
    session.flush()
    proposal = propose(session, here, now=NOW)
    proposal.ends_at = NOW + timedelta(days=3650)
    assert deciders(session, proposal) == []
    with pytest.raises(NotProposed, match="why"):
        agree(session, proposal, by=None, now=NOW)
    session.commit()

    missing = runner.invoke(args=["proposal-agree", "9999", "--because", "x"])
    done = runner.invoke(
        args=["proposal-agree", str(proposal.id), "--because", "one administrator here"]
    )

    assert (missing.exit_code, done.exit_code) == (1, 0), done.stderr
    session.refresh(proposal)
    assert (proposal.outcome, proposal.decided_by_id) == (Outcome.AGREED, None)
    assert proposal.decision_note == "one administrator here"


def test_a_reason_is_needed_and_something_must_change(session, here):
    with pytest.raises(NotProposed) as refused:
        propose(session, here, reason="")
    assert refused.value.field == "reason"
    with pytest.raises(NotProposed, match="already"):
        propose(session, here, rules_of(here.clinic).as_json())


def test_closing_comes_at_once_and_opening_again_waits(session, here):
    was = danger_at(session)
    day = was.astimezone(here.clinic.zone).date()

    assert close_span(
        session, here.clinic, day, day, name="moving house", by=people["ada"], now=NOW
    ) == [day]
    assert danger_at(session) < was
    with pytest.raises(NotProposed, match="already"):
        close_span(session, here.clinic, day, day, name="x", by=people["ada"], now=NOW)
    found = foresee(session, here.clinic, of_closure(day), {}, now=NOW)
    assert [one.after for one in found.later] == [was]
    proposal = propose(session, here, {}, of_closure(day))
    assert proposal.outcome is None
    assert coming_closures(session, here.clinic, today=day) != []

    agree(session, proposal, by=people["bea"], now=NOW)

    assert danger_at(session) == was
    assert coming_closures(session, here.clinic, today=day) == []


def test_shorter_quiet_hours_come_at_once_and_longer_ones_wait(session, here):
    shorter = {"begin": "22:00", "end": "07:00"}
    assert propose(session, here, shorter, QUIET).outcome is Outcome.AT_ONCE
    longer = {"begin": "21:30", "end": "07:00"}
    proposal = propose(session, here, longer, QUIET)
    assert (proposal.outcome, f"{here.clinic.quiet_from:%H:%M}") == (None, "22:00")
    agree(session, proposal, by=people["bea"], now=NOW)
    assert f"{here.clinic.quiet_from:%H:%M}" == "21:30"
    with pytest.raises(NotSettled):
        propose(session, here, {"begin": "12:00", "end": "07:00"}, QUIET)


def test_the_last_resort_waits_unless_the_present_one_can_not_be_reached(session, here):
    wanted = {"staff_id": people["bea"].id}
    proposal = propose(session, here, wanted, LAST_RESORT)
    assert (proposal.outcome, here.clinic.last_resort_id) == (None, people["ito"].id)
    refuse(session, proposal, note="", by=people["ada"], now=NOW)
    people["ito"].left_at = NOW

    assert propose(session, here, wanted, LAST_RESORT).outcome is Outcome.AT_ONCE
    assert here.clinic.last_resort_id == people["bea"].id


def test_promise_covered_a_last_resort_who_has_left_meanwhile_does_not_come_into_force(
    session, here
):
    proposal = propose(session, here, {"staff_id": people["cleo"].id}, LAST_RESORT)
    people["cleo"].left_at = NOW

    with pytest.raises(NotSettled):
        agree(session, proposal, by=people["bea"], now=NOW)
    assert here.clinic.last_resort_id == people["ito"].id


def test_a_policy_waits_for_another_who_leads_and_says_who_wrote_it(session, here):
    kind, risk = WatchKind.REFILL, RiskClass.CRITICAL
    ladder = default_ladder(kind, risk)
    steps = (replace(ladder.steps[0], name="phone first"), *ladder.steps[1:])
    after, subject = {"steps": Ladder(steps).as_json()}, of_policy(kind, risk)
    with pytest.raises(SilentPolicy):
        propose(session, here, {"steps": Ladder(steps[:1]).as_json()}, subject)
    proposal = propose(session, here, after, subject, by=people["cleo"])
    assert newest_policy(session, here.clinic.id, kind, risk, now=NOW).version == 1
    assert deciders(session, proposal) == [people["ada"], people["bea"]]

    agree(session, proposal, by=people["ada"], now=NOW)

    newest = newest_policy(session, here.clinic.id, kind, risk, now=NOW)
    assert (newest.version, newest.created_by_id) == (2, people["cleo"].id)
    assert newest.steps[0]["name"] == "phone first"


def test_a_very_large_clinic_is_written_anew_by_command_alone(session, here, monkeypatch):
    proposal = propose(session, here)
    monkeypatch.setattr(proposals, "MOST_AT_ONCE", 0)

    with pytest.raises(NotProposed, match="flask proposal-agree"):
        agree(session, proposal, by=people["bea"], now=NOW)
    assert proposal.outcome is None
    assert agree(session, proposal, by=None, note="at night", now=NOW) is Outcome.AGREED


def test_a_preview_writes_nothing_and_names_what_would_be_late_at_once(session, here):
    was = danger_at(session)
    now = was - 5 * DAY
    session.commit()
    far = foresee(session, here.clinic, RULES, less(here.clinic, buffer_days=30), now=now)
    day = foresee(session, here.clinic, of_closure(was.date()), {"name": "x"}, now=now)

    assert [one.pump_id for one in far.newly_late] == [people["pump"].id]
    assert WatchKind.REFILL in [one.kind for one in day.earlier]
    assert not session.new
    assert not session.dirty
    assert here.clinic.buffer_days == 20
    assert here.clinic.closures == []
    session.commit()
    assert danger_at(session) == was
    assert session.scalar(sa.select(sa.func.count()).select_from(Pump)) == 1


def test_another_clinic_s_dates_stay_as_they_are(session, here):
    close_days(session, here.neighbour, [(NOW.date(), "x")], now=NOW)
    proposal = propose(session, here)
    agree(session, proposal, by=people["bea"], now=NOW)

    assert here.neighbour.buffer_days == 20
    assert proposals.open_proposals(session, here.neighbour.id, now=NOW) == []


def test_a_closed_day_that_is_called_otherwise_stays_closed(session, here):
    day = (NOW + 9 * DAY).date()
    close_span(session, here.clinic, day, day, name="Inventory", by=people["ada"], now=NOW)

    done = propose(session, here, {"name": "Stocktaking"}, of_closure(day))

    assert done.outcome is Outcome.AT_ONCE
    closed = coming_closures(session, here.clinic, today=NOW.date())
    assert [(one.closed_on, one.name) for one in closed] == [(day, "Stocktaking")]
