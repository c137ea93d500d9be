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
)
from tests.explorer.later import COMPARED, OTHER_CLINIC, WORSE
from tests.explorer.records import (
    CORRECTED,
    NOTHING_RIGHT,
    OLDER_FILL,
    OVER,
    PUMP_GONE,
    STRUCK_OUT,
)
from tests.explorer.telephoning import AGREED, CALL, MENDED, STOP, WITHDRAWN
from tracker import services

ACTS: dict[str, frozenset[str]] = {
    OVER: frozenset(
        {
            *("accesses.review", "alarm_closings.close_with_reading"),
            *("alarm_closings.close_with_reason", "arrivals.record_arrival"),
            *("assessments.assess", "authorisations.record_authorisation"),
            *("countersigns.countersign", "events.end_event"),
            *("events.nothing_was_done", "orders.give_reason", "appointments.keep"),
            *("endings.record_end", "endings.sign_end"),
            *("readings.record_interrogation", "recalls.answer_recall"),
            *("recalls.end_with_pump", "recalls.withdraw_recall", "refills.record_refill"),
            *("replies.handle", "reviews.record_review"),
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
    PUMP_GONE: frozenset({"pumps.end_pump", "replacements.replace_pump"}),
    OLDER_FILL: frozenset({"refills.record_refill"}),
    CORRECTED: frozenset({"refills.record_refill", "corrections.void"}),
    NOTHING_RIGHT: frozenset(
        {
            *("readings.record_interrogation", "programmes.change_dose", "events.record_event"),
            *("contact_attempts.record_call", "appointments.keep"),
        }
    ),
    CALL: frozenset({"contact_attempts.record_call"}),
    MENDED: frozenset({"contacts.mend_contact", "patients.add_contact"}),
    STOP: frozenset({"contacts.decide_consent", "contact_attempts.record_call"}),
    AGREED: frozenset({"contacts.decide_consent"}),
    WITHDRAWN: frozenset({"contacts.decide_consent"}),
    COMPARED: frozenset({"restorations.confirm"}),
    # Who is told, and not whether or when: it is found out as a step speaks.
    "": frozenset(
        {
            *("assignments.assign", "assignments.assign_all", "owners.own", "members.depart"),
            *("cover.record_absence", "cover.put_on_duty", "clinic_settings.change_settings"),
            "invitations.invite",
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
