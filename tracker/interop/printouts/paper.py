"""What every printout on sheets of A4 has: its font, its styles, its foot."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

FONT = (
    "Noto"  # the names of patients are written in more letters than a printer's own fonts have
)
PADDING = 12  # points, left and right of a cell together
TALLEST = 400  # points; ours: with a heading above, less than a sheet on its side holds
FOOT_SIZE = 7  # points
NOTICE = (
    "Administrative tool. Not a medical device. Dates are estimates from data entered by "
    "clinic staff; the pump programmer's printed dates and the clinician's judgement take "
    "precedence."
)


def on_paper(
    story: list[Any], *, title: str, author: str, below: str, is_wide: bool = False
) -> bytes:
    """The story as a file, with `below` and its number at the foot of each sheet."""
    from reportlab.lib.pagesizes import A4, landscape  # noqa: PLC0415 - half a second to import
    from reportlab.platypus import SimpleDocTemplate  # noqa: PLC0415

    def foot(canvas: Any, sheet: Any) -> None:
        canvas.setFont(FONT, FOOT_SIZE)
        lines = notice_lines(sheet.pagesize[0] - 72)
        for above, line in enumerate(reversed(lines)):
            canvas.drawString(36, 27 + 8 * above, line)
        canvas.drawRightString(sheet.pagesize[0] - 36, 18, f"{below}, page {sheet.page}")

    out = BytesIO()
    sheet = SimpleDocTemplate(
        out,
        pagesize=landscape(A4) if is_wide else A4,
        leftMargin=36,
        rightMargin=36,
        topMargin=36,
        bottomMargin=42,
        title=title,
        author=author,
        invariant=True,  # the same story gives the same file
    )
    sheet.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def notice_lines(width: float) -> list[str]:
    """The notice in as many lines as a sheet needs that is so wide between its margins."""
    from reportlab.lib.utils import simpleSplit  # noqa: PLC0415

    _know_the_font()
    lines: list[str] = simpleSplit(NOTICE, FONT, FOOT_SIZE, width)
    return lines


def a_table(rows: list[list[Any]], widths: Sequence[int]) -> Any:
    """A table of paragraphs, the first row repeated on each sheet.

    A row stays whole, but where one is taller than a sheet they may go on upon the next: else
    one long note would leave a whole clinic without its list.
    """
    from reportlab.lib import colors  # noqa: PLC0415
    from reportlab.platypus import Table  # noqa: PLC0415

    look: list[Any] = [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, 0), colors.lightgrey),
    ]
    is_tall = any(
        cell.wrap(width - PADDING, TALLEST)[1] > TALLEST
        for row in rows
        for cell, width in zip(row, widths, strict=True)
    )
    return Table(rows, colWidths=widths, repeatRows=1, splitInRow=int(is_tall), style=look)


def styles_of_paper() -> dict[str, Any]:
    """The styles of a title, of what is strong, of text and of the cells of a table."""
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415

    _know_the_font()
    plain: dict[str, Any] = {"fontName": FONT}
    return {
        "title": ParagraphStyle("title", fontSize=16, leading=20, spaceAfter=4, **plain),
        "strong": ParagraphStyle("strong", fontSize=10, leading=13, spaceAfter=3, **plain),
        "text": ParagraphStyle("text", fontSize=9, leading=12, **plain),
        "cell": ParagraphStyle("cell", fontSize=8, leading=10, **plain),
    }


def _know_the_font() -> None:
    import fontpkg_noto_sans  # noqa: PLC0415
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    if FONT not in pdfmetrics.getRegisteredFontNames():
        file = Path(fontpkg_noto_sans.ROOT) / "files" / "NotoSans[wdth,wght].ttf"
        pdfmetrics.registerFont(TTFont(FONT, str(file)))
