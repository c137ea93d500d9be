"""The words for orders and payers, for visits, and for what came of a call."""

from enum import StrEnum

from tracker.domain.orders import OrderState, OrderTracking, PayerStep
from tracker.domain.silence import CallResult
from tracker.domain.visit import Transport, VisitState

SUPPLY_WORDS: tuple[tuple[StrEnum, str], ...] = (
    (OrderTracking.NONE, "Not at all"),
    (OrderTracking.COMPOUNDED, "For compounded drugs"),
    (OrderTracking.ALL, "For every drug"),
    (OrderState.ORDERED, "Ordered"),
    (OrderState.ARRIVED, "Arrived"),
    (OrderState.USED, "Used"),
    (OrderState.DISCARDED, "Thrown away or sent back"),
    (OrderState.CANCELLED, "Cancelled"),
    (PayerStep.ASKED, "Asked for"),
    (PayerStep.GRANTED, "Granted"),
    (PayerStep.REFUSED, "Refused"),
    (Transport.NOT_ASKED, "Not asked"),
    (Transport.OWN, "Comes by themselves"),
    (Transport.ARRANGED, "Arranged"),
    (Transport.NEEDED, "Needed, and not arranged"),
    (VisitState.BOOKED, "Booked"),
    (VisitState.KEPT, "Came"),
    (VisitState.MISSED, "Did not come"),
    (VisitState.CANCELLED, "Cancelled"),
    (VisitState.MOVED, "Moved"),
    (CallResult.REACHED, "Reached"),
    (CallResult.NO_ANSWER, "No answer"),
    (CallResult.MESSAGE_LEFT, "Message left"),
    (CallResult.WRONG_NUMBER, "Wrong number"),
    (CallResult.WILL_COME, "Reached: will come to the visit"),
    (CallResult.WILL_CALL_BACK, "Will call back"),
    (CallResult.REFUSED, "Doesn't want to come"),
)
