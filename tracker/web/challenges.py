"""The challenge a passkey is to answer: kept in the signed cookie until the answer comes."""

from datetime import datetime, timedelta

from flask import Response, current_app, g, jsonify
from flask import session as cookie

from tracker.services import passkeys


def site() -> passkeys.Site:
    """The address people use."""
    return passkeys.site_of(str(current_app.config["PUBLIC_URL"]))


def ask_passkey(purpose: str, options: tuple[str, str]) -> Response:
    """The browser's options as JSON; an answer for another purpose than this is none."""
    text, challenge = options
    cookie["challenge"] = {"for": purpose, "is": challenge, "at": g.now.isoformat()}
    return current_app.response_class(text, mimetype=jsonify().mimetype)


def take_challenge(purpose: str) -> str:
    """The challenge that was given out, once. Raises PasskeyRefused if it is too old."""
    kept = cookie.pop("challenge", None) or {}
    if kept.get("for") == purpose:
        age = g.now - datetime.fromisoformat(kept["at"])
        if timedelta(0) <= age <= passkeys.CHALLENGE_VALID:
            return str(kept["is"])
    raise passkeys.PasskeyRefused("That took too long. Try again.")
