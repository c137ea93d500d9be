"""Who may do what: one table, read by the gate and by the page that shows it.

What is not in it is refused. Another clinic's row is not there for anybody: see `rows`.
"""

from dataclasses import dataclass

from tracker.models import Role

EVERYBODY = frozenset(Role)
RECORDERS = EVERYBODY - {Role.VIEWER}
LEADERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Right:
    """What may be done, in words; by whom; and the pages that do it."""

    does: str
    roles: frozenset[Role]
    pages: frozenset[str]


def _right(does: str, roles: frozenset[Role], *pages: str) -> Right:
    return Right(does, roles, frozenset(" ".join(pages).split()))


# Without signing in.
OPEN = frozenset(
    {
        "static",
        "health.show",
        "sign_in.new",
        "sign_in.create",
        "sign_in.options",
        "sign_in.create_by_passkey",
        "single_sign_on.begin",
        "single_sign_on.back",
        "second_step.create",
        # who holds the link that was made for them
        "new_password.welcome",
        "new_password.accept",
        "unsubscribe.show",
        "unsubscribe.end",
        # a provider signs its calls, or holds the secret in the address
        "callbacks.twilio_inbound",
        "callbacks.twilio_report",
        "callbacks.gateway_report",
        "callbacks.gateway_inbound",
        "bounces.receive",
        "calendars.feed",
        "wall_by_address.show",
        # a program shows its token: the gate of the API asks for it
        "api.board",
        "api.describe",
    }
)

