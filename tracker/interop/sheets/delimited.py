"""A text file of rows: its encoding, its delimiter, and on which line each record starts."""

import codecs
import csv
import io
import re
from collections import Counter
from typing import Any

from tracker.interop.sheets.grid import Grid, Row, UnreadableSheet, text_cell
from tracker.interop.sheets.mapping import Mapping

DELIMITERS = ";\t,|"
LOOKED_AT = 60  # lines by which a delimiter is proposed; ours
LONGEST_RECORD = 1000  # lines; ours
MOST_JOINTS = 2000  # of one line; ours: far more columns than any sheet of patients has
MOST_ROWS = 50_000  # ours: the largest service known has 2,145 patients (S:57)
# Of what Python can decode these are no letters of a file, and the first takes for ever.
NO_LETTERS = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"}
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_text(content: bytes, mapping: Mapping) -> Grid:
    """The rows of a delimited file. Raises UnreadableSheet."""
    text, encoding = _decoded(content, mapping.encoding)
    if "\0" in text:
        raise UnreadableSheet("This is no text file: say its encoding, or save it as CSV.")
    lines = list(io.StringIO(text, newline=""))
    hint = re.fullmatch(r"sep=(.)\s*", lines[0], re.IGNORECASE) if lines else None
    delimiter = mapping.delimiter or (hint[1] if hint else _delimiter(lines))
    if any(line.count(delimiter) > MOST_JOINTS for line in lines):
        raise UnreadableSheet("A row has too many cells: save only the columns of pumps.")
    try:
        rows = _rows(lines, delimiter, 1 if hint else 0)
    except csv.Error:  # the library's own bound on one cell
        raise UnreadableSheet("A cell is longer than any note: shorten it.") from None
    return Grid(tuple(rows), encoding=encoding, delimiter=delimiter)


def _decoded(content: bytes, said: str | None) -> tuple[str, str]:
    mark = next((name for start, name in MARKS if content.startswith(start)), None)
    if said is not None:
        return _in(content, said).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), said
    if mark is not None:
        return _in(content, mark), mark
    if looks_like := _unmarked_utf16(content):
        return _in(content, looks_like), looks_like
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _in(content, "cp1252"), "cp1252"


def _in(content: bytes, encoding: str) -> str:
    try:
        if codecs.lookup(encoding).name.replace("-", "_") in NO_LETTERS:
            raise LookupError
        return content.decode(encoding)
    except LookupError:
        raise UnreadableSheet(f"There is no encoding {encoding!r}.") from None
    except (UnicodeError, ValueError):
        raise UnreadableSheet(
            f"The file can't be read as {encoding}: say its encoding."
        ) from None


def _unmarked_utf16(content: bytes) -> str | None:
    """UTF-16 without its mark: nearly every second byte of plain letters is zero."""
    some = content[:4000]
    if len(some) < 20:
        return None
    for name, zeros in (("utf-16-le", some[1::2]), ("utf-16-be", some[::2])):
        if zeros.count(0) > len(zeros) * 0.7:
            return name
    return None


def _delimiter(lines: list[str]) -> str:
    """What most lines have alike; a semicolon before a comma, which may be a decimal mark."""
    best, found = (0, 0), ","
    for one in DELIMITERS:
        widths = [len(row) for row in _plainly(lines[:LOOKED_AT], one) if len(row) > 1]
        usual = max(set(widths), key=widths.count, default=0)
        score = (widths.count(usual), usual)
        if usual and score > best and _is_wider(score, best):
            best, found = score, one
    return found


def _is_wider(score: tuple[int, int], best: tuple[int, int]) -> bool:
    """A comma in each name, or in each number, makes many rows of few cells."""
    return best[0] < 2 or score[1] > best[1]


def _plainly(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []


def _rows(lines: list[str], delimiter: str, start: int) -> list[Row]:
    """Each record by the line it starts on; a quote never closed spoils its line alone."""
    counts = Counter(line.count(delimiter) for line in lines)
    joints = counts.most_common(1)[0][0] if counts else 0
    rows: list[Row] = []
    while start < len(lines):
        record, length = _record(lines, start, delimiter, joints)
        if record is None:
            rows.append(Row(start + 1, (), broken="a quotation mark is never closed"))
        else:
            rows.append(Row(start + 1, tuple(text_cell(one) for one in record)))
        start += length
        if len(rows) > MOST_ROWS:
            raise UnreadableSheet(f"The file has over {MOST_ROWS} rows: split it.")
    return rows


def _record(
    lines: list[str], start: int, delimiter: str, joints: int
) -> tuple[list[str] | None, int]:
    """The record that starts on a line, and how many lines it takes; None if it is broken."""
    alone = [lines[start]]
    if '"' not in lines[start]:  # the common case, and it can't go on
        return next(_reader(alone, delimiter), []), 1
    reader = _reader(lines[start : start + LONGEST_RECORD], delimiter, strict=True)
    try:
        record = next(reader)
    except csv.Error:
        if reader.line_num > 1:  # it went on, to the end of the file or to the next mark
            return None, 1
        return next(
            _reader(alone, delimiter)
        ), 1  # a mark inside a cell is a letter like others
    inside = lines[start + 1 : start + reader.line_num - 1]
    full = [line for line in inside if line.count(delimiter) == joints]
    is_whole = len(record) == joints + 1 and all(_closes(line) for line in full)
    if joints > 1 and full and not is_whole:
        return None, 1  # it has swallowed whole rows
    return record, reader.line_num


def _closes(line: str) -> bool:
    """Whether one cell ends in this line and the next one goes on: two cells with breaks."""
    return '"' in line.replace('""', "")


def _reader(lines: list[str], delimiter: str, *, strict: bool = False) -> Any:
    return csv.reader(lines, delimiter=delimiter, strict=strict)
