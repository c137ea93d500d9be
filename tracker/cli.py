"""The commands."""

from flask import Flask


def register(app: Flask) -> None:
    """Hang every command on the `flask` command of this app."""
