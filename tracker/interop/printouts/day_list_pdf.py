"""The day list and the week plan as a PDF, for the wall of the treatment room."""

from datetime import date
from typing import Any
from xml.sax.saxutils import escape

from tracker.domain.day_list import DayList, Line
from tracker.domain.wording import write_day
from tracker.interop.printouts.paper import a_table, on_paper, styles_of_paper

WIDTHS = (62, 150, 120, 158, 150, 130)  # points; with the margins an A4 sheet on its side
HEADS = ("When", "Patient", "Pump", "To prepare", "Look at", "Coming; second person")
UNBOOKED = "Due, and without a visit that counts"
BLANK = "checked by: ______________"


def day_list_pdf(made: DayList) -> bytes:
    """The list on sheets of A4, the heading of each table repeated."""
    local = made.made_at.astimezone(made.zone)
    below = f"{made.clinic}, made {write_day(local.date())}, {local:%H:%M} ({made.zone.key})"
    title = f"{made.title}: {made.clinic}"
    return on_paper(
        _story(made, title), title=title, author=made.clinic, below=below, is_wide=True
    )


def _story(made: DayList, title: str) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer  # noqa: PLC0415 - see paper

    styles = styles_of_paper()
    story: list[Any] = [Paragraph(escape(title), styles["title"])]
    for day in made.days:
        closed = f" ({day.beside})" if day.beside else ""
        name = f"{day.on:%A}, {write_day(day.on)}{closed}"
        story += [Spacer(1, 6), Paragraph(escape(name), styles["strong"])]
        story += _lines(made, day.lines, "Nobody is booked.", styles)
    story += [Spacer(1, 8), Paragraph(UNBOOKED, styles["strong"])]
    story += _lines(made, made.unbooked, "Nobody who is due is without a visit.", styles)
    return story


def _lines(
    made: DayList, lines: tuple[Line, ...], nobody: str, styles: dict[str, Any]
) -> list[Any]:
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    if not lines:
        return [Paragraph(nobody, styles["text"])]
    rows = [[Paragraph(head, styles["strong"]) for head in HEADS]]
    rows += [
        [
            Paragraph("<br/>".join(escape(one) for one in cell if one), styles["cell"])
            for cell in cells
        ]
        for cells in (_cells(made, one) for one in lines)
    ]
    return [a_table(rows, WIDTHS)]


def _cells(made: DayList, one: Line) -> tuple[tuple[str, ...], ...]:
    """The six cells of a row, each as its lines."""
    late = " LATE" if one.is_late else ""
    return (
        (made.hour(one) or "no visit", one.where if one.at else ""),
        (
            one.patient,
            f"No. {one.mrn}, born {write_day(one.born_on)}",
            *(one.phones or ("no number on record",)),
            *one.others,
            *one.notes,
        ),
        (one.pump, f"for {one.purpose}" if one.purpose else "", f"needle or kit: {one.kit}"),
        (*one.drugs, one.volume, f"! {one.supply}" if one.is_supply_wrong else one.supply),
        (
            f"refill by {_day(one.refill_by_on)}{late}",
            f"{one.risk} risk of withdrawal",
            *(one.alarms or ("no alarm is open",)),
            f"last residual: {one.residual}",
        ),
        (
            one.visit,
            f"transport: {one.transport}",
            f"interpreter: {one.interpreter}",
            f"second person last time: {one.checked_by}",
            BLANK,
        ),
    )


def _day(on: date | None) -> str:
    return "can't be computed" if on is None else write_day(on)
