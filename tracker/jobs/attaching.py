"""A file on disk as it goes along with an e-mail."""

import mimetypes
from pathlib import Path

from tracker.domain.outgoing import Attachment


def attached(path: Path) -> Attachment:
    """The file, by its name and kind. Raises OSError where it can't be read."""
    kind, _ = mimetypes.guess_type(path.name)
    return Attachment(path.name, kind or "application/octet-stream", path.read_bytes())
