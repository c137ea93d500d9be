"""Every table, in one place to import from."""

from tracker.models.access import AccessReview, EmergencyAccess
from tracker.models.alarm import AlarmClosing, DeviceAlarm
from tracker.models.appointment import Appointment
from tracker.models.assessment import Assessment, Finding
from tracker.models.backup import Backup, Restoration
from tracker.models.countersign import Countersign
from tracker.models.cover import Absence, Duty
from tracker.models.date_change import DateChange
from tracker.models.ending import Ending, EndSign
from tracker.models.event import Event, EventEnd, Review
from tracker.models.factor import (
    AccountNotice,
    Authenticator,
    Passkey,
    RecoveryCode,
    SpentChallenge,
)
from tracker.models.medicine import OralMedicine
from tracker.models.message import Attempt, Message
from tracker.models.morning import MorningList
from tracker.models.order import (
    Authorisation,
    DrugOrder,
    DrugOrderDrug,
    DrugOrderStep,
    SupplyReason,
    VisitArrangement,
)
from tracker.models.own_value import OwnValue
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
from tracker.models.planning import Away, Capacity, WorkedHoliday
from tracker.models.proposal import Proposal
from tracker.models.pump import Drug, Pump, PumpEnd, PumpModel, PumpRevision
from tracker.models.recall import Recall, RecallModel, RecallPump
from tracker.models.record import Bolus, Guide, Programme, Reading, Refill, RefillDrug
from tracker.models.replacement import ReplacementStep
from tracker.models.reply import DeliveryReport, Reply
from tracker.models.sign_in import How, Invitation, SignIn, Trial
from tracker.models.silence import ContactAttempt, SilenceRow
from tracker.models.subject import StaffSubject
from tracker.models.token import ApiToken, Scope
from tracker.models.trail import TrailEntry, TrailPatient
from tracker.models.transfer import Transfer, TransferOutcome
from tracker.models.watch import Heartbeat, Policy, Watch
from tracker.models.webhook import Webhook, WebhookEvent
from tracker.models.wording import Wording
from tracker.models.worklist import Assignment, SavedView

__all__ = [
    "Absence",
    "AccessReview",
    "AccountNotice",
    "AddressState",
    "AlarmClosing",
    "ApiToken",
    "Appointment",
    "Assessment",
    "Assignment",
    "Attempt",
    "Authenticator",
    "Authorisation",
    "Away",
    "Backup",
    "Bolus",
    "Capacity",
    "Clinic",
    "Closure",
    "Consent",
    "Contact",
    "ContactAttempt",
    "Countersign",
    "DateChange",
    "DeliveryReport",
    "DeviceAlarm",
    "Drug",
    "DrugOrder",
    "DrugOrderDrug",
    "DrugOrderStep",
    "Duty",
    "EmergencyAccess",
    "EndSign",
    "Ending",
    "Event",
    "EventEnd",
    "Finding",
    "Guide",
    "Heartbeat",
    "How",
    "Invitation",
    "Membership",
    "Message",
    "MorningList",
    "OralMedicine",
    "OwnValue",
    "Passkey",
    "Patient",
    "Policy",
    "Programme",
    "Proposal",
    "Pump",
    "PumpEnd",
    "PumpModel",
    "PumpRevision",
    "Reading",
    "Recall",
    "RecallModel",
    "RecallPump",
    "RecoveryCode",
    "Refill",
    "RefillDrug",
    "Relation",
    "ReplacementStep",
    "Reply",
    "Restoration",
    "Review",
    "Role",
    "SavedView",
    "Scope",
    "SignIn",
    "SilenceRow",
    "SpentChallenge",
    "Staff",
    "StaffSubject",
    "SupplyReason",
    "TrailEntry",
    "TrailPatient",
    "Transfer",
    "TransferOutcome",
    "Trial",
    "VisitArrangement",
    "Watch",
    "Webhook",
    "WebhookEvent",
    "Wording",
    "WorkedHoliday",
]
