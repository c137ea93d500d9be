"""Cells of a sheet that goes out: a text that a spreadsheet would work out stays a text.

Somebody's name or note may begin like a formula, and opened on another's desk it would run.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

# ASVS 5.0, 1.2.10: what a spreadsheet may take for the beginning of a formula. The wide ones
# are those of East Asian keyboards.
FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")
# Where a program parts cells by semicolons, as half of Europe's do, it cuts ours within: there
# quotation marks hold only what begins with one.
INNER = re.compile(r"(?<=[;\t\r\n|])([\s\"']{0,20})(?=[-=+@\0＝＋－＠])")
SIGN = "'"  # what follows it is text; a sheet may show it, which is the price


def disarmed(text: str) -> str:
    """`text` as a cell that is never worked out; a telephone number keeps its plus so, too."""
    text = INNER.sub(rf"\1{SIGN}", text)
    return SIGN + text if text.lstrip(" ").startswith(FORMULA) else text


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """The rows as a sheet, each cell quoted and each text disarmed; what is None is empty."""
    text = io.StringIO()
    sheet = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        sheet.writerow([_cell(one) for one in row])
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    # a number of ours is no text that somebody typed
    return str(value) if isinstance(value, int | Decimal) else disarmed(str(value))
