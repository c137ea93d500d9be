"""Which tables leave a trail, which don't and why, and what of a row is never written down."""

import re
from typing import Any

import sqlalchemy as sa

# Changed by people, or by what people answer.
KEPT = frozenset(
    {
        *(
            "absence",
            "appointment",
            "assessment",
            "bolus",
            "clinic",
            "closure",
            "consent",
            "contact",
            "countersign",
            "end_sign",
            "pump_ending",
        ),
        *("contact_attempt", "duty", "membership", "patient", "policy", "programme", "pump"),
        *("pump_revision", "reading", "refill", "refill_drug", "reply", "silence", "staff"),
        *("watch", "wording"),
        *("authenticator", "invitation", "passkey", "recovery_code", "sign_in"),
        *("staff_subject", "proposal", "emergency_access", "access_review"),
        *("transfer", "event", "event_end", "review", "oral_medicine"),
        *("recall", "recall_model", "recall_pump", "replacement_step", "own_value"),
        *("drug_order", "drug_order_drug", "drug_order_step", "authorisation"),
        *("supply_reason", "visit_arrangement"),
        *("device_alarm", "alarm_closing"),
        *("api_token", "webhook", "away", "capacity", "worked_holiday"),
        *("assessment", "assignment", "saved_view", "restoration"),
    }
)
LEFT_OUT = {
    "account_notice": "made with the change that it tells of, which leaves a trail itself",
    "attempt": "made by delivery, and itself the evidence of it",
    "backup": "made by the scheduler, and on disk with its digest",
    "date_change": "follows from the records, which leave a trail themselves",
    "delivery_report": "made by a provider, and kept as it came",
    "drug": "comes with the program, whose versions are kept elsewhere",
    "heartbeat": "made by every tick, and pruned",
    "message": "made by the tick and by delivery; the outbox keeps every one",
    "morning_list": "made by the scheduler; its pages are on disk with their digest",
    "pump_model": "comes with the program, whose versions are kept elsewhere",
    "spent_challenge": "made by the program, so that an answer or a link counts once",
    "trail_entry": "is the trail",
    "trail_patient": "is the trail",
    "webhook_event": "made with the change that it tells of, and shown on the webhook's page",
    "trial": "counts mistakes under a hash; each refusal is an entry of its own",
}
# Of a watch only what people decide: all else follows from records that leave a trail. That
# somebody came in is an entry of its own.
ONLY = {
    "watch": frozenset({"owner_id"}),
    "sign_in": frozenset({"stepped_up_at", "ended_at"}),
}
IGNORED = {
    # counts the records, which leave a trail themselves; and follows from them
    "pump": frozenset({"version", "review_asks_at", "supply_ends_at"}),
    "patient": frozenset({"admitted_at"}),
    "clinic": frozenset({"day_reported_on", "week_reported_on"}),  # by the scheduler
    "api_token": frozenset({"used_at"}),
    "webhook": frozenset({"failures", "next_try_at", "answered_at"}),
    "authenticator": frozenset({"last_step"}),
    "passkey": frozenset({"sign_count", "used_at"}),
}
SECRET = re.compile(r"password|token|secret|hash|credential|recovery|_key$")
LONG_WORDS = {("reply", "body"), ("wording", "text")}  # texts of messages stay where they are
NOT_TOLD = "(not written down)"


def leaves_trail(table: str) -> bool:
    """Whether changes of a table are written down; one that nobody thought of is."""
    return table not in LEFT_OUT


def columns_of(table: Any) -> list[Any]:
    """The columns whose changes are told."""
    only, ignored = ONLY.get(table.name), IGNORED.get(table.name, frozenset())
    return [
        one
        for one in table.columns
        if one.computed is None and one.name not in ignored
        if only is None or one.name in only
    ]


def told(column: Any, value: Any) -> Any:
    """A value as it may be written down: a secret only as something that is there."""
    if value is None or not _is_secret(column):
        return value
    return NOT_TOLD


def _is_secret(column: sa.Column[Any]) -> bool:
    where = (column.table.name, column.name)
    is_sealed = bool(getattr(column.type, "is_sealed", False))  # encrypted where it lies
    return is_sealed or where in LONG_WORDS or SECRET.search(column.name) is not None
