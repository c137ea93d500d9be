"""Zero, nothing, the stale, the negative and the future, for each input that a date hangs on.

None of them makes a date later or ends a watch; what can't be true is refused at its field.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.riverside import Bedside, open_watch, programme_facts
from tests.services.test_orders import BACLOFEN, NOW, TODAY, arrived, ordered, tracked
from tracker.domain.danger import WatchKind
from tracker.domain.errors import NeedsReason, TrackerError
from tracker.domain.orders import PayerStep
from tracker.services.appointments import book
from tracker.services.authorisations import PayerFacts, record_authorisation
from tracker.services.programmes import change_dose
from tracker.services.readings import ReadingFacts, record_interrogation

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KINDS = (
    WatchKind.REFILL,
    WatchKind.BATTERY,
    WatchKind.ORDER,
    WatchKind.AUTHORISATION,
)
ASKS = "a reason is asked for"
SAME, SOONER = "as before", "sooner"
Act = Callable[[Session, Bedside], object]


@pytest.fixture
def begins_with():
    return tracked


def reading(**facts: Any) -> Act:
    def act(session: Session, at: Bedside) -> object:
        stated = ReadingFacts(**{"read_at": NOW - HOUR, **facts})
        return record_interrogation(
            session, at.pump, stated, reason="as it was found", by=at.here.nadia, now=NOW
        )

    return act


def dose(amount: str | None = "400", **facts: Any) -> Act:
    said = {"effective_at": NOW - HOUR, "dose_mcg_per_day": amount and Decimal(amount)}
    stated = programme_facts(**said | facts)
    return lambda session, at: change_dose(session, at.pump, stated, by=at.here.nadia, now=NOW)


def order(**facts: Any) -> Act:
    return lambda session, at: ordered(session, at, reason="as agreed", **facts)


def arrival(**facts: Any) -> Act:
    """What came of an order: the order itself is to count for nothing."""

    def act(session: Session, at: Bedside) -> object:
        return arrived(session, at, ordered(session, at), **facts)

    return act


def payer(**facts: Any) -> Act:
    said = {
        "step": PayerStep.GRANTED,
        "happened_on": TODAY,
        "payer": "Hill Insurance",
        "valid_until_on": date(2027, 12, 1),
    }
    stated = PayerFacts(**said | facts)
    return lambda session, at: record_authorisation(
        session, at.pump, stated, by=at.here.nadia, now=NOW
    )


def visit(days: int) -> Act:
    """A visit so many days from now; none of them is a closed one."""
    return lambda session, at: book(
        session, at.pump, scheduled_at=NOW + days * DAY, by=at.here.nadia, now=NOW
    )


def twice(first: Act, second: Act) -> Act:
    def act(session: Session, at: Bedside) -> object:
        return first(session, at), second(session, at)

    return act


def months(number: str, **facts: Any) -> Act:
    return reading(battery_months=Decimal(number), **facts)


def volume(amount: str, **facts: Any) -> Act:
    return reading(reservoir_volume_ml=Decimal(amount), **facts)


def strength(amount: str) -> tuple[tuple[str, Decimal], ...]:
    return (("baclofen", Decimal(amount)),)


LONG_SINCE = {"read_at": NOW - 400 * DAY}
TABLE: dict[str, tuple[Act, str]] = {
    "volume, zero": (volume("0"), SOONER),
    "volume, none": (reading(), SAME),
    "volume, negative": (volume("-1"), "reservoir_volume_ml"),
    "volume, stale": (volume("39", **LONG_SINCE), SAME),
    "volume, of before the fill": (volume("1", read_at=NOW - 11 * DAY), SAME),
    "volume, future": (volume("20", read_at=NOW + HOUR), "read_at"),
    "months, zero": (months("0"), SOONER),
    "months, negative": (months("-1"), "battery_months"),
    "months, stale": (twice(months("1"), months("100", **LONG_SINCE)), SOONER),
    "months, future": (months("60", read_at=NOW + HOUR), "read_at"),
    "indicator, today": (reading(eri_on=TODAY), SOONER),
    "indicator, future": (reading(eri_on=TODAY + DAY), "eri_on"),
    "dose, zero": (dose("0"), "dose_mcg_per_day"),
    "dose, none": (dose(None), "dose_mcg_per_day"),
    "dose, negative": (dose("-1"), "dose_mcg_per_day"),
    "dose, stale": (dose(effective_at=NOW - 60 * DAY), ASKS),
    "dose, future": (dose(effective_at=NOW + HOUR), "effective_at"),
    "order, zero": (order(volume_ml=Decimal(0)), "volume_ml"),
    "order, negative": (order(volume_ml=Decimal(-1)), "volume_ml"),
    "order, no drug": (order(drugs=()), "drugs"),
    "order, zero strength": (order(drugs=strength("0")), "drugs-0-concentration"),
    "order, negative strength": (order(drugs=strength("-1")), "drugs-0-concentration"),
    "order, future": (order(ordered_on=TODAY + DAY), "ordered_on"),
    "order, to come before": (order(expected_on=TODAY - DAY), "expected_on"),
    "order, to come in years": (order(expected_on=TODAY + 900 * DAY), "expected_on"),
    "arrival, zero": (arrival(volume_ml=Decimal(0)), "volume_ml"),
    "arrival, negative": (arrival(volume_ml=Decimal(-1)), "volume_ml"),
    "arrival, no label": (arrival(label=()), "drugs"),
    "arrival, zero strength": (
        arrival(label=strength("0"), reason="as read"),
        "drugs-0-concentration",
    ),
    "arrival, a drug twice": (arrival(label=BACLOFEN * 2), "drugs"),
    "arrival, no date": (arrival(expires_on=None), "expires_on"),
    "arrival, stale": (arrival(expires_on=TODAY - DAY), ASKS),
    "arrival, before the order": (arrival(arrived_on=TODAY - DAY), "arrived_on"),
    "arrival, future": (arrival(arrived_on=TODAY + DAY), "arrived_on"),
    "payer, zero": (payer(refills=0), "refills"),
    "payer, negative": (payer(refills=-1), "refills"),
    "payer, none": (payer(valid_until_on=None), "valid_until_on"),
    "payer, stale": (payer(valid_until_on=TODAY - DAY), SAME),
    "payer, future": (payer(happened_on=TODAY + DAY), "happened_on"),
    "payer, for years": (payer(valid_until_on=TODAY + 800 * DAY), "valid_until_on"),
    "visit, now": (visit(0), "scheduled_at"),
    "visit, past": (visit(-7), "scheduled_at"),
    "visit, after refill-by": (visit(175), "scheduled_at"),
    "visit, in years": (visit(406), "scheduled_at"),
}


def dates_of(session: Session, at: Bedside) -> dict[WatchKind, Any]:
    """When each open watch is due; one that has ended is none of them."""
    found = {kind: open_watch(session, at.pump, kind) for kind in KINDS}
    return {kind: one.danger_at for kind, one in found.items() if one is not None}


def what_came_of(session: Session, at: Bedside, act: Act) -> str:
    """The field that was refused, or what became of the dates; nothing of it stays."""
    before, undone = dates_of(session, at), session.begin_nested()
    try:
        act(session, at)
        after = dates_of(session, at)
    except NeedsReason:
        return ASKS
    except TrackerError as refused:
        return refused.field or "refused"
    finally:
        undone.rollback()
        session.expire_all()
    if after == before:
        return SAME
    is_kept = before.keys() <= after.keys()
    return SOONER if is_kept and all(after[one] <= before[one] for one in before) else "LATER"


def test_promise_covered_nothing_zero_stale_negative_or_future_moves_no_date_later(
    session, standing
):
    found = {name: what_came_of(session, standing, act) for name, (act, _) in TABLE.items()}

    assert found == {name: wanted for name, (_, wanted) in TABLE.items()}
