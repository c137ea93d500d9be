"""The database gives way: locked for too long, full or gone. Nothing is saved, nothing is lost.

What was typed comes back in a page that sends it again, for nobody types a refill twice. Who
asks is not known then, so what is shown is what this very request brought.
"""

from flask import render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict

from tracker.web.held import NOT_HELD

STATUS = 503
AGAIN_IN_SECONDS = 10  # ours: longer than a writer holds the database
TITLE = "The database doesn't answer"


def page(error: OperationalError) -> str:
    """Words for whoever asked, with what they typed in a form that sends it again."""
    return render_template(
        "errors/busy.html",
        title=TITLE,
        path=request.full_path.rstrip("?"),
        fields=_typed(),
        # what was on its way to the database when the line broke may have arrived
        is_sure=request.method != "POST" or not error.connection_invalidated,
    )


def _typed() -> list[tuple[str, str]]:
    """What can be sent again as it is; what holds a proof or a file is given anew."""
    if request.method != "POST" or request.blueprint in NOT_HELD or request.files:
        return []
    fields = MultiDict(request.form).items(multi=True)
    return [(name, text) for name, text in fields if name != "csrf_token"]
