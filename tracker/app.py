"""The factory: one place that puts engine, pages, commands and safety headers together."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.ctx import _AppCtxGlobals
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from tracker import cli, jobs, rehearsal, schema
from tracker.api import board
from tracker.api.gate import problem
from tracker.db import READS_ONLY, make_engine, make_sessions
from tracker.domain.errors import TrackerError
from tracker.notify.render import Renderer
from tracker.sealing import ring_of
from tracker.services.trail import keep_trail
from tracker.web import busy, headers, health, refusals, seen, site
from tracker.web.forms import Form

ROOT = Path(__file__).parent.parent
READING = {"GET", "HEAD", "OPTIONS"}
# Ours. The largest form has some 200 fields, and no text in it is longer than a page; a route
# that takes a file allows itself more, by `request.max_content_length`.
LARGEST_FORM_BYTES = 1024 * 1024
LARGEST_FIELD_BYTES = 256 * 1024  # in parts; of a plain form the whole is bound
MOST_FORM_PARTS = 1000
BLUEPRINTS = (health.bp, board.bp)

HTTP_WORDS = {
    403: (
        "Your role doesn't allow this",
        "Somebody with another role here may. Ask your administrator if you should.",
    ),
    404: (
        "There is nothing at this address",
        "It may belong to another clinic: look which one is chosen at the top right.",
    ),
    405: ("This page can't be opened that way", "Go back and use the buttons of the page."),
    413: ("This is too much at once", "Nothing was saved. Shorten the text and save again."),
}


class Tracker:
    """What an app owns beside its pages; `app.extensions["tracker"]`."""

    def __init__(self, engine: Engine, renderer: Renderer) -> None:
        self.engine = engine
        self.renderer = renderer  # for previews; what is unfit is refused at start
        self.sessions = make_sessions(engine)
        keep_trail(self.sessions, seen.who)
        self._is_checked = False

    def open_session(self, *, readonly: bool) -> Session:
        """A session on a database whose version was checked once. Raises schema.WrongSchema."""
        if not self._is_checked:
            schema.check(self.engine)
            self._is_checked = True
        if not readonly:
            return self.sessions()
        session = self.sessions(info=READS_ONLY)
        session.connection(execution_options={"readonly": True})
        return session


class Rehearsal:
    """The engine as pages may use it, on a copy; `app.extensions["rehearsal"]`.

    It is handed down from the roof, so that no page imports what sends.
    """

    def __init__(self, tracker: Tracker, settings: Mapping[str, Any]) -> None:
        self._tracker, self._settings = tracker, settings

    def rehearse(self, **scope: Any) -> rehearsal.Rehearsed:
        """What will be sent; see `rehearsal.rehearse`."""
        outlets = jobs.channels(self._settings)
        return rehearsal.rehearse(self._tracker.sessions, outlets, **scope)

    def replay(self, **scope: Any) -> rehearsal.Replayed:
        """What would have been sent; see `rehearsal.replay`."""
        outlets = jobs.channels(self._settings)
        return rehearsal.replay(self._tracker.sessions, outlets, **scope)


class RequestGlobals(_AppCtxGlobals):
    """`flask.g`, whose `session` is opened by the first who asks for it."""

    def __getattr__(self, name: str) -> Any:
        if name != "session":
            return super().__getattr__(name)
        tracker: Tracker = current_app.extensions["tracker"]
        self.session = tracker.open_session(readonly=bool(request) and _only_reads())
        seen.begin(self.session)
        busy.begin(self.session)
        return self.session


def _only_reads() -> bool:
    if request.endpoint in site.WRITING:
        return False
    return request.method in READING or request.endpoint in site.LOOKING


def create_app(settings: Mapping[str, Any]) -> Flask:
    """The application for these settings; touches no database until somebody asks for one."""
    app = Flask(
        "tracker", root_path=str(ROOT / "tracker"), template_folder=str(ROOT / "templates")
    )
    app.app_ctx_globals_class = RequestGlobals
    app.config.update(settings)
    app.config.update(
        SETTING_NAMES=tuple(settings),
        MAX_CONTENT_LENGTH=LARGEST_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_FIELD_BYTES,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
    )
    app.jinja_env.undefined = StrictUndefined  # a misspelt name is a fault, not an empty cell
    renderer = Renderer(settings["PUBLIC_URL"], secret=settings["SECRET_KEY"])
    engine = make_engine(settings["DATABASE_URL"], ring=ring_of(settings["SEALING_KEYS"]))
    app.extensions["tracker"] = Tracker(engine, renderer)
    app.extensions["rehearsal"] = Rehearsal(app.extensions["tracker"], settings)
    app.teardown_appcontext(_close_session)
    headers.init_app(app)
    refusals.init_app(app)
    _register_error_handlers(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    site.init_app(app)
    cli.register(app)
    return app


def _close_session(_problem: BaseException | None) -> None:
    session: Session | None = g.get("session")  # `get` doesn't open one
    if session is not None:
        session.close()


def _register_error_handlers(app: Flask) -> None:
    @app.errorhandler(TrackerError)
    def refused(error: TrackerError) -> ResponseReturnValue:
        return _answer("This can't be saved", error.message, 422)

    @app.errorhandler(schema.WrongSchema)
    def wrong_schema(error: schema.WrongSchema) -> ResponseReturnValue:
        return _answer("The program can't start", error.message, 503)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error.get_response()
        title, sentence = HTTP_WORDS.get(error.code, (error.name, error.description or ""))
        answer = _answer(title, sentence, error.code, form=_typed(sentence, error.code))
        if isinstance(error, MethodNotAllowed):
            answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return answer

    @app.errorhandler(OperationalError)
    def gives_way(error: OperationalError) -> ResponseReturnValue:
        app.logger.error("The database gave way: %s", request.endpoint, exc_info=error)
        busy.let_go()
        _roll_back()
        is_program = request.path.startswith("/api/")
        said = problem(busy.STATUS, busy.TITLE) if is_program else busy.page(error)
        return make_response(said, busy.STATUS, {"Retry-After": str(busy.AGAIN_IN_SECONDS)})

    @app.errorhandler(500)
    def fault(_error: HTTPException) -> ResponseReturnValue:
        _roll_back()
        is_sure = not busy.has_saved()
        said = "Nothing was saved. Please" if is_sure else "Look whether it is saved before you"
        sentence = f"{said} try again; if it comes back, tell your administrator."
        return _answer("Something went wrong", sentence, 500)


def _roll_back() -> None:
    """The page about a fault reads, and can't after a failed statement."""
    session: Session | None = g.get("session")
    if session is not None:
        session.rollback()


def _typed(sentence: str, code: int) -> Form:
    """What was written into a form whose row has gone, say to another clinic."""
    is_read = code == HTTPStatus.NOT_FOUND and g.get("staff") is not None
    form = Form(request.form if is_read else {})  # of other errors the form may be one
    form.refuse("form", sentence)
    form.keep_sentences()
    return form


def _answer(title: str, sentence: str, status: int, *, form: Form | None = None) -> Response:
    """What went wrong: as a page, and to a program as one reads it."""
    if request.path.startswith("/api/"):
        return problem(status, title)
    shown = {"title": title, "sentence": sentence, "form": form or Form()}
    page = render_template("errors/page.html", **shown)
    return make_response(page, status)
