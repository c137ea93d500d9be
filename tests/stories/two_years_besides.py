"""What else happens in two years: patients away, calls promised, drugs ordered, pumps ended.

Each is drawn once a morning; how often is ours, and oftener than in a clinic.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.riverside import Riverside
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.orders import OrderRules, OrderTracking
from tracker.domain.silence import CallResult
from tracker.models import Clinic, Ending, Pump, PumpEnd, Watch
from tracker.services.aways import record_away
from tracker.services.contact_attempts import record_call
from tracker.services.endings import sign_end
from tracker.services.orders import OrderFacts, place_order
from tracker.services.pumps import end_pump

DAY = timedelta(days=1)
GOES_AWAY, IS_CALLED, IS_ORDERED, IS_SEEN, ENDS = 0.004, 0.01, 0.3, 0.2, 0.0002


def watch_orders(session: Session, here: Riverside) -> None:
    """Have the orders of every drug watched."""
    clinic = session.get_one(Clinic, here.clinic.id)
    clinic.order_rules = OrderRules(tracking=OrderTracking.ALL).as_json()


def more_happens(
    session: Session, here: Riverside, dice: random.Random, pump_ids: list[int], now: datetime
) -> list[int]:
    """One morning; the pumps that have ended on it."""
    for pump_id in pump_ids:
        if dice.random() < GOES_AWAY:
            _goes_away(session, here, session.get_one(Pump, pump_id), dice, now)
    for watch in _open(session, WatchKind.REFILL):
        if dice.random() < IS_CALLED:
            _nobody_answers(session, here, watch, dice, now)
    for watch in _open(session, WatchKind.ORDER):
        if dice.random() < IS_ORDERED:
            _is_ordered(session, here, watch, now)
    for watch in _open(session, WatchKind.ENDING):
        if dice.random() < IS_SEEN:
            assert watch.explanation is not None
            ending = session.get_one(Ending, watch.explanation["ending_id"])
            sign_end(session, ending, is_agreed=True, by=here.ito, now=now)
    ended = [one for one in pump_ids if dice.random() < ENDS]
    for pump_id in ended:
        facts = {"kind": PumpEnd.DIED, "ended_on": now.date(), "note": "letter of the GP"}
        pump = session.get_one(Pump, pump_id)
        end_pump(session, pump, **facts, second=here.ito, by=here.nadia, now=now)
    return ended


def _open(session: Session, kind: WatchKind) -> Sequence[Watch]:
    asked = sa.select(Watch).where(Watch.kind == kind, Watch.closed_at.is_(None))
    return session.scalars(asked.order_by(Watch.id)).all()


def _goes_away(
    session: Session, here: Riverside, pump: Pump, dice: random.Random, now: datetime
) -> None:
    first_on = now.date() + dice.randrange(1, 30) * DAY
    last_on = first_on + dice.randrange(3, 40) * DAY
    by = here.nadia
    record_away(session, pump.patient, first_on=first_on, last_on=last_on, by=by, now=now)


def _nobody_answers(
    session: Session, here: Riverside, watch: Watch, dice: random.Random, now: datetime
) -> None:
    try:
        with session.begin_nested():
            record_call(
                session,
                watch,
                result=CallResult.NO_ANSWER,
                called="Ida",
                called_at=now,
                next_call_on=now.date() + dice.randrange(5) * DAY,
                by=here.nadia,
                now=now,
            )
    except TrackerError:
        return  # it may not wait for so long


def _is_ordered(session: Session, here: Riverside, watch: Watch, now: datetime) -> None:
    facts = OrderFacts(
        drugs=(("baclofen", Decimal(2000)),),
        volume_ml=Decimal(40),
        pharmacy="Hill Pharmacy",
        ordered_on=now.date(),
        expected_on=now.date() + 3 * DAY,
    )
    reason = "the last one has not come"
    pump = session.get_one(Pump, watch.pump_id)
    place_order(session, here.clinic, pump, facts, reason=reason, by=here.nadia, now=now)
