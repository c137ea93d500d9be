"""The database gives way: locked for too long, full or gone. What was typed is not lost.

It comes back in a page that sends it again, for nobody types a refill twice. The page asks the
database nothing, not even who is signed in: what is shown is what this very request brought.
"""

from flask import g, render_template, request
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from tracker.web.held import NOT_HELD

STATUS = 503
AGAIN_IN_SECONDS = 10  # ours: longer than a writer holds the database
TITLE = "The database doesn't answer"
WRITTEN, KEPT = "busy.written", "busy.kept"


def begin(session: Session) -> None:
    """Let the session of a request remember whether something of it was saved already."""
    event.listen(session, "after_flush", _note_write)
    event.listen(session, "after_commit", _note_commit)


def _note_write(session: Session, _context: object) -> None:
    session.info[WRITTEN] = True


def _note_commit(session: Session) -> None:
    session.info[KEPT] = session.info.get(WRITTEN, False)


def let_go() -> None:
    """Forget who is signed in and all rows, so that nothing is read of them any more."""
    g.pop("signed_in", None)
    if (session := g.get("session")) is not None:
        session.expunge_all()  # before it is rolled back: what was read of them stays


def has_saved() -> bool:
    """Whether this request had saved something before the database gave way."""
    session: Session | None = g.get("session")
    return session is not None and bool(session.info.get(KEPT))


def page(error: OperationalError) -> str:
    """Words for whoever asked, with what they typed in a form that sends it again."""
    return render_template(
        "errors/busy.html",
        title=TITLE,
        path=request.full_path.rstrip("?"),
        fields=_typed(),
        # what was on its way to the database when the line broke may have arrived
        is_sure=not has_saved()
        and (request.method != "POST" or not error.connection_invalidated),
    )


def _typed() -> list[tuple[str, str]]:
    """What can be sent again as it is; what holds a proof or a file is given anew."""
    if request.method != "POST" or request.blueprint in NOT_HELD or request.files:
        return []
    fields = MultiDict(request.form).items(multi=True)
    return [(name, text) for name, text in fields if name != "csrf_token"]
