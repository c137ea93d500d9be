"""Which ways in are open: by a proof that is kept here, by the hospital's sign-in, or both."""

import logging

from flask import current_app

from tracker.models import Staff

log = logging.getLogger("tracker.ways_in")


def opens_here(staff: Staff) -> bool:
    """Whether their password or passkey opens; where it is the exception, the log tells it."""
    settings = current_app.config
    if settings["OIDC_ONLY"] != "yes":
        return True
    named = {one.strip() for one in str(settings["OIDC_ONLY_EXCEPT"]).lower().split(",")}
    if staff.email in named:
        log.warning("member of staff %s signs in here while OIDC_ONLY is set", staff.id)
    return staff.email in named
