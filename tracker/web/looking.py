"""Which pages read and which write, where their method doesn't say so."""

# Posted forms that write nothing: on SQLite they need not wait for a writer, nor be one.
LOOKING = frozenset(
    {
        "account.switch_clinic",
        "board.find",
        "worklist.make_call_list",
        "worklist.elsewhere",
        "patients.find",
        "sign_in.options",
        "confirm.options",
        "factors.passkey_options",
        "refills.check",
        "refills.preview",
        "programmes.check",
        "programmes.preview",
        "readings.check",
        "readings.preview",
        "corrections.check",
        "corrections.preview",
        "rehearsals.choose",
        "wordings.check",
        "policies.check",
        "rules.check",
        "recalls.check",
        "imports.result",
        "catalogues.check",
    }
)
# Read by their method, and write: gateways report by GET, and so comes back who signed in
# elsewhere.
WRITING = frozenset(
    {"callbacks.gateway_report", "callbacks.gateway_inbound", "single_sign_on.back"}
)
