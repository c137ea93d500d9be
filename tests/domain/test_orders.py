"""By when a drug is ordered and the payer asked, and when a drug can't be counted on."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.calendar import OpenDays
from tracker.domain.orders import (
    Days,
    NotOrdered,
    OrderRules,
    OrderState,
    OrderTracking,
    PayerStep,
    days_of,
    is_compounded,
    is_tracked,
    rules_from,
)
from tracker.domain.payers import Payer, authorisation_task, granted_until
from tracker.domain.supplies import (
    Supply,
    Wanted,
    order_task,
    problems_of,
    ready_until,
    too_short_for,
)

WEEKDAYS = OpenDays(ZoneInfo("Europe/London"), frozenset(range(5)))
MONDAY = date(2026, 6, 1)
BACLOFEN = frozenset({("baclofen", Decimal(2000))})
RULES = OrderRules(OrderTracking.ALL, True, 15, 5, 2)
DAYS = days_of(date(2026, 6, 29), RULES, WEEKDAYS)
WANTED = Wanted(DAYS, BACLOFEN, Decimal(40))


def test_days_are_counted_back_in_open_days():
    assert (
        Days(
            ask_on=date(2026, 5, 28),
            order_on=date(2026, 6, 18),
            there_on=date(2026, 6, 25),
            needed_on=date(2026, 6, 29),
        )
        == DAYS
    )


@pytest.mark.parametrize("count", range(12))
def test_a_closure_never_makes_a_day_later(count):
    """Whatever is closed, and from whichever day it is counted."""
    for closed_from in range(20):
        closed = frozenset(date(2026, 6, 1 + closed_from + more) for more in range(3))
        shut = replace(WEEKDAYS, closed=closed)
        for day in (date(2026, 6, 24), date(2026, 6, 27), date(2026, 6, 28)):
            found = shut.days_before(day, count)
            assert found <= WEEKDAYS.days_before(day, count) <= day
            assert shut.is_open(found)


@pytest.mark.parametrize("tracking", OrderTracking)
@pytest.mark.parametrize(
    ("drugs", "compounded"),
    [
        pytest.param((("baclofen", Decimal(2000)),), False, id="as a maker sells it"),
        pytest.param((("baclofen", Decimal(4000)),), True, id="a strength nobody sells"),
        pytest.param((("fentanyl", Decimal(50)),), True, id="no product is known"),
        pytest.param((*BACLOFEN, ("morphine", Decimal(1))), True, id="a mixture"),
    ],
)
def test_what_is_made_to_order_is_watched_where_the_clinic_says_so(tracking, drugs, compounded):
    found = is_compounded(drugs, [("baclofen", Decimal(500)), ("baclofen", Decimal(2000))])

    assert found is compounded
    wanted = {
        OrderTracking.NONE: False,
        OrderTracking.COMPOUNDED: found,
        OrderTracking.ALL: True,
    }
    assert is_tracked(tracking, compounded=found) is wanted[tracking]


def supply(state=OrderState.ARRIVED, drugs=BACLOFEN, **more):
    volume_ml = more.pop("volume_ml", Decimal(40))
    return Supply(order_id=7, state=state, drugs=drugs, volume_ml=volume_ml, **more)


def test_nothing_ordered_is_to_be_ordered_and_what_is_ordered_has_to_come():
    asked = order_task([], WANTED)
    coming = order_task([supply(OrderState.ORDERED)], WANTED)

    assert asked.due_on == DAYS.order_on
    assert coming.due_on == DAYS.there_on
    assert order_task([supply()], WANTED) is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"beyond_use_on": date(2026, 6, 28)}, "beyond-use date", id="beyond use"),
        pytest.param({"expires_on": date(2026, 6, 28)}, "expiry date", id="expired"),
        pytest.param(
            {"drugs": frozenset({("baclofen", Decimal(500))})}, "concentration", id="strength"
        ),
        pytest.param({"drugs": frozenset({("morphine", Decimal(2000))})}, "Drug or", id="drug"),
    ],
)
def test_what_has_arrived_and_cant_be_used_is_said_and_asks_for_another(more, said):
    bad = supply(**more)

    (problem,) = problems_of(bad, WANTED)
    assert said in problem
    task = order_task([bad], WANTED)
    assert task.due_on == DAYS.order_on
    assert problem in task.reasons
    # another one on its way is waited for, and a good one beside it is enough
    assert order_task([bad, supply(OrderState.ORDERED)], WANTED).due_on == DAYS.there_on
    assert order_task([bad, supply()], WANTED) is None


def test_what_does_not_keep_until_a_visit_booked_after_the_day_of_need_is_not_ready():
    """The order counts back from the day of need; what lies here keeps until it goes in."""
    late = days_of(DAYS.needed_on, RULES, WEEKDAYS, booked_on=date(2026, 7, 6))
    between = supply(beyond_use_on=date(2026, 7, 3))

    assert (late.order_on, late.there_on) == (DAYS.order_on, DAYS.there_on)
    assert order_task([between], WANTED) is None
    task = order_task([between], replace(WANTED, days=late))
    assert task.due_on == DAYS.order_on
    assert "booked for 6 Jul 2026" in task.reasons[0]
    assert (
        order_task([supply(beyond_use_on=date(2026, 7, 6))], replace(WANTED, days=late)) is None
    )
    ends = Payer(PayerStep.GRANTED, valid_until_on=date(2026, 7, 3))
    assert authorisation_task(DAYS, [ends], []) is None
    assert authorisation_task(late, [ends], []) is not None


def test_a_refill_that_runs_late_goes_in_today_at_the_earliest():
    """Nothing is recorded, and yet what was ready is so no more."""
    today = date(2026, 7, 4)
    running_late = replace(DAYS, today=today)
    assert running_late.goes_in_on == today
    assert replace(DAYS, today=date(2026, 6, 1)).goes_in_on == DAYS.needed_on

    ended = supply(beyond_use_on=date(2026, 7, 3), expires_on=date(2027, 1, 1))
    assert ready_until([ended], WANTED) == date(2026, 7, 3)
    task = order_task([ended], replace(WANTED, days=running_late))
    assert task.due_on == DAYS.order_on
    assert "lies before 4 Jul 2026" in " ".join(task.reasons)

    grant = Payer(PayerStep.GRANTED, valid_until_on=date(2026, 7, 3))
    assert granted_until(DAYS, [grant], []) == date(2026, 7, 3)
    assert authorisation_task(running_late, [grant], []).due_on == DAYS.ask_on


def test_too_little_is_not_ready_and_what_is_missing_may_come_as_another_order():
    drop = supply(volume_ml=Decimal(1), expires_on=date(2026, 12, 31))
    rest = supply(volume_ml=Decimal(39), expires_on=date(2026, 8, 31))

    task = order_task([drop], WANTED)
    assert task.due_on == DAYS.order_on
    assert "That is 1 mL; the last fill took 40 mL." in task.reasons
    assert order_task([drop, supply(OrderState.ORDERED)], WANTED).due_on == DAYS.there_on
    # both together are enough, until the first of the two that are needed ends
    assert order_task([drop, rest], WANTED) is None
    assert ready_until([drop, rest], WANTED) == date(2026, 8, 31)
    whole = supply(expires_on=date(2026, 10, 1))
    assert ready_until([rest, whole], WANTED) == date(2026, 10, 1)


def test_a_visit_before_the_day_of_need_is_that_day():
    early = days_of(DAYS.needed_on, RULES, WEEKDAYS, booked_on=date(2026, 6, 22))
    assert early.goes_in_on == DAYS.needed_on


def test_the_day_itself_can_be_used_and_another_drug_for_a_reason_too():
    last_day = supply(beyond_use_on=DAYS.needed_on, expires_on=DAYS.needed_on)
    other = supply(drugs=frozenset({("baclofen", Decimal(500))}), is_other_for_a_reason=True)

    assert problems_of(last_day, WANTED) == []
    assert problems_of(other, WANTED) == []


@pytest.mark.parametrize(
    ("until", "is_short"),
    [
        pytest.param(date(2026, 9, 26), True, id="a day short of 90"),
        pytest.param(date(2026, 9, 27), False, id="as long as the last fill"),
        pytest.param(date(2026, 6, 28), False, id="not usable at all: said elsewhere"),
        pytest.param(None, False, id="none"),
    ],
)
def test_a_fill_that_could_not_stay_in_as_long_as_the_last_one_is_said(until, is_short):
    assert bool(too_short_for(supply(beyond_use_on=until), DAYS.needed_on, 90)) is is_short


GRANTED = Payer(PayerStep.GRANTED, date(2026, 1, 1), date(2026, 12, 31))
ASKED, REFUSED = Payer(PayerStep.ASKED), Payer(PayerStep.REFUSED)


@pytest.mark.parametrize(
    ("payers", "due_on", "said"),
    [
        pytest.param([], "ask_on", "Ask by", id="nothing on record"),
        pytest.param([ASKED], "order_on", "asked for", id="asked for"),
        pytest.param([GRANTED], None, "", id="granted"),
        pytest.param(
            [replace(GRANTED, valid_until_on=date(2026, 6, 28))], "ask_on", "on 28 Jun 2026",
            id="ends the day before",
        ),
        pytest.param(
            [replace(GRANTED, valid_from_on=date(2026, 6, 30))], "ask_on", "begins",
            id="begins the day after",
        ),
        pytest.param([replace(GRANTED, refills=2)], "ask_on", "used up", id="used up"),
        pytest.param([replace(GRANTED, refills=3)], None, "", id="one refill left"),
        pytest.param([ASKED, REFUSED], "ask_on", "refused", id="refused"),
        pytest.param([GRANTED, REFUSED], "ask_on", "refused", id="refused after a grant"),
        pytest.param([REFUSED, GRANTED], None, "", id="granted after all"),
        pytest.param([GRANTED, ASKED], None, "", id="the next one is asked for already"),
    ],
)  # fmt: skip
def test_an_authorisation_covers_the_day_of_need_or_is_to_be_asked_for(payers, due_on, said):
    filled_on = [date(2025, 12, 1), date(2026, 2, 1), date(2026, 4, 1)]

    task = authorisation_task(DAYS, payers, filled_on)

    assert (task and task.due_on) == (due_on and getattr(DAYS, due_on))
    assert task is None or said in " ".join(task.reasons)


def test_a_grant_without_a_first_day_counts_the_refills_since_it_was_asked_for():
    filled_on = [date(2025, 12, 1), date(2026, 2, 1), date(2026, 4, 1)]
    asked = replace(ASKED, happened_on=date(2026, 3, 20))
    grant = Payer(PayerStep.GRANTED, None, date(2026, 12, 31), 1, happened_on=date(2026, 4, 10))

    # what was filled in the years before is none of its number
    assert authorisation_task(DAYS, [grant], filled_on) is None
    # what was filled while the payer decided may be: it is asked for again
    assert authorisation_task(DAYS, [asked, grant], filled_on).due_on == DAYS.ask_on
    assert authorisation_task(DAYS, [asked, replace(grant, refills=2)], filled_on) is None
    # an asking that was decided already is none of a later grant's
    assert authorisation_task(DAYS, [asked, REFUSED, grant], filled_on) is None
    assert granted_until(DAYS, [asked, grant, grant], filled_on) == date(2026, 12, 31)


def test_rules_are_kept_as_json_and_a_slip_is_refused():
    assert rules_from(RULES.as_json()) == RULES
    with pytest.raises(NotOrdered) as refused:
        replace(RULES, pharmacy_days=61)
    assert refused.value.field == "pharmacy_days"


@pytest.mark.parametrize(
    ("change", "is_safer"),
    [
        pytest.param({"pharmacy_days": 6}, True, id="earlier"),
        pytest.param({"pharmacy_days": 4}, False, id="later"),
        pytest.param({"tracking": OrderTracking.COMPOUNDED}, False, id="for fewer drugs"),
        pytest.param({"needs_authorisation": False}, False, id="no authorisation"),
    ],
)
def test_what_asks_earlier_or_for_more_is_safer(change, is_safer):
    assert replace(RULES, **change).asks_no_later_than(RULES) is is_safer
