"""What changes about how somebody signs in and is reached, and what is said of it.

Whoever takes an account over changes these first, so its owner is told where they could be
reached before. Source: OWASP ASVS 5.0.0, 6.3.7.
"""

from enum import StrEnum


class AccountChange(StrEnum):
    """One thing that lets somebody in, or by which they are told."""

    PASSWORD = "password"  # nosec B105 - the word for it
    PASSWORD_BY_LINK = "password_by_link"  # nosec B105
    AUTHENTICATOR_ADDED = "authenticator_added"
    AUTHENTICATOR_REMOVED = "authenticator_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    RECOVERY_CODES = "recovery_codes"
    FACTORS_RESET = "factors_reset"
    EMAIL = "email"
    PHONE = "phone"
    HOSPITAL_BOUND = "hospital_bound"
    HOSPITAL_RELEASED = "hospital_released"


SENTENCES = {
    AccountChange.PASSWORD: "A new password was set.",
    AccountChange.PASSWORD_BY_LINK: "A new password was set with a one-time link.",
    AccountChange.AUTHENTICATOR_ADDED: "An authenticator app was set up.",
    AccountChange.AUTHENTICATOR_REMOVED: "The authenticator app was taken away.",
    AccountChange.PASSKEY_ADDED: "A passkey was added.",
    AccountChange.PASSKEY_REMOVED: "A passkey was removed.",
    AccountChange.RECOVERY_CODES: "New recovery codes were made; the old ones let nobody in.",
    AccountChange.FACTORS_RESET: "Authenticator, passkeys and recovery codes were taken away.",
    AccountChange.EMAIL: "The e-mail address was changed.",
    AccountChange.PHONE: "The number for texts was changed.",
    AccountChange.HOSPITAL_BOUND: "The account was joined to a sign-in of the hospital.",
    AccountChange.HOSPITAL_RELEASED: "The account was parted from the hospital's sign-in.",
}


def who_did_it(change: AccountChange, by: str | None, *, is_own: bool) -> str:
    """By whom, as a sentence; `by` is None where a command did it."""
    by_link = change is AccountChange.PASSWORD_BY_LINK
    it = "The link was made" if by_link else "It was done"
    if by is None:
        return f"{it} at the server, by whoever keeps it."
    return f"{it} in your own name." if is_own else f"{it} by {by}."
