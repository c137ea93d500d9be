"""Recording an interrogation: what the programmer stated."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.danger import WatchKind
from tracker.domain.events import MotorState
from tracker.domain.units import format_number
from tracker.models import Pump, Reading
from tracker.services.alarm_lists import alarms_of_pump
from tracker.services.histories import watches_of
from tracker.services.reading_previews import ReadingPreview, preview_interrogation
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.web.dates import flash_dates
from tracker.web.entries import last_programme
from tracker.web.forms import Form
from tracker.web.rows import visible_pump
from tracker.web.saving import look, open_form, save, seen_version, show_changes
from tracker.web.words import words_for

bp = Blueprint("readings", __name__)
MOTOR_ANSWERS = [(one.value, words_for(one)) for one in MotorState]


@bp.get("/pumps/<int:pump_id>/readings/new")
def new(pump_id: int) -> ResponseReturnValue:
    """An empty interrogation."""
    pump = visible_pump(pump_id)
    form = open_form(pump)
    form.put_moment("read_at", g.now, g.clinic.zone)
    return _page(pump, form)


@bp.post("/pumps/<int:pump_id>/readings/new")
def create(pump_id: int) -> ResponseReturnValue:
    """Record the interrogation, or show what stands in its way."""
    pump, form = visible_pump(pump_id), Form(request.form)
    facts, was_asked = read_reading(form, pump), _is_asked(pump)
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
        flash_dates(pump, "The interrogation is recorded.")
        if was_asked:
            flash(_after_the_scan(facts, is_asked=_is_asked(pump)))
        if facts.is_programme_changed:
            flash("Now record the programme as it runs; until then it counts as missing.")
            return redirect(url_for("programmes.new", pump_id=pump.id))
        if alarms_of_pump(g.session, pump, is_open=True, limit=1):
            flash("An alarm is open still: open it, and close it with this if it is over.")
        return redirect(url_for("pumps.show", pump_id=pump.id))
    return _page(pump, form, preview=_preview(pump, form), status=422)


def _is_asked(pump: Pump) -> bool:
    """Whether an interrogation after an MRI scan is waited for."""
    open_now = watches_of(g.session, pump)
    return any(one.kind is WatchKind.INTERROGATION for one in open_now)


def _after_the_scan(facts: ReadingFacts, *, is_asked: bool) -> str:
    """What became of that question: a nurse must not take a silence for its answer."""
    if not is_asked:
        return "The MRI scan is answered: the log shows the motor running after it."
    if facts.motor is MotorState.NOT_LOGGED:
        return (
            "The log does not show yet that the motor runs after the MRI scan: "
            "interrogate again. Until then the pump may stand still."
        )
    if facts.motor is None:
        return (
            "After the MRI scan it is not answered whether the motor runs again: "
            "that is still asked."
        )
    return "An interrogation after the MRI scan is still asked for: this one was before it."


@bp.post("/pumps/<int:pump_id>/readings/check")
def check(pump_id: int) -> ResponseReturnValue:
    """The page again with what follows from the interrogation; nothing is saved."""
    pump, form = visible_pump(pump_id), Form(request.form)
    preview = _preview(pump, form)
    return _page(pump, form, preview=preview, status=200 if form.is_right else 422)


@bp.post("/pumps/<int:pump_id>/readings/preview")
def preview(pump_id: int) -> ResponseReturnValue:
    """What follows from the interrogation, alone: fetched as the nurse types."""
    pump, form = visible_pump(pump_id), Form(request.form)
    found = _preview(pump, form)
    return render_template(
        "readings/_preview.html", pump=pump, form=form, preview=found, is_alone=True
    )


def _preview(pump: Pump, form: Form) -> ReadingPreview | None:
    reading = Form(form.typed) if form.errors else form
    facts = read_reading(reading, pump)
    if facts is None:
        return None
    return look(reading, lambda: preview_interrogation(g.session, pump, facts, now=g.now))


def read_reading(form: Form, pump: Pump) -> ReadingFacts | None:
    """The interrogation that was typed; None where something can't be read."""
    read_at = form.moment("read_at", pump.clinic.zone)
    volume = form.volume("reservoir_volume_ml")
    printed, eri_on = form.day("printed_alarm_on"), form.day("eri_on")
    months = form.number("battery_months", highest=1200)
    clock = form.whole("clock_difference_minutes", lowest=-1440, highest=1440)
    motor = form.choice("motor", MotorState)
    note, is_changed = form.text("note"), _is_changed(form, pump)
    said = (volume, printed, eri_on, months, clock, motor)
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
        motor=motor,
        is_programme_changed=is_changed,
        note=note,
    )


def _is_changed(form: Form, pump: Pump) -> bool | None:
    """Asked at every contact: an unrecorded change makes every date wrong (DOMAIN H06)."""
    if pump.fixed_flow_ml_per_day is not None:
        return None  # nothing can be set at such a pump
    needed = "Say whether the programme was changed since."
    return form.answer("programme_changed", needed=needed)


def put_reading(form: Form, reading: Reading) -> None:
    """Fill the fields in from a recorded interrogation."""
    form.put_moment("read_at", reading.read_at, reading.pump.clinic.zone)
    for name in ("reservoir_volume_ml", "battery_months"):
        amount = getattr(reading, name)
        form.put(name, None if amount is None else format_number(amount))
    for name in ("printed_alarm_on", "eri_on", "clock_difference_minutes", "motor", "note"):
        form.put(name, getattr(reading, name))
    said = {True: "yes", False: "no", None: None}
    form.put("programme_changed", said[reading.is_programme_changed])


def _page(
    pump: Pump, form: Form, *, preview: ReadingPreview | None = None, status: int = 200
) -> ResponseReturnValue:
    changes = show_changes(form, pump)
    page = render_template(
        "readings/new.html",
        pump=pump,
        form=form,
        preview=preview,
        changed=changes,
        motor_answers=MOTOR_ANSWERS,
        programme=last_programme(pump),
    )
    return page, status
