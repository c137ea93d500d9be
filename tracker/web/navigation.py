"""The places that every page leads to, and the place within which each page stands."""

PLACES = (
    ("board.index", "Board"),
    ("weeks.show", "Calendar"),
    ("patients.index", "Patients"),
    ("alarms.index", "Alarms"),
    ("replies.index", "Inbox"),
    ("outbox.index", "Outbox"),
    ("clinic.index", "Clinic"),
)
# Under which place a page lies, by its blueprint; the others are reached from several.
WITHIN = {
    **dict.fromkeys(("accesses.index", "events.complications"), "clinic.index"),
    **dict.fromkeys(("appointments.index", "weeks", "visit_plans", "day_lists"), "weeks.show"),
    **dict.fromkeys(
        ("patients", "contacts", "accesses", "medicines", "aways"), "patients.index"
    ),
    **dict.fromkeys(("worklist", "saved_views", "near_misses", "calls"), "board.index"),
    **dict.fromkeys(
        (
            "cover",
            "staff",
            "members",
            "policies",
            "tokens",
            "webhooks",
            "silences",
            "wordings",
            "rehearsals",
            "day_reports",
            "morning_lists",
            "figures",
            "figure_lists",
            "rules",
            "places",
            "public_holidays",
            "orders",
            "order_rules",
            "proposals",
            "transfers",
            "recalls",
            "imports",
            "catalogues",
            "trail",
            "backtests",
            "restorations",
        ),
        "clinic.index",
    ),
    **{name: f"{name}.index" for name in ("alarms", "replies", "outbox", "clinic")},
}
