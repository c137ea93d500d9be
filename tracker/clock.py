"""The only reader of the clock. Everything else is handed the time."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, aware, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
