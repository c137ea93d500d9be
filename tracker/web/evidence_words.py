"""What ended a watch, in words: for each kind of record half a sentence after "because"."""

from tracker.domain.evidence import EvidenceKind
from tracker.models import Watch

_K = EvidenceKind

EVIDENCE = {
    _K.REFILL: "a refill was recorded",
    _K.PROGRAMME: "a programme was recorded",
    _K.BOLUS: "a bolus was recorded",
    _K.READING: "an interrogation was recorded",
    _K.EVENT: "an event was recorded",
    _K.EVENT_END: "an assessment or a decision was recorded",
    _K.ASSESSMENT: "an assessment was recorded",
    _K.REVIEW: "a review was recorded",
    _K.VOID: "a record was struck out",
    _K.PUMP: "the pump was recorded",
    _K.PUMP_REVISION: "the pump's details were corrected",
    _K.TAKEN_OVER: "the patient was taken over from another clinic",
    _K.AWAY: "days away were recorded or withdrawn",
    _K.RULES: "the clinic's rules or the catalogue changed",
    _K.REHEARSAL: "a rehearsal looked at another day",
    _K.DRUG_ORDER: "what became of a drug order was recorded",
    _K.SUPPLY_REASON: "a reason was given why none is needed",
    _K.AUTHORISATION: "what the payer said was recorded",
    _K.APPOINTMENT: "the visit was settled",
    _K.COUNTERSIGN: "the second person agreed",
    _K.CLINICAL_REASON: "a clinician gave a reason",
    _K.RECALL_PUMP: "what was done about the notice was recorded",
    _K.EXPLANTED: "the pump was explanted",
    _K.REPLACED: "the pump was replaced",
    _K.DIED: "the patient died",
    _K.TRANSFERRED: "the patient was handed over and accepted",
    _K.TRANSFER: "another clinic accepted the patient",
    _K.TRANSFER_DECLINED: "the patient stays: the offer was refused or withdrawn",
    _K.PUMP_ENDING: "the end of the pump was put right, or undone",
    _K.END_SIGN: "a second person agreed that the pump has ended so",
    _K.WATCH: "what it was about is over",
    _K.DELIVERY_REPORT: "the message arrived after all",
    _K.TAKEN: "the mail server or the gateway had the message after all",
    _K.CONTACT_ATTEMPT: "somebody was reached by telephone",
    _K.ADDRESS_MENDED: "there is an address that works",
    _K.ANOTHER_WAY_AGREED: "another way was agreed and written down",
    _K.REPLY_HANDLED: "the answer was read and dealt with",
    _K.ACCESS_REVIEW: "somebody has looked at it and said so",
    _K.NEXT_LIST: "the list of a later morning was made",
    _K.NEXT_REPORT: "a later report was made",
    _K.AUDIT_PASSED: "the audit found it in order again",
    _K.CLIMBED_AGAIN: "the watch that was stuck goes on again",
    _K.SENT_AGAIN: "there are words for it again that may be sent",
    _K.REACHED_AGAIN: "the step reaches somebody again",
    _K.NOBODY_ASKS: "no watch needs that step any more",
    _K.UNDER_THE_CEILING: "they may be written to again",
    _K.MAILBOX_READ: "the mailbox was read again",
    _K.BACKUP_MADE: "a backup was made",
    _K.RECORDS_COMPARED: "the records that were put back were compared",
    _K.WEBHOOK: "the webhook was taken away",
    _K.WEBHOOK_EVENT: "the webhook was taken again",
}


def evidence_words(watch: Watch) -> str:
    """Why a watch has ended; what an older version wrote is said as it is written."""
    kind = watch.evidence_kind or ""
    return EVIDENCE[EvidenceKind(kind)] if kind in EVIDENCE else kind.replace("_", " ")
