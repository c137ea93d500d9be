"""Which event of the explorer stands for which act of the program, and for which kind of watch.

A new kind or a new act is missing here, and a test says so: whoever adds one thinks of what it
does to a watch, and the explorer tries it in every order.
"""

import ast
from pathlib import Path

from tests.explorer.events import (
    BOOKED,
    CALLED_OFF,
    DAY_AFTER,
    IN_HAND,
    LATER,
    NEARER,
    PUT_OFF,
    STOP,
    STRUCK_OUT,
)
from tests.explorer.later import COMPARED, OTHER_CLINIC, OVER, WORSE
from tracker import services
from tracker.domain.facts import WatchKind

# What ends a watch of each kind; to the explorer it is one event, for each is a record.
ENDS = {
    WatchKind.REFILL: "a refill is recorded",
    WatchKind.BATTERY: "a new pump, or the end of the old one",
    WatchKind.NO_DATA: "the record that was missing",
    WatchKind.STOPPED: "a programme that runs",
    WatchKind.MISMATCH: "a record that brings the two dates together",
    WatchKind.DISCREPANCY: "an assessment, or a refill inside the limits",
    WatchKind.DISPUTE: "a correction, a strike-out, or the same person agrees",
    WatchKind.UNDELIVERABLE: "an address that works, or a call",
    WatchKind.VISIT: "whether the patient came is written down",
    WatchKind.REPLY: "the answer is read and handled",
    WatchKind.LIST: "the list of the next morning",
    WatchKind.DAY_REPORT: "the next report",
    WatchKind.WEEK_REPORT: "the next report",
    WatchKind.ACCESS: "somebody has looked at it",
    WatchKind.TRANSFER: "it is accepted, refused or withdrawn",
    WatchKind.INTERROGATION: "an interrogation",
    WatchKind.ASSESSMENT: "a clinician's assessment",
    WatchKind.RAISED_FLOW: "the fever or flight is over",
    WatchKind.REVIEW: "a review",
    WatchKind.RECALL: "what was done is on record, or the notice is withdrawn",
    WatchKind.ORDER: "the drug is there",
    WatchKind.AUTHORISATION: "the payer agrees",
    WatchKind.ALARM: "an interrogation, or a clinician's reason",
    WatchKind.MINOR_ALARM: "an interrogation, or a clinician's reason",
    WatchKind.ENDING: "a second person has said whether the pump has ended",
    WatchKind.CALL: "the call is made",
    WatchKind.SYSTEM: "an audit that passed, or what was out of order works again",
}

ACTS: dict[str, frozenset[str]] = {
    OVER: frozenset(
        {
            *("accesses.review", "alarm_closings.close_with_reading"),
            *("alarm_closings.close_with_reason", "arrivals.record_arrival"),
            *("assessments.assess", "authorisations.record_authorisation"),
            *("contacts.mend_contact", "countersigns.countersign", "events.end_event"),
            *("events.nothing_was_done", "orders.give_reason", "appointments.keep"),
            *("endings.record_end", "endings.sign_end"),
            *("pumps.end_pump", "readings.record_interrogation", "recalls.answer_recall"),
            *("recalls.end_with_pump", "recalls.withdraw_recall", "refills.record_refill"),
            *("replacements.replace_pump", "replies.handle", "reviews.record_review"),
            *("transfers.accept", "transfers.refuse", "transfers.withdraw"),
            "replacements.end_with_clinic",
        }
    ),
    NEARER: frozenset(
        {
            *("arrivals.discard", "closures.close_named", "closures.close_span"),
            *("alarms.record_alarm", "countersigns.countersign", "events.record_event"),
            *("medicines.begin_medicine", "medicines.correct_medicine", "orders.cancel"),
            *("order_steps.move_order", "programmes.change_dose", "proposals.agree"),
            *("proposals.change", "public_holidays.close_holidays", "pumps.correct_pump"),
        }
    ),
    LATER: frozenset(
        {
            *("orders.place_order", "programmes.change_dose", "proposals.agree"),
            *("medicines.end_medicine", "medicines.strike_out", "refills.record_refill"),
            *("public_holidays.work_through", "pumps.correct_pump", "corrections.void"),
        }
    ),
    STRUCK_OUT: frozenset(
        {
            *("alarm_corrections.correct_alarm", "corrections.void", "corrections.void_copy"),
            *("end_undoing.undo_end", "endings.correct_end"),
            *("events.correct_end", "arrivals.discard", "replacements.call_off"),
        }
    ),
    WORSE: frozenset({"alarms.record_alarm", "alarm_corrections.correct_alarm"}),
    OTHER_CLINIC: frozenset({"handovers.hand_patient_over", "transfers.accept"}),
    IN_HAND: frozenset({"silences.acknowledge"}),
    PUT_OFF: frozenset({"silences.snooze"}),
    BOOKED: frozenset(
        {
            *("appointments.book", "appointments.move", "appointments.confirm"),
            *("arrangements.take_along", "replacements.record_step"),
            *("replacements.set_theatre", "visit_plans.accept", "contact_attempts.record_call"),
        }
    ),
    CALLED_OFF: frozenset(
        {"appointments.cancel", "appointments.end_with_pump", "replacements.call_off"}
    ),
    DAY_AFTER: frozenset({"appointments.miss"}),
    STOP: frozenset({"contacts.decide_consent", "contact_attempts.record_call"}),
    COMPARED: frozenset({"restorations.confirm"}),
    # Who is told, and not whether or when: it is found out as a step speaks.
    "": frozenset(
        {
            *("assignments.assign", "assignments.assign_all", "owners.own", "members.depart"),
            *("cover.record_absence", "cover.put_on_duty", "clinic_settings.change_settings"),
            *("contacts.mend_contact", "patients.add_contact", "invitations.invite"),
            *("members.add_new", "members.make_link", "members.reset_factors"),
            *("policies.write_policy", "silences.end_silence", "wordings.save_wording"),
            # what opens a watch: the explorer begins there
            *("accesses.open_record", "pumps.implant_pump", "pumps.implant_with"),
            *("recalls.enter_recall", "recalls.look_at_pump", "transfers.propose"),
            *("factors.reset", "members.mend", "staff.mend_address", "staff.mend_phone"),
            # what no watch hears of
            *("account_notices.tell", "account_notices.tell_of_address"),
            *("alarms.row_of", "arrangements.arrange", "aways.record_away"),
            *("aways.withdraw_away", "imports.source_of", "medicines.record_none"),
            *("patients.register_patient", "places.set_day", "places.set_weekdays"),
            *("proposals.refuse", "recalls.note_letter", "recalls.note_letters"),
            "saved_views.keep_view",
            *("tokens.make_token", "tokens.revoke_token", "webhooks.add_webhook"),
            "webhooks.revoke_webhook",
        }
    ),
}


def acts_of_people() -> set[str]:
    """What somebody does at a moment, by name: whatever the services let `by` do at `now`."""
    found = set()
    for path in sorted(Path(services.__path__[0]).glob("*.py")):
        for one in ast.parse(path.read_text()).body:
            if not isinstance(one, ast.FunctionDef) or one.name.startswith("_"):
                continue
            if {"by", "now"} <= {argument.arg for argument in one.args.kwonlyargs}:
                found.add(f"{path.stem}.{one.name}")
    return found
