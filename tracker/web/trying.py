"""A try to prove who one is, counted before it is looked at."""

from collections.abc import Sequence

from flask import g

from tracker.services import trials
from tracker.web.forms import Form


def may_try(form: Form, counts: Sequence[trials.Count]) -> bool:
    """Whether the try may be looked at; it counts as a mistake until `passed` is called."""
    try:
        trials.start(g.session, counts, now=g.now)
    except trials.TooSoon as refused:
        g.session.rollback()
        g.wait_seconds = refused.seconds
        form.refuse_error(refused)
        return False
    g.unproven = True  # an entry of the trail, unless it turns out right
    g.session.commit()  # a hash takes a fifth of a second: nobody waits for the lock meanwhile
    return True


def was_right(counts: Sequence[trials.Count]) -> None:
    """The try that `may_try` has counted was no mistake."""
    g.unproven = False
    trials.passed(g.session, counts, now=g.now)


def refused_status() -> int:
    """429 where somebody is to wait, else 422."""
    return 429 if g.get("wait_seconds") else 422
