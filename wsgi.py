"""The door for a web server (`gunicorn wsgi:app`) and for the `flask` command."""

import gc

gc.disable()  # what is imported stays; to look through it took two fifths of a start

from config import WrongSetting, load  # noqa: E402
from tracker import logs  # noqa: E402
from tracker.app import create_app  # noqa: E402

logs.begin()
try:
    app = create_app(load())
except WrongSetting as refused:
    raise SystemExit(f"Error: {refused}") from None
finally:
    gc.freeze()
    gc.enable()
