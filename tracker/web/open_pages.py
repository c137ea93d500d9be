"""What answers without a sign-in; each asks by itself for what it needs to be shown."""

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
