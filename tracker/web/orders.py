"""Orders of drugs: what is to be ordered, placing one, its arrival, and how it ends."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.danger import WatchKind
from tracker.domain.orders import OrderState, SupplyTask
from tracker.domain.units import format_number
from tracker.models import DrugOrder, Pump
from tracker.services import arrivals, orders, supply_lists
from tracker.services.supplies import orders_of
from tracker.web.catalogue import drug_options
from tracker.web.entries import last_refill
from tracker.web.forms import Form
from tracker.web.order_fields import order_rows, read_arrival, read_order, seconds
from tracker.web.refill_fields import CONCENTRATION_UNITS
from tracker.web.rows import visible_order, visible_pump
from tracker.web.saving import save

bp = Blueprint("orders", __name__)
ENDED = (OrderState.USED, OrderState.DISCARDED, OrderState.CANCELLED)


@bp.get("/orders")
def index() -> ResponseReturnValue:
    """What is to be done, what is on its way, what lies here, and what has ended."""
    coming = supply_lists.coming(g.session, g.clinic, now=g.now)
    return render_template(
        "orders/index.html",
        tasks=supply_lists.open_tasks(g.session, g.clinic),
        coming=coming,
        ordered={line.order.pump_id: line.order.id for line in coming},
        here=supply_lists.orders_in(g.session, g.clinic, (OrderState.ARRIVED,), now=g.now),
        gone=supply_lists.of_gone(g.session, g.clinic),
        ended=supply_lists.orders_in(g.session, g.clinic, ENDED, now=g.now),
    )


@bp.get("/orders/new")
def stock() -> ResponseReturnValue:
    """An empty order for the clinic's stock."""
    return _new_page(None, _begun(None))


@bp.post("/orders")
def create_stock() -> ResponseReturnValue:
    """Write down what was ordered for the stock."""
    return _create(None)


@bp.get("/pumps/<int:pump_id>/orders/new")
def new(pump_id: int) -> ResponseReturnValue:
    """An order for one pump, begun with the drugs of its last fill."""
    pump = visible_pump(pump_id)
    return _new_page(pump, _begun(pump))


@bp.post("/pumps/<int:pump_id>/orders")
def create(pump_id: int) -> ResponseReturnValue:
    """Write down what was ordered for a pump."""
    return _create(visible_pump(pump_id))


@bp.get("/orders/<int:order_id>")
def show(order_id: int) -> ResponseReturnValue:
    """One order: what was ordered, what came, and what can be done with it."""
    form = Form()
    form.put("arrived_on", g.today.isoformat())
    form.put("ended_on", g.today.isoformat())
    return _page(visible_order(order_id), form)


@bp.post("/orders/<int:order_id>/arrival")
def arrive(order_id: int) -> ResponseReturnValue:
    """Write down what came, by its label."""
    order, form = visible_order(order_id), Form(request.form)
    facts, reason = read_arrival(form), form.text("reason", longest=300)

    def act() -> None:
        assert facts is not None
        arrivals.record_arrival(g.session, order, facts, reason=reason, by=g.staff, now=g.now)

    if not (facts and save(form, act)):
        return _page(visible_order(order_id), form, status=422)
    flash(f"Its arrival is recorded. {_still_asked(order)}".strip())
    return redirect(url_for("orders.show", order_id=order_id))


@bp.post("/orders/<int:order_id>/end")
def end(order_id: int) -> ResponseReturnValue:
    """Cancel what has not come, or say that what came can't be used."""
    order, form = visible_order(order_id), Form(request.form)
    reason = form.text("end_reason", needed="Say why.", longest=300)
    on = form.day("ended_on")

    def act() -> None:
        if order.state is OrderState.ORDERED:
            orders.cancel(g.session, order, reason=reason, by=g.staff, now=g.now)
            return
        arrivals.discard(
            g.session, order, reason=reason, on=on or g.today, by=g.staff, now=g.now
        )

    if not (form.is_right and save(form, act)):
        return _page(visible_order(order_id), form, status=422)
    flash("Written down. Where a drug is needed still, it is asked for again.")
    return redirect(url_for("orders.show", order_id=order_id))


