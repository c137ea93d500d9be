"""Recording a refill, with what follows from it shown before it is saved."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.orders import OrderState
from tracker.models import Guide, Pump, Refill
from tracker.services.learning import learned_of
from tracker.services.readings import lacks_estimate
from tracker.services.refills import RefillFacts, RefillPreview, preview_refill, record_refill
from tracker.services.second_people import possible_checkers
from tracker.services.supplies import orders_of
from tracker.services.supply_lists import OrderLine, supplied
from tracker.web.batteries import surgery_soon
from tracker.web.catalogue import drug_options, has_alarm
from tracker.web.dates import flash_dates
from tracker.web.doses import DAYS
from tracker.web.entries import last_programme, last_refill
from tracker.web.forms import Form
from tracker.web.programme_fields import (
    DOSE_UNITS,
    asks_for_boluses,
    mode_options,
    step_rows,
)
from tracker.web.refill_fields import (
    AS_WRITTEN,
    CONCENTRATION_UNITS,
    MOST_DRUGS,
    NOBODY,
    ask_for_second,
    drug_rows,
    is_other_drug,
    put_last,
    read_refill,
)
from tracker.web.rows import visible_pump
from tracker.web.saving import look, open_form, save, seen_version, show_changes
from tracker.web.words import words_for

bp = Blueprint("refills", __name__)
Looked = tuple[RefillFacts | None, RefillPreview | None]
NOTHING: Looked = (None, None)
MORE = {"drug": ("drugs", "drug_code", 1), "steps": ("steps", "start", 4)}


@bp.get("/pumps/<int:pump_id>/refills/new")
def new(pump_id: int) -> ResponseReturnValue:
    """An empty refill, started from the last one."""
    pump = visible_pump(pump_id)
    form = open_form(pump)
    form.put_moment("filled_at", g.now, g.clinic.zone)
    put_last(form, last_refill(pump), last_programme(pump))
    form.focus = "expected_residual_volume_ml"  # the first that is to be typed
    return _page(pump, form)


@bp.post("/pumps/<int:pump_id>/refills/new")
def create(pump_id: int) -> ResponseReturnValue:
    """Record the refill, or show what stands in its way."""
    pump, form = visible_pump(pump_id), Form(request.form)
    facts = read_refill(form, pump)
    ask_for_second(form)
    if (
        facts
        and form.is_right
        and save(
            form,
            lambda: record_refill(
                g.session,
                pump,
                facts,
                reason=form.text("reason"),
                seen_version=seen_version(form),
                by=g.staff,
                now=g.now,
            ),
        )
    ):
        flash_dates(pump, "The refill is recorded.")
        return redirect(url_for("next_visits.show", pump_id=pump.id))
    looked = _preview(pump, form)
    if looked[1] and not form["reason"]:
        form.concerns = looked[1].concerns  # asked for at once, beside what else is missing
    return _page(pump, form, looked=looked, status=422)


@bp.post("/pumps/<int:pump_id>/refills/check")
def check(pump_id: int) -> ResponseReturnValue:
    """The page again with what follows from the refill; nothing is saved."""
    pump, form = visible_pump(pump_id), Form(request.form)
    if add_rows(form):
        return _page(pump, form)
    looked = _preview(pump, form)
    return _page(pump, form, looked=looked, status=200 if form.is_right else 422)


@bp.post("/pumps/<int:pump_id>/refills/preview")
def preview(pump_id: int) -> ResponseReturnValue:
    """What follows from the refill, alone: fetched as the nurse types."""
    pump, form = visible_pump(pump_id), Form(request.form)
    looked = _preview(pump, form)
    return render_template("refills/_preview.html", is_alone=True, **_shown(pump, form, looked))


def _seconds(corrects: Refill | None) -> list[tuple[object, str]]:
    """Who may have checked it; of an old record also whom it names in writing."""
    recorder_id = corrects.recorded_by_id if corrects else g.staff.id
    people = possible_checkers(g.session, g.clinic.id, besides=recorder_id)
    found: list[tuple[object, str]] = [(one.id, one.name) for one in people]
    if corrects and corrects.checker and corrects.checker not in people:
        found.append((corrects.checker.id, corrects.checker.name))
    if corrects and corrects.checked_by:
        found.append((AS_WRITTEN, f"as written: {corrects.checked_by}"))
    return [*found, (NOBODY, "nobody was there")]


def add_rows(form: Form) -> bool:
    """Whether more rows were asked for; the form then has them."""
    wanted = MORE.get(form["more"])
    if wanted is None:
        return False
    stem, first, number = wanted
    now = form[f"{stem}_rows"]
    rows = int(now) if now.isdigit() and len(now) < 3 else 1
    form.put(f"{stem}_rows", rows + number)
    form.focus = f"{stem}-{rows}-{first}"
    return True


def _preview(pump: Pump, form: Form) -> Looked:
    reading = Form(form.typed) if form.errors else form
    facts = read_refill(reading, pump)
    if facts is None:
        return None, None
    found = look(reading, lambda: preview_refill(g.session, pump, facts, now=g.now))
    return facts, found


def _page(
    pump: Pump, form: Form, *, looked: Looked = NOTHING, status: int = 200
) -> ResponseReturnValue:
    changes = show_changes(form, pump)
    shown = _shown(pump, form, looked) | form_facts(pump)
    return render_template("refills/new.html", changed=changes, **shown), status


def _shown(pump: Pump, form: Form, looked: Looked) -> dict[str, Any]:
    typed, preview = looked
    shown = {"pump": pump, "form": form, "typed": typed, "preview": preview}
    shown["is_other_drug"] = is_other_drug(form, last_refill(pump))
    return {**shown, **page_facts(pump, form)}


def form_facts(pump: Pump, *, corrects: Refill | None = None) -> dict[str, Any]:
    """What the form asks about; a correction looks at no trend, nor at the battery."""
    return {
        "learned": None if corrects else learned_of(g.session, pump),
        "lacks_battery": corrects is None and lacks_estimate(g.session, pump),
        "seconds": _seconds(corrects),
        "guides": [(one.value, words_for(one)) for one in Guide],
        "has_come": () if corrects else _has_come(pump),
    }


def _has_come(pump: Pump) -> tuple[OrderLine, ...]:
    """The orders for this pump that lie here, with what keeps one from being used."""
    if not orders_of(g.session, pump, (OrderState.ARRIVED,)):
        return ()
    lines = supplied(g.session, pump, now=g.now).lines
    return tuple(one for one in lines if one.order.state is OrderState.ARRIVED)


def page_facts(pump: Pump, form: Form) -> dict[str, Any]:
    """What the refill form shows beside what was typed."""
    return {
        "last": last_refill(pump),
        "surgery_at": surgery_soon(pump),
        "programme": last_programme(pump),
        "has_alarm": has_alarm(pump),
        "drug_rows": drug_rows(form),
        "most_drugs": MOST_DRUGS,
        "drugs": drug_options(),
        "units": CONCENTRATION_UNITS,
        "dose_units": DOSE_UNITS,
        "modes": mode_options(pump),
        "step_rows": step_rows(form),
        "boluses_open": asks_for_boluses(form),
        "weekdays": list(enumerate(DAYS)),
    }
