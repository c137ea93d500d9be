"""The page of a pump: its dates with their reasons, its level, its whole history.

Other rooms add a section of their own to it, as a partial of theirs and the facts it shows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import g, render_template
from flask.typing import ResponseReturnValue

from tracker.domain.danger import Rule, WatchKind, bucket
from tracker.domain.doses import Component, DrugDose, doses
from tracker.models import Programme, Pump, RecallPump, Refill, Watch
from tracker.services.appointments import booked_for
from tracker.services.doubts import doubt_of
from tracker.services.histories import messages_of, pump_history, pump_revisions, watches_of
from tracker.services.kept_back import kept_back
from tracker.services.outlooks import level_now
from tracker.services.pictures import level_picture
from tracker.services.recalls import open_of_pump
from tracker.services.silences import told_of_pump
from tracker.web import alarms, aways, ends, events, medicines, orders, reviews
from tracker.web.batteries import way_of
from tracker.web.dates import moves
from tracker.web.day_picture import day_of_pump
from tracker.web.doses import over_time
from tracker.web.entries import (
    last_programme,
    last_refill,
    programme_lines,
    revision_lines,
    tell,
)
from tracker.web.fixed_fills import flow_words
from tracker.web.picture import draw, draw_small
from tracker.web.residual_picture import learned_on_pump
from tracker.web.rows import visible_pump
from tracker.web.watches import causes

# beside the cards of refill and battery and the stopped notice: what else wants somebody
ASKING = (
    *(WatchKind.ASSESSMENT, WatchKind.INTERROGATION, WatchKind.RAISED_FLOW),
    *(WatchKind.NO_DATA, WatchKind.MISMATCH, WatchKind.DISCREPANCY, WatchKind.DISPUTE),
    *(WatchKind.UNDELIVERABLE, WatchKind.SYSTEM),
)


@dataclass(frozen=True, slots=True)
class Section:
    """A room's part of the page: its partial, and what the partial finds under `name`.

    A first one stands above the dates, where what can't wait is looked for.
    """

    name: str
    template: str
    facts: Callable[[Pump], Any]
    is_first: bool = False


def _notices(pump: Pump) -> list[RecallPump]:
    return open_of_pump(g.session, pump.id)


SECTIONS: tuple[Section, ...] = (
    Section("ended", "ends/_on_pump.html", ends.on_pump, is_first=True),
    Section("course", "events/_alert.html", events.on_pump, is_first=True),
    Section("away_known", "aways/_on_pump.html", aways.known_of, is_first=True),
    Section("notices", "recalls/_on_pump.html", _notices, is_first=True),
    Section("open_alarms", "alarms/_open_on_pump.html", alarms.open_on_pump, is_first=True),
    Section("past_alarms", "alarms/_on_pump.html", alarms.past_on_pump),
    Section("learned_on_pump", "refills/_on_pump.html", learned_on_pump),
    Section("fixed_flow", "fixed_fills/_on_pump.html", flow_words),
    Section("programme_day", "programmes/_on_pump.html", day_of_pump),
    Section("moves", "dates/_on_pump.html", moves),
    Section("reviewed", "events/_on_pump.html", reviews.on_pump),
    Section("titration", "pumps/_doses_over_time.html", over_time),
    Section("by_mouth", "medicines/_on_pump.html", medicines.on_pump),
    Section("supply", "orders/_on_pump.html", orders.on_pump),
    Section("way", "replacements/_on_pump.html", way_of),
)


def show(pump_id: int) -> ResponseReturnValue:
    """The pump: its dates with their reasons, its level, its whole history."""
    pump = visible_pump(pump_id)
    watches = watches_of(g.session, pump)
    last, programme = last_refill(pump), last_programme(pump)
    # a pump that has ended runs no further
    picture = None if pump.ended_at else level_picture(g.session, pump, now=g.now)
    return render_template(
        "pumps/show.html",
        pump=pump,
        cards={watch.kind: _card(watch) for watch in watches},
        kinds=WatchKind,
        held=told_of_pump(g.session, pump, now=g.now),
        asking=[watch for watch in watches if watch.kind in ASKING],
        causes=causes,
        visit=booked_for(g.session, pump.id),
        last=last,
        kept=kept_back(g.session, [one.id for one in watches]),
        doubt=doubt_of(g.session, pump),
        level=level_now(g.session, pump, now=g.now),
        doses=_doses(programme, last),
        contacts=pump.patient.contacts,
        revisions=[(one, revision_lines(one)) for one in pump_revisions(g.session, pump)],
        programme=programme,
        programme_now=programme_lines(programme) if programme else [],
        history=[tell(entry) for entry in pump_history(g.session, pump)],
        messages=messages_of(g.session, pump, limit=8),
        picture=draw(picture, g.clinic.zone) if picture else None,
        small=draw_small(picture, g.clinic.zone) if picture else None,
        sections=SECTIONS,
        **{one.name: one.facts(pump) for one in SECTIONS},
    )


def _doses(programme: Programme | None, last: Refill | None) -> tuple[DrugDose, ...]:
    """What the pump gives in 24 hours of every drug that is in it."""
    if programme is None or last is None:
        return ()
    drugs = [
        Component(one.drug.name, one.drug.code, one.concentration_mcg_per_ml)
        for one in last.drugs
    ]
    return doses(programme.as_programme(), drugs)


def _card(watch: Watch) -> dict[str, Any]:
    """A watch for the page: its urgency, and every term of the minimum that was looked at."""
    terms = [_term(term) for term in watch.explanation.get("terms", [])]
    return {
        "watch": watch,
        "bucket": bucket(watch.danger_at, now=g.now, zone=g.clinic.zone),
        "terms": sorted(terms, key=lambda term: str(term["at"])),
        "facts": {key: _when(value) for key, value in watch.explanation.items()},
    }


def _term(term: dict[str, str]) -> dict[str, Any]:
    return {"rule": Rule(term["rule"]), "at": _when(term.get("at") or term.get("on"))}


def _when(value: Any) -> Any:
    """An instant or a day that was stored as text; anything else as it is."""
    if not isinstance(value, str):
        return value
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(value)
        except ValueError:
            continue
    return value