@bp.get("/pumps/<int:pump_id>/supply")
def reasons(pump_id: int) -> ResponseReturnValue:
    """Say why nothing has to be ordered or asked for this time."""
    return _reason_page(visible_pump(pump_id), Form({"task": request.args.get("task", "")}))


@bp.post("/pumps/<int:pump_id>/supply")
def give_reason(pump_id: int) -> ResponseReturnValue:
    """Keep the reason; it counts until the refill."""
    pump, form = visible_pump(pump_id), Form(request.form)
    task = form.choice("task", SupplyTask, needed="Say for what.")
    why = form.text("why_not", needed="Say why.", longest=300)

    def act() -> None:
        assert task is not None
        orders.give_reason(g.session, pump, task, reason=why, by=g.staff, now=g.now)

    if not (form.is_right and save(form, act)):
        return _reason_page(visible_pump(pump_id), form, status=422)
    flash("The reason is recorded. It counts until the refill.")
    return redirect(url_for("pumps.show", pump_id=pump_id))


def _still_asked(order: DrugOrder) -> str:
    """Why the watch on the drug stays open, where too little has come."""
    if order.pump is None or order.pump.clinic_id != g.clinic.id:
        return ""
    supplied = supply_lists.supplied(g.session, order.pump, now=g.now)
    said = supply_lists.line_of(order, supplied.need).too_little
    is_open = WatchKind.ORDER in supplied.watches
    return (
        f"{said} The watch stays open until there is as much here." if said and is_open else ""
    )


def _create(pump: Pump | None) -> ResponseReturnValue:
    form = Form(request.form)
    facts, made = read_order(form), list[DrugOrder]()
    reason = form.text("reason", longest=300)

    def act() -> None:
        assert facts is not None
        placed = orders.place_order(
            g.session, g.clinic, pump, facts, reason=reason, by=g.staff, now=g.now
        )
        made.append(placed)

    if not (facts and save(form, act)):
        return _new_page(pump, form, status=422)
    flash("The order is recorded.")
    return redirect(url_for("orders.show", order_id=made[0].id))


def _begun(pump: Pump | None) -> Form:
    """Started from the last fill: its drugs and volume, never its concentrations."""
    form = Form({"ordered_on": g.today.isoformat()})
    last = last_refill(pump) if pump else None
    if last is not None:
        form.put("drugs_rows", len(last.drugs) + 1)
        form.put("volume_ml", format_number(last.instilled_volume_ml))
        for row, one in enumerate(last.drugs):
            form.put(f"drugs-{row}-drug_code", one.drug.code)
    return form


def _new_page(pump: Pump | None, form: Form, *, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "orders/new.html",
        pump=pump,
        form=form,
        last=last_refill(pump) if pump else None,
        supplied=supply_lists.supplied(g.session, pump, now=g.now) if pump else None,
        on_its_way=orders_of(g.session, pump, (OrderState.ORDERED,)) if pump else [],
        drug_rows=order_rows(form),
        drugs=drug_options(),
        units=CONCENTRATION_UNITS,
    )
    return page, status


def _page(order: DrugOrder, form: Form, *, status: int = 200) -> ResponseReturnValue:
    form.typed.setdefault("drugs_rows", str(len(order.drugs) + 1))
    is_ours = order.pump is not None and order.pump.clinic_id == g.clinic.id
    pump = order.pump if is_ours else None  # who has gone elsewhere isn't shown here
    supplied = supply_lists.supplied(g.session, pump, now=g.now) if pump else None
    page = render_template(
        "orders/show.html",
        order=order,
        pump=pump,
        line=supply_lists.line_of(order, supplied.need if supplied else None),
        supplied=supplied,
        form=form,
        drug_rows=order_rows(form),
        drugs=drug_options(),
        units=CONCENTRATION_UNITS,
        seconds=seconds(),
    )
    return page, status


def _reason_page(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    supplied = supply_lists.supplied(g.session, pump, now=g.now)
    page = render_template("orders/reason.html", pump=pump, form=form, supplied=supplied)
    return page, status


def on_pump(pump: Pump) -> supply_lists.Supplied:
    """The part of a pump's page."""
    return supply_lists.supplied(g.session, pump, now=g.now)
