"""Where databases of tests lie: in memory, where nothing waits for a disk."""

import os
import shutil
from pathlib import Path

ROOM_BYTES = 2 * 1024**3  # a container's usual 64 MB would run full


def in_memory() -> str | None:
    """Where copying a database takes a tenth of the time; None where there is no room."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK) or shutil.disk_usage(shared).free < ROOM_BYTES:
        return None
    return str(shared)
