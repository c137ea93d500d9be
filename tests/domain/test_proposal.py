"""What may come at once: no date later, nothing held that was said before."""

from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain.strategies import histories
from tests.domain.values import a_clinic, a_drug, a_pump
from tracker.domain.calendar import OpenDays
from tracker.domain.danger import ClinicRules, project_refill
from tracker.domain.errors import TrackerError
from tracker.domain.proposal import DateRules, NotProposed, QuietHours, quiet_from, rules_from

USUAL = DateRules(7, Decimal(5), None, "01234")
rules = st.builds(
    DateRules,
    st.integers(3, 30),
    st.decimals(0, 50, places=1),
    st.one_of(st.none(), st.integers(7, 120)),
    st.sets(st.sampled_from("0123456"), min_size=1).map(lambda days: "".join(sorted(days))),
)
minutes = st.integers(0, 24 * 60 - 1).map(lambda one: time(one // 60, one % 60))


def in_domain(one: DateRules) -> ClinicRules:
    clinic = a_clinic()
    days = frozenset(map(int, one.open_weekdays))
    return replace(
        clinic,
        open_days=OpenDays(clinic.open_days.zone, days, frozenset()),
        buffer_days=one.buffer_days,
        flow_margin_percent=one.flow_margin_percent,
        longest_interval_days=one.longest_interval_days,
    )


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(history=histories, one=rules, other=rules)
def test_rules_that_are_called_never_later_never_are(history, one, other):
    loosest = DateRules(
        min(one.buffer_days, other.buffer_days),
        min(one.flow_margin_percent, other.flow_margin_percent),
        None,
        "".join(sorted(set(one.open_weekdays) | set(other.open_weekdays))),
    )
    assert one.is_never_later_than(loosest)
    try:
        found = [
            project_refill(history, a_pump(), in_domain(rule), a_drug()).refill_by_at
            for rule in (one, loosest)
        ]
    except TrackerError:
        return
    assert found[0] <= found[1]


@pytest.mark.parametrize(
    "changed",
    [
        {"buffer_days": 6},
        {"flow_margin_percent": Decimal("4.9")},
        {"longest_interval_days": 91},
        {"longest_interval_days": None},
        {"open_weekdays": "012345"},
        {"open_weekdays": "01235"},
        {"buffer_days": 30, "flow_margin_percent": Decimal(4)},
    ],
)
def test_what_could_make_any_date_later_is_not_called_safe(changed):
    now = replace(USUAL, longest_interval_days=90)

    assert not replace(now, **changed).is_never_later_than(now)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("buffer_days", 2),
        ("buffer_days", 61),
        ("flow_margin_percent", Decimal(-1)),
        ("flow_margin_percent", Decimal(51)),
        ("longest_interval_days", 0),
        ("open_weekdays", ""),
        ("open_weekdays", "07"),
    ],
)
def test_rules_out_of_all_reason_are_refused_beside_their_field(field, value):
    with pytest.raises(NotProposed) as refused:
        replace(USUAL, **{field: value})

    assert refused.value.field == field


@given(rules)
def test_rules_are_kept_and_read_alike(one):
    assert rules_from(one.as_json()).as_json() == one.as_json()


@settings(max_examples=200, derandomize=True, database=None)
@given(
    one=st.builds(QuietHours, minutes, minutes), other=st.builds(QuietHours, minutes, minutes)
)
def test_quiet_hours_within_others_hold_no_minute_that_those_do_not(one, other):
    def held(hours):
        start = hours.begin.hour * 60 + hours.begin.minute
        return {(start + n) % (24 * 60) for n in range(hours.minutes)}

    assert one.lies_within(other) == (held(one) <= held(other))
    assert quiet_from(one.as_json()) == one
