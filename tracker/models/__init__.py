"""Every table, in one place to import from."""

from tracker.models.message import Attempt, Message
from tracker.models.people import (
    AddressState,
    Clinic,
    Closure,
    Consent,
    Contact,
    Membership,
    Patient,
    Relation,
    Role,
    Staff,
)
from tracker.models.pump import Drug, Pump, PumpEnd, PumpModel, PumpRevision
from tracker.models.record import Bolus, Programme, Reading, Refill, RefillDrug
from tracker.models.watch import Heartbeat, Policy, Watch

__all__ = [
    "AddressState",
    "Attempt",
    "Bolus",
    "Clinic",
    "Closure",
    "Consent",
    "Contact",
    "Drug",
    "Heartbeat",
    "Membership",
    "Message",
    "Patient",
    "Policy",
    "Programme",
    "Pump",
    "PumpEnd",
    "PumpModel",
    "PumpRevision",
    "Reading",
    "Refill",
    "RefillDrug",
    "Relation",
    "Role",
    "Staff",
    "Watch",
]
