"""The trail in words: what an entry is about, and what changed from what to what."""

import json
from typing import Any

from tracker.domain.trail import Act
from tracker.models import TrailEntry

TABLES = {
    "absence": "an absence",
    "appointment": "a visit",
    "assignment": "who a watch was given to",
    "away": "days on which a patient is away",
    "bolus": "a bolus",
    "capacity": "how many visits a day holds",
    "clinic": "the settings of the clinic",
    "closure": "a closed day",
    "consent": "a consent",
    "contact": "a contact",
    "contact_attempt": "a call",
    "device_alarm": "an alarm of a pump",
    "alarm_closing": "the end of an alarm",
    "authorisation": "an authorisation",
    "drug_order": "a drug order",
    "drug_order_drug": "a drug of an order",
    "drug_order_step": "what became of a drug order",
    "supply_reason": "why nothing is ordered",
    "visit_arrangement": "what is arranged for a visit",
    "duty": "a duty",
    "end_sign": "what a second person says of a pump's end",
    "pump_ending": "the end of a pump",
    "event": "an event",
    "event_end": "the end of an event",
    "membership": "the rights of somebody",
    "oral_medicine": "a medicine by mouth",
    "patient": "a patient",
    "policy": "a reminder policy",
    "programme": "a programme",
    "pump": "a pump",
    "pump_revision": "a correction of a pump",
    "reading": "an interrogation",
    "recall": "a field-safety notice",
    "recall_model": "a model of a field-safety notice",
    "recall_pump": "what a field-safety notice means for a pump",
    "replacement_step": "a step to a new pump",
    "refill": "a refill",
    "refill_drug": "a drug of a refill",
    "reply": "an answer",
    "review": "a review",
    "saved_view": "a saved view of the board",
    "silence": "a silence",
    "staff": "somebody who works here",
    "authenticator": "an authenticator app",
    "invitation": "a link for a new password",
    "own_value": "a value of the clinic's own in the catalogue",
    "passkey": "a passkey",
    "recovery_code": "a recovery code",
    "sign_in": "a session",
    "watch": "who answers for a watch",
    "wording": "the words of a message",
    "worked_holiday": "a holiday on which the clinic is open",
}
PAGES = {
    "api": "the board, for a program",
    "alarms": "alarms",
    "emergencies": "an emergency plan",
    "account": "their own account",
    "appointments": "visits",
    "aways": "days away",
    "board": "the board",
    "catalogues": "the catalogue",
    "clinic": "the clinic",
    "contacts": "a contact",
    "corrections": "a correction",
    "cover": "absence and duty",
    "events": "an event",
    "figures": "the figures",
    "incidents": "the report of an incident",
    "medicines": "medicines by mouth",
    "members": "somebody who works here",
    "figure_lists": "a list behind a figure",
    "day_reports": "the report of the day",
    "morning_lists": "the emergency list",
    "arrangements": "what is arranged for a visit",
    "authorisations": "an authorisation",
    "day_lists": "the day list or the week plan",
    "orders": "drug orders",
    "outbox": "the outbox",
    "patients": "patients",
    "policies": "reminder policies",
    "programmes": "a programme",
    "ends": "the end of a pump",
    "pumps": "a pump",
    "readings": "an interrogation",
    "recalls": "a field-safety notice",
    "refills": "a refill",
    "rehearsals": "the rehearsal",
    "replacements": "the way to a new pump",
    "replies": "the inbox",
    "reviews": "a review",
    "sign_in": "the door",
    "staff": "the list of staff",
    "silences": "silences",
    "trail": "the trail",
    "visit_plans": "the plan of visits",
    "weeks": "the calendar",
    "calls": "a call",
    "near_misses": "near misses",
    "wall": "the wall board",
    "watches": "a watch",
    "worklist": "a list to work through",
    "wordings": "texts",
}
OF_ONE = {
    "alarms": "an alarm",
    "patients": "a patient",
    "outbox": "a message",
    "replies": "an answer",
    "trail": "who saw a patient",
}
ACTS = (
    (Act.VIEWED, "saw"),
    (Act.LISTED, "saw a list:"),
    (Act.EXPORTED, "took out"),
    (Act.ADDED, "added"),
    (Act.CHANGED, "changed"),
    (Act.REMOVED, "removed"),
    (Act.SIGNED_IN, "signed in"),
    (Act.SIGNED_OUT, "signed out"),
    (Act.REFUSED, "was refused"),
)


def act_words(act: Act) -> str:
    return dict(ACTS)[act]


def what_words(entry: TrailEntry) -> str:
    """What an entry is about; one that nobody put into words yet, by its code."""
    if entry.act in (Act.SIGNED_IN, Act.SIGNED_OUT):
        return ""
    page = entry.what.partition(".")[0]
    words = TABLES.get(entry.what) or PAGES.get(page) or entry.what.replace("_", " ")
    if entry.row_id is None:
        return words
    return f"{OF_ONE.get(page, words)}, no. {entry.row_id}"


def differences(entry: TrailEntry) -> list[str]:
    """Each field with what it was and what it became; of a list, how many were on it."""
    before, after = _fields(entry.before), _fields(entry.after)
    if "count" in after and "patients" in after:
        count = after["count"]
        return ["1 patient" if count == 1 else f"{count} patients"]
    if entry.act is Act.CHANGED:
        return [
            f"{_name(name)}: {_value(before.get(name))} \N{RIGHTWARDS ARROW} {_value(value)}"
            for name, value in after.items()
        ]
    return [f"{_name(name)}: {_value(value)}" for name, value in {**before, **after}.items()]


def _fields(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:  # tampered with; verify-audit names it
        return {}
    return found if isinstance(found, dict) else {}


def _name(field: str) -> str:
    return field.removesuffix("_id").replace("_", " ")


def _value(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
