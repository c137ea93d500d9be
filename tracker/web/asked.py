"""What was searched for, in an address that no log can read.

A name typed into a search that is sent by GET stands in the history of the browser and in the
log of every proxy. So a search is posted, and led on to an address that holds it sealed: going
back, reading anew and bookmarks work, and only this program can open it.
"""

from flask import current_app, request

from tracker.sealing import Unsealable, ring_of

NAME = "asked"  # in the address
LONGEST = 80  # characters; ours: longer than any name with a birth date


def typed(name: str = "q") -> str:
    """What was typed into the posted search."""
    return request.form.get(name, "").replace("\0", "").strip()[:LONGEST]


def seal(text: str) -> str | None:
    """As it stands in an address; None, which makes no parameter, where nothing was typed."""
    return ring_of(current_app.config["SEALING_KEYS"]).seal(text) if text else None


def asked() -> str:
    """What this address searches for; nothing where it holds no search of ours."""
    stored = request.args.get(NAME, "")
    if not stored:
        return ""
    try:
        return ring_of(current_app.config["SEALING_KEYS"]).unseal(stored)
    except Unsealable:
        return ""