RIGHTS = (
    _right(
        "See the board, patients, pumps, watches, visits, orders and what was sent",
        EVERYBODY,
        "orders.index orders.show authorisations.show order_rules.edit",
        "day_lists.day day_lists.day_pdf day_lists.day_sheet",
        "day_lists.week day_lists.week_pdf day_lists.week_sheet",
        "board.index board.rows board.find worklist.choose worklist.make_call_list",
        "worklist.call_list worklist.elsewhere near_misses.index wall.show",
        "saved_views.index saved_views.create saved_views.remove",
        "patients.index patients.find patients.show",
        "medicines.index events.complications",
        "pumps.show next_visits.show next_visits.card",
        "watches.show silences.index appointments.index appointments.show",
        "weeks.show visit_plans.show",
        "day_reports.show figure_lists.show figure_lists.sheet",
        "outbox.index outbox.show replies.index replies.show figures.index figures.file",
        "morning_lists.index morning_lists.now morning_lists.show",
        "alarms.index alarms.show emergencies.show",
    ),
    _right(
        "See how dates are worked out, and what they would be otherwise",
        EVERYBODY,
        "dates.show what_if.new what_if.check what_if.preview",
        "fixed_fills.new fixed_fills.check fixed_fills.preview",
    ),
    _right(
        "See who is told when, in which words, and rehearse it",
        EVERYBODY,
        "clinic.index policies.index policies.show wordings.index wordings.choose",
        "wordings.edit cover.index rehearsals.show rehearsals.choose",
    ),
    _right(
        "Look after one's own account",
        EVERYBODY,
        "day_reports.wish account.show account.switch_clinic account.end_one account.end_all",
        "sign_in.end sign_in.go_on",
        "new_password.edit new_password.update",
        "confirm.show confirm.create confirm.options confirm.hide confirm.switch",
        "factors.authenticator factors.start factors.confirm factors.remove_authenticator",
        "factors.renew_codes factors.new_passkey factors.passkey_options",
        "factors.create_passkey factors.remove_passkey",
    ),
    _right(
        "Register patients, how they are reached, and pumps; end a pump",
        RECORDERS,
        "patients.new patients.create patients.speak emergencies.edit emergencies.prepare",
        "contacts.new contacts.create contacts.show contacts.mend contacts.decide",
        "pumps.new pumps.create pumps.amend pumps.correct",
        "ends.new ends.create ends.show ends.agree ends.disagree",
        "ends.amend ends.correct ends.confirm_undo ends.undo",
    ),
    _right(
        "Record and correct refills, programmes and readings",
        RECORDERS,
        "refills.new refills.create refills.check refills.preview",
        "assessments.new assessments.create",
        "countersigns.index countersigns.show countersigns.agree countersigns.disagree",
        "programmes.new programmes.create programmes.check programmes.preview",
        "readings.new readings.create readings.check readings.preview",
        "corrections.new corrections.create corrections.check corrections.preview",
        "corrections.confirm_void corrections.void",
    ),
    _right(
        "Record alarms of pumps, and close them with evidence",
        RECORDERS,
        "alarms.new alarms.create alarms.close alarms.close_by_reason",
        "alarms.amend alarms.correct",
    ),
    _right(
        "Record events and how they ended, reviews, and medicines by mouth",
        RECORDERS,
        "events.new events.create events.ask_end events.end reviews.new reviews.create",
        "events.ask_nothing_done events.say_nothing_done",
        "medicines.create medicines.none medicines.ask_end medicines.end medicines.strike",
        "medicines.amend medicines.correct",
    ),
    _right(
        "Book visits, order drugs, answer, call, and take a watch in hand",
        RECORDERS,
        "orders.stock orders.create_stock orders.new orders.create orders.arrive orders.end",
        "orders.reasons orders.give_reason authorisations.record arrangements.record",
        "appointments.create appointments.move appointments.confirm appointments.end",
        "replies.mark replies.give",
        "silences.begin silences.end silences.give",
        "calls.new calls.create worklist.give",
    ),
    _right(
        "Say that oneself is away (leaders: that anybody is)",
        RECORDERS,
        "cover.away cover.back",
    ),
    _right(
        "Name deputies and who is on duty",
        LEADERS,
        "cover.put_on_duty cover.off_duty cover.stand_in",
    ),
    _right(
        "Change who is told when, and in which words",
        LEADERS,
        "policies.edit policies.check policies.create policies.move",
        "wordings.check wordings.save wordings.restore",
    ),
    _right(
        "Make tokens for programs and calendars; revoke one's own (administrators: anybody's)",
        RECORDERS,
        "tokens.index tokens.create tokens.revoke",
    ),
    _right(
        "See who works here; add, invite and change them, and let them leave",
        ADMINISTRATORS,
        "staff.index staff.create staff.join members.show members.change_role members.invite",
        "members.reset members.sign_out members.mend members.leave",
    ),
    _right(
        "Have other programs told when a watch changes (webhooks)",
        ADMINISTRATORS,
        "webhooks.index webhooks.create webhooks.show webhooks.renew webhooks.call",
        "webhooks.revoke",
    ),
    _right(
        "Make the report of an incident: who did, was told and knew what of a watch, and when",
        frozenset({Role.COORDINATOR, Role.CLINICIAN, Role.ADMINISTRATOR}),
        "incidents.show incidents.print_out",
    ),
    _right(
        "See when a patient is away, and how they come to a visit",
        EVERYBODY,
        "aways.index",
    ),
    _right(
        "Write down when a patient is away, and how they come to a visit",
        RECORDERS,
        "aways.create aways.travel aways.withdraw",
    ),
    _right(
        "See how many visits a day holds, and holidays",
        EVERYBODY,
        "places.edit public_holidays.show",
    ),
    _right(
        "Book what the plan offers; change how many visits a day holds, and close on holidays",
        LEADERS,
        "visit_plans.take places.update places.update_day",
        "public_holidays.choose public_holidays.close public_holidays.work",
    ),
    _right("Change the settings of the clinic", ADMINISTRATORS, "clinic.edit clinic.update"),
    _right(
        "Change what dates are reckoned by, and the days on which the clinic is closed",
        ADMINISTRATORS,
        "rules.edit rules.check rules.update rules.close rules.reopen",
    ),
    _right(
        "See how good the projections were on the clinic's own refills",
        EVERYBODY,
        "backtests.show backtests.sheet",
    ),
    _right("See what waits for a second person", EVERYBODY, "proposals.index proposals.show"),
    _right(
        "Decide what waits (each by the role that may propose it, and never one's own)",
        RECORDERS,
        "proposals.agree proposals.refuse",
    ),
    _right(
        "Open a patient of another clinic in an emergency, and record a call there",
        RECORDERS,
        "accesses.new accesses.create accesses.show accesses.call",
    ),
    _right("See what was opened across clinics", EVERYBODY, "accesses.index"),
    _right(
        "Say that one has looked at what was opened (leaders and the last resort)",
        RECORDERS,
        "accesses.review",
    ),
    _right("See which patients are handed over", EVERYBODY, "transfers.index"),
    _right(
        "Offer a patient to another clinic; read, accept or refuse one who is offered",
        RECORDERS,
        "transfers.new transfers.create transfers.withdraw",
        "transfers.packet transfers.accept transfers.refuse",
    ),
    _right(
        "See the catalogue of pumps, drugs and alarms",
        EVERYBODY,
        "catalogues.index catalogues.pump catalogues.drug catalogues.alarms",
    ),
    _right(
        "Change or propose own values of the catalogue, and which orders are watched",
        LEADERS,
        "catalogues.check catalogues.update order_rules.update",
    ),
    _right("See the way to a new pump", EVERYBODY, "replacements.show"),
    _right(
        "Record the way to a new pump, its date of surgery, and the new pump",
        RECORDERS,
        "replacements.record replacements.date replacements.call_off",
        "replacements.new_pump replacements.replace",
    ),
    _right(
        "See field-safety notices, their pumps and their letters",
        EVERYBODY,
        "recalls.index recalls.show recalls.letters recalls.pump recalls.letter",
    ),
    _right(
        "Enter a field-safety notice, and record what was done for a pump",
        RECORDERS,
        "recalls.new recalls.check recalls.create recalls.answer",
        "recalls.note_letter recalls.note_letters",
    ),
    _right(
        "Bring in the clinic's spreadsheet",
        LEADERS,
        "imports.index imports.check imports.create imports.result",
    ),
    _right(
        "Propose to take a field-safety notice back",
        LEADERS,
        "recalls.withdraw",
    ),
    _right(
        "See what is missing after records were put back from a backup",
        EVERYBODY,
        "restorations.show",
    ),
    _right(
        "Say that what was missing is entered again",
        LEADERS,
        "restorations.create",
    ),
    _right(
        "Read who did and saw what, and make a patient's access report",
        ADMINISTRATORS,
        "trail.index trail.report trail.report_file",
    ),
)
ROLES_OF = {page: right.roles for right in RIGHTS for page in right.pages}


def may_open(page: str, role: Role) -> bool:
    """Whether the table gives a page, by its endpoint, to this role."""
    return role in ROLES_OF.get(page, ())
