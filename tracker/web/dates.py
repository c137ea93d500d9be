"""The dates of a pump, opened into the arithmetic that they come from; and how they moved."""

from typing import Any

from flask import Blueprint, flash, g, render_template

from tracker.domain.danger import WatchKind
from tracker.models import DateChange, Pump
from tracker.services.date_changes import changes_of
from tracker.services.doubts import doubt_of
from tracker.services.explanations import explain
from tracker.services.histories import watches_of
from tracker.web.catalogue import has_alarm
from tracker.web.date_words import (
    age_words,
    band_words,
    line_words,
    move_words,
    printed_words,
    shown_dates,
    term_words,
)
from tracker.web.entries import tell
from tracker.web.filters import plain_day
from tracker.web.rows import visible_pump

bp = Blueprint("dates", __name__)
SHORT = 3  # ours: the last moves on the page of a pump; the page of its dates has more
Moves = list[tuple[DateChange, str]]


@bp.get("/pumps/<int:pump_id>/dates")
def show(pump_id: int) -> str:
    """Each date with the records, the spans and the rules that make it."""
    pump = visible_pump(pump_id)
    found = explain(g.session, pump)
    alarm = has_alarm(pump)
    danger = found.outlook.refill
    return render_template(
        "dates/show.html",
        pump=pump,
        found=found,
        danger=danger,
        doubt=doubt_of(g.session, pump),
        basis=found.outlook.basis,
        has_alarm=alarm,
        dates=shown_dates(found, has_alarm=alarm),
        terms=[(one, term_words(one.rule, found)) for one in danger.terms] if danger else [],
        band=band_words(found),
        printed=printed_words(danger) if danger else "",
        line_words=line_words,
        ages=[(name, age_words(_at(found.newest(kind)))) for name, kind in AGES],
        records=[tell(entry) for entry in reversed(found.records)],
        moves=moves(pump, limit=50),
    )


AGES = (
    ("Last refill", "refill"),
    ("Last change of the programme", "programme"),
    ("Last interrogation since the fill", "reading"),
)


def _at(entry: Any) -> Any:
    return entry and entry.at


def moves(pump: Pump, *, limit: int = SHORT) -> Moves:
    """The last moves of this pump's dates, newest first, each in a sentence."""
    return [(one, move_words(one)) for one in changes_of(g.session, pump, limit=limit)]


def flash_dates(pump: Pump, done: str) -> None:
    """Say that it is done, and what became of the pump's dates by it."""
    said = [words for one, words in moves(pump, limit=4) if one.recorded_at == g.now]
    refill = next((w for w in watches_of(g.session, pump) if w.kind is WatchKind.REFILL), None)
    has_moved = any(words.startswith("Refill-by") for words in said)
    if refill is not None and not has_moved:
        stays = plain_day(refill.danger_at) if refill.danger_at else ""
        said.insert(0, f"Refill-by stays {stays}." if stays else "There is still no refill-by.")
    flash(" ".join((done, *reversed(said)) if has_moved else (done, *said)))
