"""The rehearsal's page: what will be sent, to whom and when. It writes nothing."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import groupby
from time import monotonic
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.models import Patient, Pump, Watch
from tracker.web.rows import visible_pump

bp = Blueprint("rehearsals", __name__)

SPANS = (7, 30, 60)
PASTS = (30, 90)
# Ours: what a person waits for a page; how many pumps that is enough for; what can be read.
LONGEST_SECONDS = 5.0
MOST_PUMPS = 50
MOST_LINES = 60


@bp.get("/rehearsal")
def show() -> ResponseReturnValue:
    """One pump, or those of the clinic that are due first; nothing runs before it is asked."""
    number = request.args.get("pump", "")
    pump = visible_pump(int(number)) if number.isdigit() and len(number) < 10 else None
    days, past = _chosen("days", SPANS, request.args), _chosen("past", PASTS, request.args)
    found: dict[str, Any] = {}
    if days or past:
        found = _run((pump.id,) if pump else _first_due(), days, past)
    return _page(pump, days, past, typed=pump.serial if pump else "", **found)


@bp.post("/rehearsal")
def choose() -> ResponseReturnValue:
    """Lead on to the rehearsal that was asked for: no MRN stands in an address."""
    typed = request.form.get("pump", "").replace("\0", "").strip()[:60]
    days, past = _chosen("days", SPANS, request.form), _chosen("past", PASTS, request.form)
    pump = _named(typed) if typed else None
    if typed and pump is None:
        return _page(None, days, past, typed=typed, is_unknown=True), 422
    return redirect(
        url_for("rehearsals.show", pump=pump.id if pump else None, days=days, past=past)
    )


def _page(
    pump: Pump | None,
    days: int | None,
    past: int | None,
    *,
    typed: str,
    is_unknown: bool = False,
    **found: Any,
) -> str:
    nothing: dict[str, Any] = {
        "would": None,
        "replayed": None,
        "days_of": [],
        "is_short": False,
    }
    return render_template(
        "rehearsals/show.html",
        typed=typed, is_unknown=is_unknown, pump=pump, days=days, past=past,
        spans=SPANS, pasts=PASTS, most_pumps=MOST_PUMPS,
        **(nothing | found),
    )  # fmt: skip


def _named(typed: str) -> Pump | None:
    """The pump of this clinic by its serial number, its patient's MRN or its own number."""
    names = [Pump.serial == typed, Patient.mrn == typed]
    if typed.isascii() and typed.isdigit() and len(typed) < 10:
        names.append(Pump.id == int(typed))
    for name in names:
        asked = (
            sa.select(Pump)
            .join(Patient, Patient.id == Pump.patient_id)
            .where(Pump.clinic_id == g.clinic.id, name)
            .order_by(Pump.ended_at.is_not(None), Pump.id.desc())
            .options(joinedload(Pump.patient))
        )
        found: Pump | None = g.session.scalars(asked.limit(1)).first()
        if found is not None:
            return found
    return None


def _chosen(name: str, allowed: tuple[int, ...], said: Mapping[str, str]) -> int | None:
    return next((one for one in allowed if str(one) == said.get(name)), None)


def _first_due() -> tuple[int, ...]:
    """The pumps of this clinic whose watches act first."""
    asked = (
        sa.select(Watch.pump_id)
        .join(Pump, Pump.id == Watch.pump_id)
        .where(Watch.clinic_id == g.clinic.id, Watch.closed_at.is_(None))
        .group_by(Watch.pump_id)
        .order_by(sa.func.min(Watch.next_action_at), Watch.pump_id)
        .limit(MOST_PUMPS)
    )
    return tuple(g.session.scalars(asked))


def _run(pump_ids: tuple[int, ...], days: int | None, past: int | None) -> dict[str, Any]:
    ends_at = monotonic() + LONGEST_SECONDS
    scope: dict[str, Any] = {
        "clinic_id": g.clinic.id,
        "pump_ids": pump_ids,
        "goes_on": lambda: monotonic() < ends_at,
    }
    engine, replayed = current_app.extensions["rehearsal"], None
    if past:
        begin = g.now - timedelta(days=past)
        replayed = engine.replay(since=begin, until=g.now, **scope)
        would = replayed.would
    else:
        would = engine.rehearse(days=days or 0, now=g.now, **scope)
    shown = would.lines[:MOST_LINES]
    by_day = groupby(shown, lambda line: line.at.astimezone(g.clinic.zone).date())
    return {
        "would": would,
        "replayed": replayed,
        "days_of": [(day, list(lines)) for day, lines in by_day],
        "is_short": len(would.lines) > MOST_LINES,
    }
