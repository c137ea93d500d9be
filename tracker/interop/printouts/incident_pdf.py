"""The report of an incident as a PDF, for the file of a quality meeting."""

from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from tracker.domain.incident import IncidentReport, Moment
from tracker.domain.wording import write_day
from tracker.interop.printouts.paper import a_table, on_paper, styles_of_paper

WIDTHS = (95, 428)  # points; with the margins an A4 sheet


def incident_pdf(report: IncidentReport) -> bytes:
    """Facts above, moments below, on as many sheets as it takes."""
    made = f"{report.clinic}, made {_moment(report, report.made_at)} by {report.made_by}"
    return on_paper(_story(report), title=report.title, author=report.clinic, below=made)


def _story(report: IncidentReport) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer  # noqa: PLC0415 - see paper

    styles = styles_of_paper()
    facts = [
        Paragraph(f"{escape(name)}: {escape(value)}", styles["text"])
        for name, value in report.facts
    ]
    where = f"Times are those of the clinic ({report.zone.key})."
    return [
        Paragraph(escape(report.title), styles["title"]),
        *facts,
        Paragraph(escape(where), styles["text"]),
        Spacer(1, 10),
        _table(report, styles),
    ]


def _table(report: IncidentReport, styles: dict[str, Any]) -> Any:
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    rows = [[Paragraph(head, styles["strong"]) for head in ("When", "What happened")]]
    rows += [
        [
            Paragraph(escape(_moment(report, one.at)), styles["cell"]),
            Paragraph(
                "<br/>".join(escape(line) for line in _said(report, one)), styles["cell"]
            ),
        ]
        for one in report.moments
    ]
    return a_table(rows, WIDTHS)


def _said(report: IncidentReport, one: Moment) -> list[str]:
    head = f"{one.what} ({one.who})" if one.who else one.what
    was = one.was_at is not None and one.was_at != one.at
    so = [f"It was so {_moment(report, one.was_at)}."] if was and one.was_at else []
    return [head, *so, *one.lines]


def _moment(report: IncidentReport, at: datetime) -> str:
    local = at.astimezone(report.zone)
    return f"{write_day(local.date())}, {local:%H:%M}"
