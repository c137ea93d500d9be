"""What if: another dose, fill, alarm volume or bolus limit, and the dates; nothing is saved."""

from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.units import Quantity
from tracker.models import Pump
from tracker.services.doubts import doubt_of
from tracker.services.what_if import Supposed, WhatIf, suppose
from tracker.web.catalogue import has_alarm
from tracker.web.entries import last_programme, last_refill
from tracker.web.forms import Form
from tracker.web.programme_fields import DOSE_UNITS
from tracker.web.refill_fields import CONCENTRATION_UNITS
from tracker.web.rows import visible_pump
from tracker.web.saving import look

bp = Blueprint("what_if", __name__)


@bp.get("/pumps/<int:pump_id>/what-if")
def new(pump_id: int) -> ResponseReturnValue:
    """Nothing is supposed yet."""
    return _page(visible_pump(pump_id), Form())


@bp.post("/pumps/<int:pump_id>/what-if")
def check(pump_id: int) -> ResponseReturnValue:
    """The page with the dates before and after."""
    pump, form = visible_pump(pump_id), Form(request.form)
    found = _preview(pump, form)
    return _page(pump, form, preview=found, status=200 if form.is_right else 422)


@bp.post("/pumps/<int:pump_id>/what-if/preview")
def preview(pump_id: int) -> ResponseReturnValue:
    """The dates before and after alone: fetched as somebody types."""
    pump, form = visible_pump(pump_id), Form(request.form)
    found = _preview(pump, form)
    return render_template("what_if/_preview.html", is_alone=True, **_shown(pump, form, found))


def _preview(pump: Pump, form: Form) -> WhatIf | None:
    supposed = Supposed(
        dose_mcg_per_day=form.quantity("dose_mcg_per_day", Quantity.DOSE),
        concentration_mcg_per_ml=form.quantity(
            "concentration_mcg_per_ml", Quantity.CONCENTRATION
        ),
        volume_ml=form.volume("volume_ml"),
        alarm_volume_ml=form.volume("alarm_volume_ml"),
        bolus_max_per_day=form.whole("bolus_max_per_day", highest=999),
    )
    if not form.is_right or supposed == Supposed():
        return None
    return look(form, lambda: suppose(g.session, pump, supposed, now=g.now))


def _shown(pump: Pump, form: Form, preview: WhatIf | None) -> dict[str, Any]:
    programme = last_programme(pump)
    return {
        "pump": pump,
        "form": form,
        "preview": preview,
        "doubt": doubt_of(g.session, pump),
        "last": last_refill(pump),
        "programme": programme,
        "is_stopped": programme is not None
        and programme.mode == "stopped"
        and not form["dose_mcg_per_day"].strip(),
        "has_alarm": has_alarm(pump),
        "dose_units": DOSE_UNITS,
        "units": CONCENTRATION_UNITS,
    }


def _page(
    pump: Pump, form: Form, *, preview: WhatIf | None = None, status: int = 200
) -> ResponseReturnValue:
    return render_template("what_if/new.html", **_shown(pump, form, preview)), status
