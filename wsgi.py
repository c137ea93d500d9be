"""The door for a web server (`gunicorn wsgi:app`) and for the `flask` command."""

from config import WrongSetting, load
from tracker import logs
from tracker.app import create_app

logs.begin()
try:
    app = create_app(load())
except WrongSetting as refused:
    raise SystemExit(f"Error: {refused}") from None
