"""Cells of a sheet that goes out: a text that a spreadsheet would work out stays a text.

Somebody's name or note may begin like a formula, and opened on another's desk it would run.
"""

import csv
import io
from collections.abc import Iterable, Sequence

# OWASP, "CSV Injection": what a spreadsheet takes for the beginning of a formula. The wide ones
# are those of East Asian keyboards.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
SIGN = "'"  # what follows it is text; a sheet may show it, which is the price


def disarmed(text: str) -> str:
    """`text` as a cell that is never worked out; a plain number stays one."""
    if text.lstrip(" \0").startswith(FORMULA) and not _is_number(text):
        return SIGN + text
    return text


def _is_number(text: str) -> bool:
    sign, digits = text[:1], text[1:].replace(".", "", 1)
    return sign in "+-" and digits.isascii() and digits.isdigit()


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """The rows as a sheet, each cell quoted and disarmed; what is None is empty."""
    text = io.StringIO()
    sheet = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        sheet.writerow(["" if one is None else disarmed(str(one)) for one in row])
    return text.getvalue()
