"""The words that staff read for what the records and rules call by a code."""

from enum import StrEnum

from tracker.domain.alarm import Reporter, Severity, Symptoms, Tone
from tracker.domain.catalogue import load
from tracker.domain.danger import Bucket, WatchKind
from tracker.domain.day_report import Wish
from tracker.domain.drift import Lean
from tracker.domain.escalation import Level
from tracker.domain.events import EventKind, MotorState
from tracker.domain.infusion import Mode
from tracker.domain.medicines import MedicineKind
from tracker.domain.message import Channel, MessageState
from tracker.domain.proposal import Outcome
from tracker.domain.recall import RecallClass, Touch
from tracker.domain.replacement import StepKind
from tracker.domain.reply import ReplyKind
from tracker.domain.residual import Grade
from tracker.domain.risk import RiskClass
from tracker.domain.silence import SilenceKind
from tracker.domain.webhook import EventKind as WebhookKind
from tracker.domain.webhook import EventState
from tracker.domain.wording import RULE_WORDS
from tracker.models import (
    AddressState,
    Finding,
    Guide,
    How,
    PumpEnd,
    Relation,
    Role,
    Scope,
    TransferOutcome,
)
from tracker.web.supply_words import SUPPLY_WORDS

# Pairs, not a dict: members of two enumerations that share a value are equal as text.
WORDS: tuple[tuple[StrEnum, str], ...] = (
    (Bucket.LATE, "Late"),
    (Bucket.THIS_WEEK, "This week"),
    (Bucket.FOUR_WEEKS, "Next four weeks"),
    (Bucket.LATER, "Later"),
    (Bucket.UNKNOWN, "No date"),
    *RULE_WORDS.items(),
    (WatchKind.REFILL, "Refill"),
    (WatchKind.BATTERY, "Battery"),
    (WatchKind.NO_DATA, "Missing record"),
    (WatchKind.MISMATCH, "Dates differ"),
    (WatchKind.DISCREPANCY, "Residual far off"),
    (WatchKind.DISPUTE, "Refill disputed"),
    (WatchKind.ENDING, "End of pump unconfirmed"),
    (WatchKind.STOPPED, "Stopped pump"),
    (WatchKind.UNDELIVERABLE, "Can't be reached"),
    (WatchKind.VISIT, "Visit"),
    (WatchKind.REPLY, "Unread answer"),
    (WatchKind.CALL, "Promised call"),
    (WatchKind.LIST, "Emergency list"),
    (WatchKind.DAY_REPORT, "Report of the day"),
    (WatchKind.WEEK_REPORT, "Report of the week"),
    (WatchKind.ACCESS, "Opened by another clinic"),
    (WatchKind.TRANSFER, "Handover undecided"),
    (WatchKind.INTERROGATION, "Interrogation after MRI"),
    (WatchKind.ASSESSMENT, "Suspected pocket fill"),
    (WatchKind.RAISED_FLOW, "Flow may be raised"),
    (WatchKind.REVIEW, "Regular review"),
    (EventKind.MRI, "MRI scan"),
    (EventKind.ADMISSION, "Admitted elsewhere"),
    (EventKind.FEVER, "Fever"),
    (EventKind.FLIGHT, "Flight"),
    (EventKind.INFECTION, "Infection"),
    (EventKind.MALFUNCTION, "Pump malfunction"),
    (EventKind.CATHETER, "Catheter kink or leak"),
    (EventKind.CSF_LEAK, "CSF leak"),
    (EventKind.POCKET_FILL, "Suspected pocket fill"),
    (MotorState.RUNNING, "Yes: the motor is running again"),
    (MotorState.NOT_LOGGED, "The log does not show it yet"),
    (MedicineKind.BACLOFEN, "Baclofen by mouth"),
    (MedicineKind.SPASTICITY, "Another one against spasticity"),
    (MedicineKind.OPIOID, "Opioid"),
    (MedicineKind.OTHER, "Other"),
    (MedicineKind.NONE, "Asked: takes none"),
    (WatchKind.RECALL, "Field-safety notice"),
    (RecallClass.ONE, "Class I: may kill or injure for good"),
    (RecallClass.TWO, "Class II: may injure for a time"),
    (RecallClass.THREE, "Class III or for information"),
    (Touch.AFFECTED, "Affected"),
    (Touch.UNTOLD, "Can't be told: look at the pump"),
    (Touch.UNAFFECTED, "Not affected"),
    (WatchKind.ORDER, "Drug order"),
    (WatchKind.AUTHORISATION, "Authorisation"),
    *SUPPLY_WORDS,
    (WatchKind.ALARM, "Alarm, critical"),
    (WatchKind.MINOR_ALARM, "Alarm, non-critical"),
    (WatchKind.SYSTEM, "System"),
    (Severity.CRITICAL, "Critical"),
    (Severity.NON_CRITICAL, "Non-critical"),
    (Severity.CLINICAL, "Clinical"),
    (Severity.INFO, "For information"),
    (Severity.ADMIN, "Of this program"),
    (Tone.SINGLE, "a single tone"),
    (Tone.TWO_TONE, "two tones"),
    (Tone.NOT_SURE, "not sure which"),
    (Reporter.PATIENT, "the patient"),
    (Reporter.CARER, "a carer or relative"),
    (Reporter.FACILITY, "the care home or facility"),
    (Reporter.CLINIC, "somebody of this clinic"),
    (Reporter.ELSEWHERE, "an emergency department or another clinic"),
    (Symptoms.YES, "Yes"),
    (Symptoms.NO, "No"),
    (Symptoms.NOT_ASKED, "Not asked"),
    (TransferOutcome.ACCEPTED, "Accepted"),
    (TransferOutcome.REFUSED, "Refused"),
    (TransferOutcome.WITHDRAWN, "Withdrawn"),
    (StepKind.REFERRED, "Referred for replacement"),
    (StepKind.AUTHORISED, "Authorised"),
    (StepKind.THEATRE, "Date of surgery set"),
    (StepKind.CALLED_OFF, "Surgery called off"),
    (StepKind.REPLACED, "Replaced"),
    (WebhookKind.OPENED, "Opened:"),
    (WebhookKind.LEVEL, "Another level:"),
    (WebhookKind.DATE, "Another date:"),
    (WebhookKind.CLOSED, "Closed:"),
    (WebhookKind.TEST, "Test"),
    (EventState.WAITING, "Waits to be told"),
    (EventState.CLAIMED, "Being called"),
    (EventState.DELIVERED, "Taken"),
    (EventState.GIVEN_UP, "Given up: too old"),
    (EventState.DROPPED, "Dropped: it was revoked"),
    (Level.INFO, "For information"),
    (Level.WARN, "Warning"),
    (Level.URGENT, "Urgent"),
    (Mode.SIMPLE, "Simple continuous"),
    (Mode.FLEX, "Flex (steps through the day)"),
    (Mode.PERIODIC_BOLUS, "Periodic bolus"),
    (Mode.MINIMUM, "Minimum rate"),
    (Mode.STOPPED, "Stopped"),
    (Mode.FIXED_FLOW, "Fixed flow"),
    (Channel.EMAIL, "e-mail"),
    (Channel.SMS, "SMS"),
    (ReplyKind.CONFIRM, "a yes"),
    (ReplyKind.STOP, "no more texts: the number is stopped"),
    (ReplyKind.START, "texts wanted again: needs a consent on record"),
    (ReplyKind.HELP, "asks who we are: answered"),
    (ReplyKind.WRONG_NUMBER, "wrong number: it is stopped"),
    (ReplyKind.OTHER, "for a person to read"),
    (MessageState.PLANNED, "Planned"),
    (MessageState.HELD, "Held for now"),
    (MessageState.CLAIMED, "Being sent"),
    (MessageState.SENT, "Sent"),
    (MessageState.DELIVERED, "Delivered"),
    (MessageState.FAILED, "Failed"),
    (MessageState.UNKNOWN, "Unclear: look at it"),
    (MessageState.SUPERSEDED, "Overtaken by a newer one"),
    (MessageState.CANCELLED, "Cancelled"),
    (Grade.WITHIN, "Inside the usual limits. It doesn't show where the needle was."),
    (Grade.AMBER, "Outside the usual limits: look at the trend."),
    (Grade.RED, "Far outside the usual limits: evaluate before the patient leaves."),
    (Lean.FAST, "Runs fast"),
    (Lean.SLOW, "Runs slow"),
    (Lean.FASTER, "Runs ever faster"),
    (Lean.SLOWER, "Runs ever slower"),
    (Guide.TEMPLATE, "Template"),
    (Guide.ULTRASOUND, "Ultrasound"),
    (Guide.FEEL, "Feeling alone"),
    (Finding.MEASURING, "Measuring: the syringe, or not emptied completely"),
    (Finding.RECORD, "A record that was missing or wrong"),
    (Finding.PLACEMENT, "Drug may have gone beside the reservoir"),
    (Finding.PUMP, "The pump runs fast or slow"),
    (Finding.CATHETER, "The catheter"),
    (Finding.NONE_FOUND, "Nothing was found"),
    (SilenceKind.ACKNOWLEDGEMENT, "Taken in hand"),
    (SilenceKind.SNOOZE, "Put off"),
    (Outcome.AT_ONCE, "In force at once"),
    (Outcome.AGREED, "Agreed"),
    (Outcome.REFUSED, "Refused"),
    (Outcome.WITHDRAWN, "Taken back"),
    (Outcome.OUTDATED, "Outdated"),
    (Outcome.LAPSED, "Lapsed: nobody decided in time"),
    (RiskClass.CRITICAL, "Critical"),
    (RiskClass.HIGH, "High"),
    (RiskClass.LOW, "Low"),
    (AddressState.UNVERIFIED, "not verified yet"),
    (AddressState.OK, "has been reached"),
    (AddressState.FAILING, "failing"),
    (AddressState.STOPPED, "asked us to stop"),
    (AddressState.INVALID, "invalid"),
    (PumpEnd.EXPLANTED, "Explanted"),
    (PumpEnd.REPLACED, "Replaced"),
    (PumpEnd.DIED, "Patient died"),
    (PumpEnd.TRANSFERRED, "Transferred and accepted"),
    (Relation.PATIENT, "Patient"),
    (Relation.CARER, "Carer"),
    (Relation.FACILITY, "Care home or facility"),
    (Relation.PHYSICIAN, "Physician"),
    (Scope.READ_BOARD, "Read the board"),
    (Scope.READ_CALENDAR, "Calendar of the whole clinic"),
    (Scope.READ_OWN_CALENDAR, "Calendar of the owner's own pumps"),
    (Scope.READ_WALL, "Wall board of the clinic, without names"),
    (Wish.DAILY, "Each day on which the clinic is open"),
    (Wish.WEEKLY, "Once a week"),
    (Wish.OFF, "Not by e-mail"),
    (Role.NURSE, "Nurse"),
    (Role.COORDINATOR, "Coordinator"),
    (Role.CLINICIAN, "Clinician"),
    (Role.ADMINISTRATOR, "Administrator"),
    (Role.VIEWER, "Viewer (may read only)"),
    (How.PASSWORD, "password"),
    (How.TOTP, "password and code"),
    (How.RECOVERY, "password and recovery code"),
    (How.PASSKEY, "passkey"),
    (How.SSO, "the hospital's own sign-in"),
)

_BY_KIND = {(type(code), code.value): text for code, text in WORDS}


def words_for(code: StrEnum | None) -> str:
    """What staff read for `code`; an unknown one is shown as it is, never hidden."""
    if code is None:
        return "not recorded"
    return _BY_KIND.get((type(code), code.value), str(code.value).replace("_", " "))


def alarm_words(code: str) -> str:
    """What the catalogue calls an alarm; an unknown one is shown as it is, never hidden."""
    entry = load().alarms.get(code)
    return entry.name if entry else code.replace("_", " ")
