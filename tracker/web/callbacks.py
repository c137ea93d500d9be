"""What providers of texts call: reports and answers. No login; each must show the secret."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, current_app, g, request
from flask.typing import ResponseReturnValue

from tracker.domain.reply import ReplyKind
from tracker.domain.signature import is_same, signature, with_and_without_port
from tracker.models import Reply
from tracker.services import replies, reports

bp = Blueprint("callbacks", __name__, url_prefix="/callbacks/sms")
LARGEST = 64 * 1024  # bytes; ours: ten times the longest text with all that Twilio says of it
UTF_16 = ("UTF-16BE", "UCS-2")  # so comes a text with a letter that seven bits haven't
LONGEST_KEPT = 4000  # characters of a report, kept as it came


@bp.before_request
def _bound() -> None:
    request.max_content_length = LARGEST


@bp.post("/twilio/inbound")
def twilio_inbound() -> ResponseReturnValue:
    """An answer through Twilio, which is told what to say to HELP."""
    _check_signature()
    kept = _receive("twilio", "MessageSid", "From", "To", _value("Body"))
    said = _help(kept)
    inside = f"<Message>{escape(said)}</Message>" if said else ""
    return Response(f"<Response>{inside}</Response>", mimetype="text/xml")


@bp.post("/twilio/<path:key>")
def twilio_report(key: str) -> ResponseReturnValue:
    """What became of a text, by Twilio."""
    _check_signature()
    _report("twilio", key, "MessageSid", "MessageStatus", "ErrorCode")
    return "", 204


@bp.route("/gateway/<secret>/report/<path:key>", methods=["GET", "POST"])
def gateway_report(secret: str, key: str) -> ResponseReturnValue:
    """What became of a text, by the gateway."""
    _check_secret(secret)
    _report("gateway", key, "id", "status", "code")
    return "", 200  # Kannel takes nothing but 200 and 202 for done, and would call again


@bp.route("/gateway/<secret>/inbound", methods=["GET", "POST"])
def gateway_inbound(secret: str) -> ResponseReturnValue:
    """An answer through the gateway, which sends on what is said here."""
    _check_secret(secret)
    text = _wide("text") if _value("charset").upper() in UTF_16 else _value("text")
    kept = _receive("gateway", "id", "from", "to", text)
    return Response(_help(kept), mimetype="text/plain")


def _check_signature() -> None:
    """Over the address by which Twilio knows us: behind a proxy ours is another."""
    settings = current_app.config
    path = request.full_path if request.query_string else request.path
    raw = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or path
    path = re.sub(r"^https?://[^/]+", "", raw)
    token, fields = str(settings["TWILIO_AUTH_TOKEN"]), list(request.form.items(multi=True))
    shown = request.headers.get("X-Twilio-Signature", "")
    known = with_and_without_port(str(settings["PUBLIC_URL"]).rstrip("/") + path)
    is_set_up = settings["CHANNEL_SMS"] == "twilio" and token
    if not is_set_up or not any(is_same(signature(token, one, fields), shown) for one in known):
        abort(403)


def _check_secret(secret: str) -> None:
    settings = current_app.config
    is_set_up = settings["CHANNEL_SMS"] == "gateway"
    if not is_set_up or not is_same(secret, str(settings["SMS_GATEWAY_SECRET"])):
        abort(403)


def _value(name: str) -> str:
    return request.values.get(name, "").replace("\0", "")  # PostgreSQL keeps no such character


def _wide(name: str) -> str:
    """A value in UTF-16: Kannel hands on the bytes of a text as the telephone wrote them."""
    raw = request.query_string.decode("latin-1")
    found = dict(parse_qsl(raw, keep_blank_values=True, encoding="latin-1")).get(name, "")
    text = found.encode("latin-1").decode("utf-16-be", "replace")
    return text.replace("\0", "")


def _raw() -> str:
    pairs = sorted(request.values.items(multi=True))
    return "\n".join(f"{name}={value}" for name, value in pairs).replace("\0", "")


def _report(provider: str, key: str, ref: str, status: str, code: str) -> None:
    said = reports.Said(
        provider,
        key.replace("\0", "")[:120],
        _value(ref),
        _value(status).lower(),
        _value(code),
        _raw()[:LONGEST_KEPT],
    )
    reports.receive(g.session, said, now=g.now)
    g.session.commit()


def _receive(provider: str, ref: str, sender: str, to: str, body: str) -> list[Reply]:
    if not _value(ref) or not _value(sender):
        abort(400)  # without a name of its own, two calls could not be told from one
    answered = replies.Answered(provider, _value(ref), _value(sender), _value(to), body)
    kept = replies.receive(g.session, answered, now=g.now)
    g.session.commit()
    return kept


def _help(kept: Iterable[Reply]) -> str:
    """What HELP is answered: which clinic this is, and its telephone."""
    asked = {one.clinic_id for one in kept if one.kind is ReplyKind.HELP}
    phones = replies.phones_of(g.session, asked) if asked else []
    return " ".join(f"{name}: please telephone {phone}." for name, phone in phones)
