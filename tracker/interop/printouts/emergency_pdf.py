"""The emergency list as a PDF, for the printer that stands beside the telephone."""

from typing import Any
from xml.sax.saxutils import escape

from tracker.domain.emergency import HEADING, EmergencyList, Entry
from tracker.domain.wording import write_day
from tracker.interop.printouts.emergency_page import said_moment, said_trail
from tracker.interop.printouts.paper import a_table, on_paper, styles_of_paper

WIDTHS = (150, 120, 150, 130, 200)  # points; with the margins an A4 sheet on its side


def emergency_pdf(made: EmergencyList) -> bytes:
    """The list on sheets of A4, the heading of the table repeated on each."""
    day = write_day(made.for_on)
    title = f"Emergency list of {day}, {made.clinic}"
    below = f"{made.clinic}, {day}"
    return on_paper(_story(made), title=title, author=made.clinic, below=below, is_wide=True)


def _story(made: EmergencyList) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer  # noqa: PLC0415

    styles = styles_of_paper()
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
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    heads = ("Patient", "Dates", "Phone", "Owner and visit", "Pump and drug")
    rows = [[Paragraph(head, styles["strong"]) for head in heads]]
    rows += [
        [Paragraph("<br/>".join(escape(one) for one in cell), styles["cell"]) for cell in cells]
        for cells in (_cells(one) for one in made.entries)
    ]
    return a_table(rows, WIDTHS)


def _cells(one: Entry) -> tuple[tuple[str, ...], ...]:
    """The five cells of a row, each as its lines."""
    numbers = tuple(f"{n.whose}: {n.address} {n.note}".strip() for n in one.numbers)
    return (
        (one.patient, f"No. {one.mrn}", f"born {write_day(one.born_on)}"),
        (
            *([one.doubt] if one.doubt else []),
            f"refill by: {_day(one.refill_by_on)}",
            f"empty, earliest: {_day(one.empty_on)}",
            ", ".join(one.reasons),
            *one.alarms,
        ),
        numbers or ("no number on record",),
        (
            f"{one.owner} {one.owner_phone}".strip(),
            f"visit: {one.visit}",
            one.in_hand,
            one.admitted,
        ),
        (
            one.pump,
            f"{one.drugs} ({one.risk_class} risk of withdrawal)",
            one.dose,
            f"by mouth: {one.by_mouth}",
            f"last refill: {_day(one.last_refill_on, 'not recorded')}",
            f"last reading: {_day(one.last_reading_on, 'not recorded')}",
            f"script for an oral drug: {one.rescue_script or 'not recorded'}",
            f"hospital with a programmer: {one.programmer_hospital or 'not recorded'}",
        ),
    )


def _day(on: Any, otherwise: str = "can't be computed") -> str:
    return otherwise if on is None else write_day(on)
