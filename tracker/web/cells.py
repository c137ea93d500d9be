"""Cells of a file that a spreadsheet opens: text stays text."""

import csv
import io
from collections.abc import Iterable, Sequence

# What spreadsheets take for the beginning of a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}")


def disarmed(value: object) -> str:
    """A cell as text; one that a spreadsheet would reckon with begins with an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The whole file, every cell quoted and disarmed; it begins with a mark of its encoding."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([disarmed(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()
