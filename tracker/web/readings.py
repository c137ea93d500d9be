"""Recording an interrogation: what the programmer stated."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.units import format_number
from tracker.models import Pump, Reading
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.web.forms import Form
from tracker.web.request import may_record, visible_pump
from tracker.web.saving import open_form, save, seen_version, show_changes

bp = Blueprint("readings", __name__)


@bp.get("/pumps/<int:pump_id>/readings/new")
@may_record
def new(pump_id: int) -> ResponseReturnValue:
    """An empty interrogation."""
    pump = visible_pump(pump_id)
    form = open_form(pump)
    form.put_moment("read_at", g.now, g.clinic.zone)
    return _page(pump, form)


@bp.post("/pumps/<int:pump_id>/readings/new")
@may_record
def create(pump_id: int) -> ResponseReturnValue:
    """Record the interrogation, or show what stands in its way."""
    pump, form = visible_pump(pump_id), Form(request.form)
    facts = read_reading(form, pump)
    if facts and save(
        form,
        lambda: record_interrogation(
            g.session,
            pump,
            facts,
            reason=form.text("reason"),
            seen_version=seen_version(form),
            by=g.staff,
            now=g.now,
        ),
    ):
        flash("The interrogation is recorded.")
        return redirect(url_for("pumps.show", pump_id=pump.id))
    return _page(pump, form, status=422)


def read_reading(form: Form, pump: Pump) -> ReadingFacts | None:
    """The interrogation that was typed; None where something can't be read."""
    read_at = form.moment("read_at", pump.clinic.zone)
    volume = form.volume("reservoir_volume_ml")
    printed, eri_on = form.day("printed_alarm_on"), form.day("eri_on")
    months = form.number("battery_months", highest=1200)
    clock = form.whole("clock_difference_minutes", lowest=-1440, highest=1440)
    note = form.text("note")
    said = (volume, printed, eri_on, months, clock)
    if all(one is None for one in said) and not note and form.is_right:
        form.refuse(
            "reservoir_volume_ml", "Give at least one thing that the programmer stated."
        )
    if read_at is None or not form.is_right:
        return None
    return ReadingFacts(
        read_at=read_at,
        reservoir_volume_ml=volume,
        printed_alarm_on=printed,
        battery_months=months,
        eri_on=eri_on,
        clock_difference_minutes=clock,
        note=note,
    )


def put_reading(form: Form, reading: Reading) -> None:
    """Fill the fields in from a recorded interrogation."""
    form.put_moment("read_at", reading.read_at, reading.pump.clinic.zone)
    for name in ("reservoir_volume_ml", "battery_months"):
        amount = getattr(reading, name)
        form.put(name, None if amount is None else format_number(amount))
    for name in ("printed_alarm_on", "eri_on", "clock_difference_minutes", "note"):
        form.put(name, getattr(reading, name))


def _page(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    changes = show_changes(form, pump)
    return render_template("readings/new.html", pump=pump, form=form, changed=changes), status
