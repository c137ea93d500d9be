"""What a pump of fixed flow is filled with for a wanted dose; nothing is saved."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.fixed_fill import PRIME_ML, FixedFill, fixed_fill
from tracker.domain.units import Quantity
from tracker.models import Pump
from tracker.web.forms import Form
from tracker.web.programme_fields import DOSE_UNITS
from tracker.web.refill_fields import CONCENTRATION_UNITS
from tracker.web.rows import visible_pump
from tracker.web.saving import look

bp = Blueprint("fixed_fills", __name__)


@bp.get("/pumps/<int:pump_id>/fill")
def new(pump_id: int) -> ResponseReturnValue:
    """Nothing is asked yet."""
    return _page(_fixed(pump_id), Form())


@bp.post("/pumps/<int:pump_id>/fill")
def check(pump_id: int) -> ResponseReturnValue:
    """The page with stock, saline and running time."""
    pump, form = _fixed(pump_id), Form(request.form)
    found = _read(pump, form)
    return _page(pump, form, found=found, status=200 if form.is_right else 422)


@bp.post("/pumps/<int:pump_id>/fill/preview")
def preview(pump_id: int) -> ResponseReturnValue:
    """The same alone: fetched as somebody types."""
    pump, form = _fixed(pump_id), Form(request.form)
    found = _read(pump, form)
    return render_template(
        "fixed_fills/_preview.html", is_alone=True, **_shown(pump, form, found)
    )


def flow_words(pump: Pump) -> bool:
    """Whether the flow of this pump is fixed, which its page says in words."""
    return pump.fixed_flow_ml_per_day is not None


def _fixed(pump_id: int) -> Pump:
    pump = visible_pump(pump_id)
    if pump.fixed_flow_ml_per_day is None:
        flash("The dose of this pump follows from its programme: change the dose instead.")
        abort(redirect(url_for("pumps.show", pump_id=pump.id)))
    return pump


def _read(pump: Pump, form: Form) -> FixedFill | None:
    dose = form.quantity("dose_mcg_per_day", Quantity.DOSE, needed="Give the daily dose.")
    stock = form.quantity(
        "stock_mcg_per_ml", Quantity.CONCENTRATION, needed="Give the stock's concentration."
    )
    for name, amount in (("dose_mcg_per_day", dose), ("stock_mcg_per_ml", stock)):
        if amount == 0:
            form.refuse(name, "This has to be above zero.")
    flow = pump.fixed_flow_ml_per_day
    if dose is None or stock is None or flow is None or not form.is_right:
        return None
    return look(
        form,
        lambda: fixed_fill(
            capacity_ml=pump.reservoir_capacity_ml,
            flow_ml_per_day=flow,
            dose_mcg_per_day=dose,
            stock_mcg_per_ml=stock,
        ),
    )


def _shown(pump: Pump, form: Form, found: FixedFill | None) -> dict[str, Any]:
    return {
        "pump": pump,
        "form": form,
        "found": found,
        "prime_ml": PRIME_ML,
        "dose_units": DOSE_UNITS,
        "units": CONCENTRATION_UNITS,
    }


def _page(
    pump: Pump, form: Form, *, found: FixedFill | None = None, status: int = 200
) -> ResponseReturnValue:
    return render_template("fixed_fills/new.html", **_shown(pump, form, found)), status
