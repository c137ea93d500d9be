"""The words that staff read for a message: what it is about, and what became of it."""

from tracker.domain.message import MessageState, is_unsent
from tracker.web.words import words_for


def sending_words(state: MessageState, receipt: str | None) -> str:
    """What became of a message: one that was only printed is never called sent."""
    if not is_unsent(state, receipt):
        return words_for(state)
    is_printed = (receipt or "").startswith("printed")
    return "Printed, not sent" if is_printed else "Not sent (demonstration)"


MESSAGES = {
    "refill_book": "Please book",
    "refill_please_book": "Please book, to the patient",
    "refill_late": "Refill needed now",
    "refill_dry": "May be empty",
    "battery_replace": "Replace the pump",
    "no_data": "Record missing",
    "mismatch": "Dates differ",
    "discrepancy": "Residual far off",
    "pump_stopped": "Pump stopped",
    "refill_disputed": "Refill disputed",
    "end_unconfirmed": "End of pump unconfirmed",
    "undeliverable": "Can't be reached",
    "visit_reminder": "Visit, to the patient",
    "visit_unconfirmed": "Visit not confirmed",
    "visit_unsettled": "Visit not settled",
    "reply_unread": "Unread answer",
    "morning_list": "Emergency list",
    "day_report": "Report of the day",
    "week_report": "Report of the week",
    "access_opened": "Record opened across clinics",
    "transfer_open": "Handover undecided",
    "interrogation_due": "Interrogate after MRI",
    "assessment_due": "Suspected pocket fill",
    "flow_raised": "Flow may be raised",
    "review_due": "Regular review",
    "recall_open": "Field-safety notice",
    "drug_order": "Drug order",
    "authorisation_due": "Authorisation",
    "device_alarm": "Alarm of the pump",
    "system_fault": "System fault",
}


def message_words(template: str) -> str:
    """What a message is about, in a few words."""
    return MESSAGES.get(template, template.replace("_", " "))


# What the system does by itself, told to staff who would read "ask the patient" as their task.
BY_MESSAGE = (
    ("ask the patient and the carer to book", "message to patient and carer: please book"),
    ("ask the patient to book", "message to the patient: please book"),
    ("ask the owner to book", "message to the owner: please book"),
    ("remind the patient and the carer of", "message to patient and carer:"),
    ("speak again: what kept it quiet is over", "reminders begin again"),
)


def next_words(action: str) -> str:
    """The next action as staff should read it."""
    for name, words in BY_MESSAGE:
        if action.startswith(name):
            return words + action.removeprefix(name)
    return action
