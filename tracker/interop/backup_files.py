"""A backup as a file: JSON lines in gzip, each table with its count and digest.

The first line says what it is, the last that it is whole. One format for SQLite and PostgreSQL:
what one of them wrote the other can be filled from. What is sealed in the database stays so.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from tracker.domain.backup import FORMAT, Header, NoBackup, Table, Whole
from tracker.domain.trail import Entry, Kept, Wrong, follow, named_in

Row = list[Any]
LEVEL = 5  # ours: most of what gzip can save, at a third of its time
TRAIL = "trail_entry"


def line_of(row: Sequence[Any]) -> bytes:
    """A row as it stands in the file, of which there is one form only."""
    return json.dumps(list(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class Writer:
    """Writes one backup into an open file; without `end` it will not be taken for whole."""

    def __init__(self, file: IO[bytes], header: Header) -> None:
        # without name and time of its own: the same rows make the same file
        self._file = gzip.GzipFile("", "wb", LEVEL, file, mtime=0)
        self._all = hashlib.sha256()
        self._tables = self._rows = 0
        said = {"backup": FORMAT, "schema": header.schema, "trail": header.trail}
        self._say(said | {"taken_at": header.taken_at.isoformat()})

    def table(
        self, name: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]
    ) -> int:
        """Write a table; how many rows it has."""
        self._say({"table": name, "columns": dict(columns)})
        digest, count = hashlib.sha256(), 0
        for row in rows:
            line = line_of(row)
            digest.update(line)
            self._file.write(line)
            count += 1
        self._say({"end": name, "rows": count, "sha256": digest.hexdigest()})
        self._tables += 1
        self._rows += count
        return count

    def end(self) -> None:
        """Say that all of it is there."""
        whole = {"whole": True, "tables": self._tables, "rows": self._rows}
        self._say(whole | {"sha256": self._all.hexdigest()})
        self._file.close()

    def _say(self, said: dict[str, Any]) -> None:
        line = json.dumps(said, ensure_ascii=False).encode() + b"\n"
        self._all.update(line)  # the rows are in it by the digests of their tables
        self._file.write(line)


class Reader:
    """Reads one backup from its beginning. Raises NoBackup where it isn't as it was written."""

    def __init__(self, path: Path) -> None:
        try:
            self._lines = self._read(gzip.GzipFile(path, "rb"))
        except OSError as problem:
            raise NoBackup(f"The backup can't be opened: {problem.strerror}.") from problem
        self._all = hashlib.sha256()
        self.header = _header(self._next())
        self.tables: list[Table] = []
        self.digest = ""

    def each(self) -> Iterator[tuple[Table, Iterator[Row]]]:
        """Each table with its rows, which must be read before the next one is asked for."""
        while True:
            said = self._next()
            if said.get("whole"):
                self._check_end(said)
                return
            try:
                table = Table(str(said["table"]), tuple(said["columns"].items()))
            except (KeyError, AttributeError) as problem:
                raise _broken("a line that belongs to no table") from problem
            yield table, self._rows(table)

    def _rows(self, table: Table) -> Iterator[Row]:
        digest = hashlib.sha256()
        for count, line in enumerate(self._lines):
            if line[:1] != b"[":
                end = self._said(line)
                if end.get("end") != table.name or end.get("rows") != count:
                    raise _broken(f"table {table.name} does not have the rows it should")
                if end.get("sha256") != digest.hexdigest():
                    raise _broken(f"table {table.name} is not as it was written")
                whole = Table(table.name, table.columns, count, digest.hexdigest())
                self.tables.append(whole)
                return
            digest.update(line)
            row = _read_line(line)
            if not isinstance(row, list) or len(row) != len(table.columns):
                raise _broken(f"a row of table {table.name} has other columns")
            yield row
        raise _broken("it ends in the middle")

    def _check_end(self, said: dict[str, Any]) -> None:
        rows = sum(table.rows for table in self.tables)
        if (said.get("tables"), said.get("rows")) != (len(self.tables), rows):
            raise _broken("tables are missing")
        if said.get("sha256") != self.digest:
            raise _broken("what it says of its tables is not as it was written")
        if next(self._lines, None) is not None:
            raise _broken("something follows after its end")

    def _next(self) -> dict[str, Any]:
        line = next(self._lines, None)
        if line is None:
            raise _broken("it ends in the middle")
        return self._said(line)

    def _said(self, line: bytes) -> dict[str, Any]:
        self.digest = self._all.hexdigest()  # over all that was said before this line
        self._all.update(line)
        said = _read_line(line)
        if not isinstance(said, dict):
            raise _broken("a row stands outside of a table")
        return said

    @staticmethod
    def _read(file: gzip.GzipFile) -> Iterator[bytes]:
        try:
            with file:
                yield from file
        except (OSError, EOFError, zlib.error) as problem:  # cut off, or never gzip
            raise _broken("it is cut off, or not a backup at all") from problem


def verified(path: Path) -> Whole:
    """The backup, once every line of it was read and its trail holds together."""
    reader = Reader(path)
    found: str | None = None
    for table, rows in reader.each():
        if table.name == TRAIL:
            found = _follow(table, rows)
        else:
            for _ in rows:
                pass
    if found != reader.header.trail:
        raise _broken("its trail does not end as it says")
    return Whole(reader.header, tuple(reader.tables), reader.digest)


def _follow(table: Table, rows: Iterator[Row]) -> str:
    names = [name for name, _ in table.columns]
    try:
        head = follow(_kept(dict(zip(names, row, strict=True))) for row in rows)
    except (KeyError, ValueError, TypeError) as problem:
        raise _broken("an entry of its trail can't be read") from problem
    for _ in rows if isinstance(head, Wrong) else ():
        pass
    if isinstance(head, Wrong):
        raise _broken(f"its trail is wrong at entry {head.number}: {head.sentence}")
    return head.short


def _kept(row: dict[str, Any]) -> Kept:
    facts = {name: row[name] for name in Entry.__slots__}
    entry = Entry(**facts | {"at": datetime.fromisoformat(facts["at"])})
    return Kept(entry, row["hash"], named_in(entry))


def _header(said: dict[str, Any]) -> Header:
    if said.get("backup") != FORMAT:
        raise NoBackup("This is not a backup, or one of a newer program: nothing was changed.")
    try:
        taken_at = datetime.fromisoformat(said["taken_at"])
        return Header(str(said["schema"]), taken_at, str(said["trail"]))
    except (KeyError, ValueError, TypeError) as problem:
        raise _broken("its first line can't be read") from problem


def _read_line(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise _broken("a line can't be read") from problem


def _broken(what: str) -> NoBackup:
    return NoBackup(f"The backup is damaged and was not used: {what}.")
