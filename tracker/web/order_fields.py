"""The fields of an order and of its arrival: from what was typed to the facts."""

from typing import Any

from flask import g

from tracker.domain.orders import Strength
from tracker.domain.units import Quantity
from tracker.services.arrivals import ArrivalFacts
from tracker.services.orders import OrderFacts
from tracker.services.second_people import possible_checkers
from tracker.web.forms import Form, rows_typed
from tracker.web.refill_fields import MOST_DRUGS, NOBODY, WHY_NOBODY

ORDER_NAMES = ("volume_ml", "pharmacy", "ordered_on", "expected_on", "note")


def order_rows(form: Form) -> list[int]:
    """The numbers of the drug rows that the page shows, a free one at the end."""
    return list(rows_typed(form, "drugs", least=2, most=MOST_DRUGS))


def read_strengths(form: Form) -> tuple[Strength, ...]:
    """The drugs with their concentrations; the first is needed, an empty row is none."""
    found = []
    for row in order_rows(form):
        code, strength = f"drugs-{row}-drug_code", f"drugs-{row}-concentration"
        if row > 0 and not form[code] and not form[strength].strip():
            continue
        chosen = form.text(code, needed="Choose the drug.")
        whose = "" if row == 0 else f" of drug {row + 1}"
        amount = form.quantity(
            strength, Quantity.CONCENTRATION, needed=f"Give the concentration{whose}."
        )
        if chosen and amount is not None:
            found.append((chosen, amount))
    return tuple(found)


def read_order(form: Form) -> OrderFacts | None:
    """The order that was typed; None where something is missing or can't be read."""
    drugs = read_strengths(form)
    volume = form.volume("volume_ml", needed="Give the volume.")
    pharmacy = form.text("pharmacy", needed="Name the pharmacy.", longest=120)
    ordered_on = form.day("ordered_on", needed="Give the day.")
    expected_on, note = form.day("expected_on"), form.text("note")
    if volume is None or ordered_on is None or not form.is_right:
        return None
    return OrderFacts(
        drugs=drugs,
        volume_ml=volume,
        pharmacy=pharmacy,
        ordered_on=ordered_on,
        expected_on=expected_on,
        note=note,
    )


def read_arrival(form: Form) -> ArrivalFacts | None:
    """What came, as it was read off the label."""
    label = read_strengths(form)
    volume = form.volume("volume_ml", needed="Give the volume from the label.")
    arrived_on = form.day("arrived_on", needed="Give the day.")
    lot = form.text("lot", needed="Give the lot from the label.", longest=80)
    expires_on, beyond_use_on = form.day("expires_on"), form.day("beyond_use_on")
    second = _second(form)
    if volume is None or arrived_on is None or not form.is_right:
        return None
    return ArrivalFacts(
        arrived_on=arrived_on,
        label=label,
        lot=lot,
        volume_ml=volume,
        expires_on=expires_on,
        beyond_use_on=beyond_use_on,
        **second,
    )


def _second(form: Form) -> dict[str, Any]:
    said = form.text("second", needed="Choose who read it too, or say that nobody was there.")
    if said == NOBODY:
        return {
            "unchecked_because": form.text("unchecked_because", needed=WHY_NOBODY, longest=300)
        }
    if said.isdecimal() and len(said) < 10:
        return {"checked_by_id": int(said)}
    if said:
        form.refuse("second", "Choose one of the list.")
    return {}


def seconds() -> list[tuple[object, str]]:
    """Who may have read the label too."""
    people = possible_checkers(g.session, g.clinic.id, besides=g.staff.id)
    return [*((one.id, one.name) for one in people), (NOBODY, "nobody was there")]
