"""Which ladders a clinic may keep, and what the default ones do."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.domain.ladders import DAY, HOUR, a_ladder, a_step
from tracker.domain.danger import WatchKind
from tracker.domain.errors import SilentPolicy
from tracker.domain.escalation import (
    Anchor,
    Ladder,
    Level,
    Target,
    default_ladder,
    ladder_from,
    validate,
)
from tracker.domain.ladder import OUTSIDE
from tracker.domain.message import Channel
from tracker.domain.policy import HARMLESS
from tracker.domain.risk import RiskClass

GOOD = a_ladder(
    a_step(1, at=-14 * DAY),
    a_step(2, at=-13 * DAY, targets=(Target.PATIENT,), template="refill_please_book"),
    a_step(3, at=0 * DAY, repeat=DAY),
    a_step(4, at=2 * DAY, dry=-5 * DAY, repeat=8 * HOUR),
)


def changed(which, /, **facts) -> Ladder:
    return Ladder(tuple(replace(s, **facts) if s.ordinal == which else s for s in GOOD.steps))


def test_a_ladder_that_cannot_fall_silent_is_kept():
    validate(GOOD)


@pytest.mark.parametrize(
    ("ladder", "reason"),
    [
        pytest.param(Ladder(()), "at least one step", id="no step"),
        pytest.param(changed(4, repeat=None), "must repeat", id="the last does not repeat"),
        pytest.param(changed(3, repeat=None), "must repeat", id="an urgent one doesn't repeat"),
        pytest.param(
            changed(4, targets=(Target.OWNER,)), "last resort", id="no last resort at the end"
        ),
        pytest.param(changed(1, targets=()), "tells nobody", id="empty targets"),
        pytest.param(changed(1, offsets=()), "has no time", id="no time"),
        pytest.param(changed(1, name=""), "needs a name", id="no name"),
        pytest.param(changed(1, name="x" * 121), "needs a name", id="a name too long to store"),
        pytest.param(changed(1, template=""), "no words", id="no words"),
        pytest.param(changed(3, repeat=timedelta()), "15 minutes", id="zero repeat"),
        pytest.param(changed(3, repeat=-HOUR), "15 minutes", id="negative repeat"),
        pytest.param(changed(3, repeat=8 * DAY), "once a week", id="an urgent one too seldom"),
        pytest.param(
            changed(2, offsets=((Anchor.DANGER, -14 * DAY),)),
            "isn't later",
            id="equal instants",
        ),
        pytest.param(
            changed(2, offsets=((Anchor.DANGER, -15 * DAY),)), "isn't later", id="unsorted"
        ),
        pytest.param(changed(4, level=Level.WARN), "quieter", id="a later step is quieter"),
        pytest.param(changed(2, ordinal=5), "count 1, 2, 3", id="misnumbered"),
        pytest.param(
            changed(2, targets=(Target.PATIENT, Target.OWNER)),
            "different",
            id="one text for all",
        ),
        pytest.param(
            changed(1, targets=(Target.OWNER, Target.OWNER)), "twice", id="somebody twice"
        ),
        pytest.param(
            changed(1, offsets=((Anchor.DANGER, -15 * DAY), (Anchor.DANGER, -16 * DAY))),
            "counts twice",
            id="one anchor twice",
        ),
        pytest.param(
            changed(2, repeat=12 * HOUR), "at most once a day", id="a patient twice a day"
        ),
        pytest.param(
            changed(1, targets=(Target.CARER,), offsets=((Anchor.DANGER, -13 * DAY - HOUR),)),
            "at most once a day",
            id="two patient steps on one day",
        ),
        pytest.param(
            changed(3, channels=(Channel.SMS,)), "by e-mail too", id="urgent by text alone"
        ),
        pytest.param(changed(1, channels=()), "no way of telling", id="no way"),
        pytest.param(
            changed(1, offsets=((Anchor.DANGER, -731 * DAY),)), "two years", id="far off"
        ),
        pytest.param(changed(4, repeat=731 * DAY, level=Level.WARN), "two years", id="seldom"),
        pytest.param(
            changed(1, offsets=((Anchor.DANGER, timedelta(days=-14, seconds=1)),)),
            "whole minutes",
            id="seconds",
        ),
        pytest.param(
            a_ladder(a_step(1, dry=0 * DAY, repeat=DAY)),
            "may never come",
            id="everything waits for an empty date",
        ),
        pytest.param(
            Ladder((*GOOD.steps[:2], a_step(3, dry=0 * DAY, repeat=DAY))),
            "must repeat",
            id="silent while no empty date is known",
        ),
    ],
)
def test_promise_covered_a_ladder_that_could_fall_silent_or_flood_is_refused(ladder, reason):
    with pytest.raises(SilentPolicy, match=reason):
        validate(ladder)


def test_promise_covered_no_step_waits_for_a_date_that_its_watch_never_has():
    by_date = a_ladder(a_step(1, opened=0 * DAY, repeat=DAY), a_step(2, at=DAY, repeat=DAY))
    by_dry = a_ladder(a_step(1, at=0 * DAY, repeat=DAY), a_step(2, dry=DAY, repeat=DAY))

    validate(by_date, WatchKind.REFILL)
    for ladder, kind in (
        (by_date, WatchKind.NO_DATA),
        (by_date, WatchKind.SYSTEM),
        (by_dry, WatchKind.REPLY),
    ):
        with pytest.raises(SilentPolicy, match="a date that such a watch doesn't have") as no:
            validate(ladder, kind)
        assert no.value.step is not None


def test_a_mere_question_may_end_quietly_and_a_danger_may_not():
    quiet = a_ladder(a_step(1, opened=0 * DAY))

    validate(quiet, WatchKind.MISMATCH)
    for kind in set(WatchKind) - HARMLESS:
        with pytest.raises(SilentPolicy):
            validate(quiet, kind)


@pytest.mark.parametrize("kind", WatchKind)
@pytest.mark.parametrize("risk", RiskClass)
def test_every_default_ladder_is_one_that_may_be_kept(kind, risk):
    validate(default_ladder(kind, risk), kind)


@pytest.mark.parametrize("kind", WatchKind)
@pytest.mark.parametrize("risk", RiskClass)
def test_a_ladder_reads_back_as_it_was_kept(kind, risk):
    ladder = default_ladder(kind, risk)

    assert ladder_from(json.loads(json.dumps(ladder.as_json()))) == ladder


def test_a_default_ladder_is_built_once():
    kind, risk = WatchKind.REFILL, RiskClass.HIGH

    assert default_ladder(kind, risk) is default_ladder(kind, risk)


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param({"targets": ["somebody"]}, id="an unknown person"),
        pytest.param({"level": "loud"}, id="an unknown level"),
        pytest.param({"offsets": [{"anchor": "danger"}]}, id="an offset without a time"),
        pytest.param({"repeat_minutes": "often"}, id="a repeat that is no number"),
    ],
)
def test_a_kept_ladder_that_cannot_be_read_is_refused_by_its_step(spoilt):
    kept = GOOD.as_json()
    kept[1] |= spoilt

    with pytest.raises(SilentPolicy, match="Step 2"):
        ladder_from(kept)


def days_to_danger(risk, target):
    return [
        offset // DAY
        for step in default_ladder(WatchKind.REFILL, risk).steps
        for anchor, offset in step.offsets
        if anchor is Anchor.DANGER and target in step.targets
    ]


@pytest.mark.parametrize(
    ("risk", "days"),
    [
        (RiskClass.CRITICAL, [-21, -14, -7, -1]),
        (RiskClass.HIGH, [-21, -14, -7, -1]),
        (RiskClass.LOW, [-14, -7, -1]),
    ],
)
def test_a_patient_is_asked_on_these_days_before_refill_by(risk, days):
    assert days_to_danger(risk, Target.PATIENT) == days


def test_a_second_contact_is_asked_from_a_week_before():
    assert days_to_danger(RiskClass.CRITICAL, Target.CARER) == [-7, -1]


def test_a_physician_is_copied_three_days_before_only_for_the_critical_class():
    assert min(days_to_danger(RiskClass.CRITICAL, Target.CLINICIAN)) == -3
    assert min(days_to_danger(RiskClass.HIGH, Target.CLINICIAN)) == 0
    assert min(days_to_danger(RiskClass.LOW, Target.CLINICIAN)) == 2


def test_the_last_resort_is_reached_also_when_the_pump_never_runs_dry():
    for risk in RiskClass:
        assert days_to_danger(risk, Target.LAST_RESORT) == [7]


@pytest.mark.parametrize(
    ("risk", "repeat"),
    [(RiskClass.CRITICAL, 4 * HOUR), (RiskClass.HIGH, 4 * HOUR), (RiskClass.LOW, DAY)],
)
def test_a_pump_that_may_be_dry_is_called_out_day_and_night(risk, repeat):
    last = default_ladder(WatchKind.REFILL, risk).steps[-1]

    assert last.offsets == ((Anchor.DRY, timedelta()),)
    assert (last.repeat, last.template, last.keeps_quiet_hours) == (repeat, "refill_dry", False)


@pytest.mark.parametrize("kind", WatchKind)
@pytest.mark.parametrize("risk", RiskClass)
def test_patients_and_carers_only_ever_hear_the_words_made_for_them(kind, risk):
    for step in default_ladder(kind, risk).steps:
        assert bool(OUTSIDE & set(step.targets)) == (
            step.template in {"refill_please_book", "visit_reminder"}
        )
        assert step.keeps_quiet_hours or not OUTSIDE & set(step.targets)


def test_a_battery_is_planned_half_a_year_and_booked_three_months_before_its_end():
    steps = default_ladder(WatchKind.BATTERY, RiskClass.HIGH).steps

    assert [dict(step.offsets)[Anchor.DRY] // DAY for step in steps] == [-180, -90, -76, -14, 0]
    assert [step.repeat for step in steps] == [30 * DAY, 7 * DAY, 7 * DAY, DAY, 8 * HOUR]


def test_a_step_that_lacks_something_is_refused_by_what_it_lacks():
    with pytest.raises(
        SilentPolicy, match="Step 1 of the policy can't be read: it has no 'ord"
    ):
        ladder_from([{"name": "x"}])
