"""Whom a line believes: the authorities of the system, and those of the hospital's own file."""

import ssl


def context(certificates: str = "") -> ssl.SSLContext:
    """What checks certificate and host name; `certificates` is a file of more authorities."""
    found = ssl.create_default_context()
    if certificates:
        found.load_verify_locations(certificates)
    return found
