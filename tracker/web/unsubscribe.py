"""The link by which somebody ends our e-mails. Looking at it does nothing: scanners do that."""

from flask import Blueprint, abort, current_app, g, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.domain.languages import in_order
from tracker.domain.unsubscribing import contact_of
from tracker.models import AddressState, Contact, Patient
from tracker.services import stops
from tracker.web.unsubscribe_words import words_in

bp = Blueprint("unsubscribe", __name__)
HOW = "unsubscribe link"


@bp.get("/unsubscribe/<token>")
def show(token: str) -> ResponseReturnValue:
    """What would end, and a button."""
    return _page(_contact(token))


@bp.post("/unsubscribe/<token>")
def end(token: str) -> ResponseReturnValue:
    """Write no more; mail programs post here by themselves (RFC 8058), without a cookie."""
    contact = _contact(token)
    if contact.state is not AddressState.STOPPED:
        stops.stop_contact(g.session, contact, how=HOW, now=g.now)
        g.session.commit()
    return _page(contact)


def _contact(token: str) -> Contact:
    contact_id = contact_of(token, str(current_app.config["SECRET_KEY"])) or abort(404)
    people = joinedload(Contact.patient).joinedload(Patient.clinic)
    found: Contact | None = g.session.get(Contact, contact_id, options=[people])
    return found or abort(404)


def _page(contact: Contact) -> ResponseReturnValue:
    """No name and no address: whoever has the link may not be who the e-mail was for."""
    clinic = contact.patient.clinic
    language, words = words_in(in_order(contact.patient.language, clinic.language))
    return render_template(
        "unsubscribe/show.html",
        clinic=clinic,
        language=language,
        words=words,
        is_stopped=contact.state is AddressState.STOPPED,
    )
