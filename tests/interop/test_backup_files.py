"""A backup that somebody changed is refused in words, whatever was changed about it."""

import gzip
import random
from datetime import UTC, datetime

import pytest

from tracker.domain.backup import Header, NoBackup
from tracker.interop.backup_files import Writer, verified

FLIPPED = b'{}[]",:\x00\xff0aN'
ADDED = (b"[1,2\n", b"[" * 100_000 + b"\n", b"[1" + b"1" * 5000 + b",2]\n", b"\xff\xfe\n")


@pytest.fixture
def lines(tmp_path):
    """Those of a small backup, out of its gzip."""
    path = tmp_path / "backup"
    with path.open("wb") as file:
        writer = Writer(file, Header("0001", datetime(2026, 6, 1, tzinfo=UTC), "none"))
        writer.table("clinic", [("id", "INTEGER"), ("name", "TEXT")], [[1, "Hill"], [2, "Ö"]])
        writer.end()
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


def test_a_byte_that_was_changed_and_a_line_that_was_added_are_refused_in_words(
    lines, tmp_path
):
    whole, dice, path = b"".join(lines), random.Random(1), tmp_path / "changed"
    changed = [
        whole[:at] + bytes([dice.choice(FLIPPED)]) + whole[at + 1 :] for at in range(len(whole))
    ]
    changed += [
        b"".join([*lines[:at], one, *lines[at:]]) for one in ADDED for at in range(len(lines))
    ]

    for one in changed:
        path.write_bytes(gzip.compress(one, 1))
        with pytest.raises(NoBackup, match=r"damaged|not a backup"):
            verified(path)
