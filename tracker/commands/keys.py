"""Commands on the keys that seal what is stored unreadable."""

import click
from flask import current_app

from tracker.commands.frame import command, open_sessions
from tracker.domain.errors import TrackerError


@command("rotate-keys")
def rotate_keys() -> None:
    """Seal anew, with the newest key of SEALING_KEYS, what an older one has sealed."""
    from tracker.sealing import Unsealable, ring_of
    from tracker.services.resealing import reseal

    ring = ring_of(current_app.config["SEALING_KEYS"])
    try:
        with open_sessions().begin() as session:
            done = reseal(session, ring)
    except Unsealable as problem:
        raise TrackerError(
            "Something in the database opens with none of the keys: put the lost one back "
            "into SEALING_KEYS. Nothing was changed."
        ) from problem
    click.echo(f"{done} values are sealed anew; older keys than the first open nothing more.")
