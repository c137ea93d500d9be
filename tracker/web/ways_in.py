"""Which ways in are open: by password, by the hospital's sign-in, or both."""

import logging

from flask import current_app

from tracker.models import Staff

log = logging.getLogger("tracker.ways_in")


def is_by_hospital_alone() -> bool:
    """Whether passwords are closed, but for those who are named."""
    return bool(current_app.config["OIDC_ONLY"] == "yes")


def takes_password(staff: Staff) -> bool:
    """Whether what they know by heart opens; where that is the exception, the log tells it."""
    if not is_by_hospital_alone():
        return True
    named = str(current_app.config["OIDC_ONLY_EXCEPT"]).lower().split(",")
    is_named = staff.email in {one.strip() for one in named}
    if is_named:
        log.warning("member of staff %s uses a password while OIDC_ONLY is set", staff.id)
    return is_named
