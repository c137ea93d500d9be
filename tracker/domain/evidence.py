"""What ends a watch: for each kind the records that show its danger to be over, and no others.

Promise four is this table. No age, no click and no message that was sent has a line in it, so
nothing that closes a watch can name one.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tracker.domain.facts import WatchKind


class EvidenceKind(StrEnum):
    """The record that ended a watch; the number beside it is that of its row."""

    # what is written down of a pump
    REFILL = "refill"
    PROGRAMME = "programme"
    BOLUS = "bolus"
    READING = "reading"
    EVENT = "event"
    EVENT_END = "event_end"
    ASSESSMENT = "assessment"
    REVIEW = "review"
    VOID = "void"
    PUMP = "pump"
    PUMP_REVISION = "pump_revision"
    TAKEN_OVER = "taken_over"  # from another clinic: it is watched on
    AWAY = "away"
    RULES = "rules"  # the clinic's, or the catalogue's
    REHEARSAL = "rehearsal"  # in a copy, where somebody looks ahead or back
    DRUG_ORDER = "drug_order"
    SUPPLY_REASON = "supply_reason"
    AUTHORISATION = "authorisation"
    APPOINTMENT = "appointment"
    COUNTERSIGN = "countersign"
    CLINICAL_REASON = "clinical_reason"
    RECALL_PUMP = "recall_pump"
    # its end, and what people say of it
    EXPLANTED = "explanted"
    REPLACED = "replaced"
    DIED = "died"
    TRANSFERRED = "transferred"
    TRANSFER = "transfer"  # the other clinic has accepted
    TRANSFER_DECLINED = "transfer_declined"  # it has not, or the offer was withdrawn
    PUMP_ENDING = "pump_ending"
    END_SIGN = "end_sign"
    # whom we could not write to
    WATCH = "watch"  # what it was about is over
    DELIVERY_REPORT = "delivery_report"
    TAKEN = "taken"  # the server had it after all
    CONTACT_ATTEMPT = "contact_attempt"
    ADDRESS_MENDED = "address_mended"
    ANOTHER_WAY_AGREED = "another_way_agreed"
    # what people or the program had to do
    REPLY_HANDLED = "reply_handled"
    ACCESS_REVIEW = "access_review"
    NEXT_LIST = "next_list"
    NEXT_REPORT = "next_report"
    # what was out of order
    AUDIT_PASSED = "audit_passed"
    CLIMBED_AGAIN = "climbed_again"
    SENT_AGAIN = "sent_again"
    REACHED_AGAIN = "reached_again"
    NOBODY_ASKS = "nobody_asks"
    UNDER_THE_CEILING = "under_the_ceiling"
    MAILBOX_READ = "mailbox_read"
    BACKUP_MADE = "backup_made"
    RECORDS_COMPARED = "records_compared"
    WEBHOOK = "webhook"
    WEBHOOK_EVENT = "webhook_event"


_K = EvidenceKind

# DESIGN 2.4: with the pump, or as another clinic accepts it, every danger of it ends here.
PUMP_ENDS = frozenset({_K.EXPLANTED, _K.REPLACED, _K.DIED, _K.TRANSFERRED, _K.TRANSFER})

# What dates are worked out from: any of it may show that something is so no more.
RECORDS = PUMP_ENDS | {
    *(_K.REFILL, _K.PROGRAMME, _K.BOLUS, _K.READING, _K.EVENT, _K.EVENT_END),
    *(_K.ASSESSMENT, _K.REVIEW, _K.REHEARSAL),
    *(_K.VOID, _K.PUMP, _K.PUMP_REVISION, _K.PUMP_ENDING, _K.TAKEN_OVER, _K.AWAY, _K.RULES),
}
_ORDERS = RECORDS | {_K.DRUG_ORDER, _K.SUPPLY_REASON, _K.AUTHORISATION, _K.APPOINTMENT}
_ALARMS = PUMP_ENDS | {_K.READING, _K.CLINICAL_REASON}

ENDED_BY: dict[WatchKind, frozenset[EvidenceKind]] = {
    WatchKind.REFILL: PUMP_ENDS | {_K.REFILL},
    WatchKind.BATTERY: PUMP_ENDS,
    WatchKind.NO_DATA: RECORDS,
    WatchKind.STOPPED: RECORDS,
    WatchKind.MISMATCH: RECORDS,
    WatchKind.DISCREPANCY: RECORDS,
    WatchKind.INTERROGATION: RECORDS,
    WatchKind.ASSESSMENT: RECORDS,
    WatchKind.RAISED_FLOW: RECORDS,
    WatchKind.DISPUTE: PUMP_ENDS | {_K.COUNTERSIGN, _K.REFILL, _K.VOID},
    WatchKind.ENDING: PUMP_ENDS | {_K.END_SIGN, _K.PUMP_ENDING},
    WatchKind.VISIT: PUMP_ENDS | {_K.APPOINTMENT, _K.REFILL},
    WatchKind.REVIEW: PUMP_ENDS | {_K.REVIEW},
    WatchKind.RECALL: PUMP_ENDS | {_K.RECALL_PUMP},
    WatchKind.ORDER: _ORDERS,
    WatchKind.AUTHORISATION: _ORDERS,
    WatchKind.ALARM: _ALARMS,
    WatchKind.MINOR_ALARM: _ALARMS,
    WatchKind.TRANSFER: PUMP_ENDS | {_K.TRANSFER_DECLINED},
    WatchKind.UNDELIVERABLE: PUMP_ENDS
    | {_K.WATCH, _K.DELIVERY_REPORT, _K.TAKEN, _K.CONTACT_ATTEMPT}
    | {_K.ADDRESS_MENDED, _K.ANOTHER_WAY_AGREED},
    WatchKind.REPLY: PUMP_ENDS | {_K.REPLY_HANDLED},
    WatchKind.CALL: frozenset(EvidenceKind),  # it ends with whatever it was about
    WatchKind.ACCESS: frozenset({_K.ACCESS_REVIEW}),
    WatchKind.LIST: frozenset({_K.NEXT_LIST}),
    WatchKind.DAY_REPORT: frozenset({_K.NEXT_REPORT}),
    WatchKind.WEEK_REPORT: frozenset({_K.NEXT_REPORT}),
    WatchKind.SYSTEM: PUMP_ENDS
    | {_K.AUDIT_PASSED, _K.CLIMBED_AGAIN, _K.SENT_AGAIN, _K.REACHED_AGAIN, _K.NOBODY_ASKS}
    | {_K.UNDER_THE_CEILING, _K.MAILBOX_READ, _K.BACKUP_MADE, _K.RECORDS_COMPARED}
    | {_K.WEBHOOK, _K.WEBHOOK_EVENT, _K.WATCH},
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What ends a watch: the kind of record, and its number.

    `is_new_fill` is said of a refill alone, see `is_new_fill`.
    """

    kind: EvidenceKind
    id: int | None = None
    is_new_fill: bool = False


class EndsNothing(ValueError):
    """A watch was to be closed by what doesn't show its danger to be over: a defect of ours."""


def is_new_fill(
    filled_at: datetime, newest_at: datetime | None, *, is_correction: bool
) -> bool:
    """Whether a refill is what the reservoir holds now.

    An older one that is entered late says nothing of it, and neither does the correction of a
    row: both move dates, and leave the watch open.
    """
    return not is_correction and (newest_at is None or filled_at > newest_at)


def ends(kind: WatchKind, evidence: Evidence, *, stands: bool = False) -> bool:
    """Whether a record ends the open watch of a kind.

    `stands`: by all that is on record with it, what the watch is about is still so.
    """
    if evidence.kind not in ENDED_BY[kind]:
        return False
    if evidence.kind in PUMP_ENDS:
        return True
    if kind is WatchKind.REFILL:
        return evidence.is_new_fill
    return not stands


def check_ends(kind: WatchKind, evidence: Evidence) -> None:
    """Raise EndsNothing where `evidence` can't end a watch of that kind."""
    if not ends(kind, evidence):
        raise EndsNothing(f"a watch of kind {kind} is not ended by {evidence.kind}")
