"""What is sealed in the database, and sealing it anew when a newer key is there."""

from tracker.sealing import KeyRing


def ring_of(keys: str) -> KeyRing:
    """The ring of the setting SEALING_KEYS: newest first, with commas."""
    return KeyRing([key.strip() for key in keys.split(",")])
