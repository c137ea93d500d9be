"""The emergency list as a PDF, for the printer that stands beside the telephone."""

from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tracker.domain.emergency import HEADING, EmergencyList, Entry
from tracker.domain.wording import write_day
from tracker.interop.printouts.emergency_page import said_moment, said_trail

FONT = (
    "Noto"  # the names of patients are written in more letters than a printer's own fonts have
)
WIDTHS = (150, 120, 150, 130, 200)  # points; with the margins an A4 sheet on its side
NOTICE = (
    "Administrative tool. Not a medical device. Dates are estimates from data entered by "
    "clinic staff; the pump programmer's printed dates and the clinician's judgement take "
    "precedence."
)


def emergency_pdf(made: EmergencyList) -> bytes:
    """The list on sheets of A4, the heading of the table repeated on each."""
    from reportlab.lib.pagesizes import A4, landscape  # noqa: PLC0415 - half a second to import
    from reportlab.platypus import SimpleDocTemplate  # noqa: PLC0415

    out = BytesIO()
    sheet = SimpleDocTemplate(
        out,
        pagesize=landscape(A4),
        leftMargin=36,
        rightMargin=36,
        topMargin=36,
        bottomMargin=42,
        title=f"Emergency list of {write_day(made.for_on)}, {made.clinic}",
        author=made.clinic,
        invariant=True,  # the same list gives the same file
    )
    sheet.build(_story(made), onFirstPage=_footer(made), onLaterPages=_footer(made))
    return out.getvalue()


def _story(made: EmergencyList) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer  # noqa: PLC0415

    styles = _styles()
    story: list[Any] = [
        Paragraph(
            escape(f"Emergency list of {write_day(made.for_on)}: {made.clinic}"),
            styles["title"],
        ),
        Paragraph(escape(HEADING), styles["strong"]),
        Paragraph(escape(_figures(made)), styles["text"]),
        Spacer(1, 8),
    ]
    if made.entries:
        story.append(_table(made, styles))
    for whose, text in made.plans:
        heading = escape(f"The clinic's emergency plan: {whose.lower()}")
        story += [Spacer(1, 10), Paragraph(heading, styles["strong"])]
        story += [Paragraph(escape(line), styles["text"]) for line in text.splitlines()]
    story += [Spacer(1, 10), Paragraph(escape(said_trail(made)), styles["text"])]
    return story


def _figures(made: EmergencyList) -> str:
    return (
        f"{made.sentence} Made {said_moment(made, made.made_at)}; the last check that found "
        f"everything in order: {said_moment(made, made.passed_at)}. Last resort: "
        f"{made.last_resort} {made.last_resort_phone}. Clinic: {made.phone}."
    )


def _table(made: EmergencyList, styles: dict[str, Any]) -> Any:
    from reportlab.lib import colors  # noqa: PLC0415
    from reportlab.platypus import Paragraph, Table  # noqa: PLC0415

    heads = ("Patient", "Dates", "Phone", "Owner and visit", "Pump and drug")
    rows = [[Paragraph(head, styles["strong"]) for head in heads]]
    rows += [
        [Paragraph("<br/>".join(escape(one) for one in cell), styles["cell"]) for cell in cells]
        for cells in (_cells(one) for one in made.entries)
    ]
    look: list[Any] = [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, 0), colors.lightgrey),
    ]
    return Table(rows, colWidths=WIDTHS, repeatRows=1, style=look)


def _cells(one: Entry) -> tuple[tuple[str, ...], ...]:
    """The five cells of a row, each as its lines."""
    numbers = tuple(f"{n.whose}: {n.address} {n.note}".strip() for n in one.numbers)
    return (
        (one.patient, f"No. {one.mrn}", f"born {write_day(one.born_on)}"),
        (
            f"refill by: {_day(one.refill_by_on)}",
            f"empty, earliest: {_day(one.empty_on)}",
            ", ".join(one.reasons),
            *one.alarms,
        ),
        numbers or ("no number on record",),
        (f"{one.owner} {one.owner_phone}".strip(), f"visit: {one.visit}", one.in_hand),
        (
            one.pump,
            f"{one.drugs} ({one.risk_class} risk of withdrawal)",
            one.dose,
            f"last refill: {_day(one.last_refill_on, 'not recorded')}",
            f"last reading: {_day(one.last_reading_on, 'not recorded')}",
            f"script for an oral drug: {one.rescue_script or 'not recorded'}",
            f"hospital with a programmer: {one.programmer_hospital or 'not recorded'}",
        ),
    )


def _day(on: Any, otherwise: str = "can't be computed") -> str:
    return otherwise if on is None else write_day(on)


def _footer(made: EmergencyList) -> Any:
    def draw(canvas: Any, sheet: Any) -> None:
        canvas.setFont(FONT, 7)
        canvas.drawString(36, 28, NOTICE)
        page = f"{made.clinic}, {write_day(made.for_on)}, page {sheet.page}"
        canvas.drawRightString(sheet.pagesize[0] - 36, 18, page)

    return draw


def _styles() -> dict[str, Any]:
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
