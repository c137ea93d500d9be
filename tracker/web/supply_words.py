"""The words for orders, what payers say, and how a patient comes to a visit."""

from enum import StrEnum

from tracker.domain.orders import OrderState, OrderTracking, PayerStep
from tracker.domain.visit import Transport

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
)
