"""Sign in with the hospital's account: there, and back with a link that is good once."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue

from tracker.domain.errors import TrackerError
from tracker.models import How, Staff
from tracker.openid.provider import Attempt, Client, Declined, OutOfReach, Provider, an_attempt
from tracker.openid.tokens import NotBelieved
from tracker.services import single_sign_on
from tracker.web.arriving import arrive, local_path
from tracker.web.forms import Form
from tracker.web.signed_in import let_in

bp = Blueprint("single_sign_on", __name__)
log = logging.getLogger("tracker.single_sign_on")
KEPT_AS = "hospital"  # the attempt, in the cookie of who asked
LONGEST = timedelta(minutes=10)  # ours: somebody may have to look for a telephone

OVER = "This sign-in is over"
OVER_WORDS = "A sign-in is good once, and for ten minutes. Please start again."
DECLINED = {
    "access_denied": "The hospital's sign-in was broken off, or keeps this program from you.",
    "login_required": "The hospital's sign-in wants you to sign in there first.",
    "temporarily_unavailable": "The hospital's sign-in is busy. Please try again in a minute.",
    "server_error": "Something went wrong at the hospital's sign-in. Please try again.",
}
DECLINED_ELSE = (
    "The hospital's sign-in did not let you in. Try again; if it comes back, tell your "
    "administrator."
)
UNBELIEVED = (
    "The answer of the hospital's sign-in could not be checked, so nobody was signed in. Try "
    "again; if it comes back, tell your administrator."
)
SILENT = (
    "The hospital's sign-in can't be reached just now. Try again in a minute; if it stays "
    "away, tell your administrator."
)


@bp.get("/sign-in/hospital")
def begin() -> ResponseReturnValue:
    """Send the browser to the hospital's sign-in."""
    provider = _provider()
    wants_proof = current_app.config["OIDC_PROOF"] == "always" or "fresh" in request.args
    attempt = an_attempt(proved_since=g.now if wants_proof else None)
    try:
        address = provider.address(attempt, now=g.now)
    except OutOfReach as silent:
        return _silent(silent)
    cookie[KEPT_AS] = {
        "state": attempt.state,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier,
        "at": g.now.isoformat(),
        "wants_proof": wants_proof,
        "next": local_path(request.args.get("next", "")) or "",
    }
    return redirect(address)


@bp.get("/sign-in/hospital/back")
def back() -> ResponseReturnValue:
    """Let in whom the hospital's sign-in knows, if they are staff here with a clinic."""
    provider, kept = _provider(), _kept()
    if kept is None:
        return _refused(OVER, OVER_WORDS), 400
    del cookie[KEPT_AS]
    try:
        staff = _who(provider, kept)
    except single_sign_on.SpentAlready:
        return _refused(OVER, OVER_WORDS), 400
    except single_sign_on.NotLetIn as refused:
        log.warning("somebody whom the hospital knows was not let in")
        return _refused("You can't come in here", refused.message), 403
    except Declined as declined:
        # its own words are for nobody: anybody may have put them into the link
        sentence = DECLINED.get(declined.message, DECLINED_ELSE)
        log.warning("declined: %s", declined.message if declined.message in DECLINED else "?")
        return _refused("You are not signed in", sentence), 403
    except NotBelieved as wrong:
        log.error("not believed: %s", wrong.message)
        return _refused("You are not signed in", UNBELIEVED), 403
    except OutOfReach as silent:
        return _silent(silent)
    log.info("member of staff %s came in by the hospital's sign-in", staff.id)
    let_in(staff, how=How.SSO, is_proven=kept["wants_proof"])
    return arrive(staff, Form({"next": kept["next"]}))


def init_app(app: Flask) -> None:
    """Keep the provider that the settings name, if they name one."""
    settings = app.config
    if not settings["OIDC_ISSUER"]:
        return
    app.extensions["openid"] = Provider(
        Client(
            issuer=settings["OIDC_ISSUER"],
            client_id=settings["OIDC_CLIENT_ID"],
            # by the setting: the address of a request is what its sender says it is
            redirect_uri=f"{settings['PUBLIC_URL'].rstrip('/')}/sign-in/hospital/back",
            secret=settings["OIDC_CLIENT_SECRET"],
            certificates=settings["TLS_CERTIFICATES"],
        )
    )


def _provider() -> Provider:
    return cast(Provider, current_app.extensions.get("openid") or abort(404))


def _kept() -> Mapping[str, Any] | None:
    """What was kept when this very sign-in began here, if that is not too long ago."""
    kept = cookie.get(KEPT_AS)
    if not kept or kept["state"] != request.args.get("state"):
        return None  # what began here goes on: the link may be anybody's
    is_in_time = timedelta(0) <= g.now - datetime.fromisoformat(kept["at"]) <= LONGEST
    return kept if is_in_time else None


def _who(provider: Provider, kept: Mapping[str, Any]) -> Staff:
    began_at = datetime.fromisoformat(kept["at"])
    attempt = Attempt(
        kept["state"],
        kept["nonce"],
        kept["verifier"],
        began_at if kept["wants_proof"] else None,
    )
    identity = provider.identify(request.args, attempt, now=g.now)
    trusts = current_app.config["OIDC_EMAIL"] == "trusted"
    staff = single_sign_on.arriving(g.session, identity, trusts_address=trusts, now=g.now)
    single_sign_on.spend(g.session, attempt.nonce, now=g.now)
    g.session.commit()
    return staff


def _silent(problem: TrackerError) -> ResponseReturnValue:
    log.error("out of reach: %s", problem.message)
    return _refused("The hospital does not answer", SILENT), 503


def _refused(title: str, sentence: str) -> str:
    return render_template("sign_in/refused.html", title=title, sentence=sentence)
