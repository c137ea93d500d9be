"""The fields of a refill: from what was typed to its facts, and from a record back."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from tracker.domain.units import Quantity, format_number
from tracker.models import Bolus, Guide, Programme, Pump, Refill
from tracker.services.programmes import ProgrammeFacts
from tracker.services.refills import DrugFacts, RefillFacts
from tracker.web.bridge_fields import put_bridge, read_bridge
from tracker.web.forms import Form, rows_typed
from tracker.web.programme_fields import put_programme, read_programme

CONCENTRATION_UNITS = ("mcg/mL", "mg/mL")
MOST_DRUGS = 4
SAID = {True: "yes", False: "no", None: None}
NOBODY, AS_WRITTEN = "nobody", "written"  # beside the numbers of staff
WHY_NOBODY = "Say why nobody checked it."
MOST_ATTEMPTS = 20  # ours: more is a slip of the fingers
KEPT = (
    *("beyond_use_on", "lot", "lot_expires_on", "printed_alarm_on"),
    *("checked_by", "unchecked_because"),
    *("needle_kit", "septum_attempts", "guided_by", "test_aspiration"),
)
VOLUMES = ("expected_residual_volume_ml", "actual_residual_volume_ml", "priming_volume_ml")


def drug_rows(form: Form) -> list[int]:
    """The numbers of the drug rows that the page shows."""
    return list(rows_typed(form, "drugs", least=1, most=MOST_DRUGS))


def read_refill(form: Form, pump: Pump, *, is_correction: bool = False) -> RefillFacts | None:
    """The refill that was typed; None where something is missing or can't be read.

    A correction may keep a second person who was written down before staff were chosen.
    """
    filled_at = form.moment("filled_at", pump.clinic.zone)
    instilled = form.volume("instilled_volume_ml", needed="Give the volume put in.")
    facts: dict[str, Any] = {name: form.volume(name) for name in VOLUMES}
    drugs = tuple(drug for row in drug_rows(form) if (drug := _drug(form, row)))
    programme = _programme(form, pump, filled_at)
    facts |= _limits(form) | read_bridge(form) | _needle(form)
    facts |= _second(form, may_keep=is_correction)
    if filled_at is None or instilled is None or not form.is_right:
        return None
    return RefillFacts(
        filled_at=filled_at,
        instilled_volume_ml=instilled,
        drugs=drugs,
        programme=programme,
        is_first_fill=form.flag("is_first_fill"),
        **facts,
    )


def _limits(form: Form) -> dict[str, Any]:
    return {
        "pharmacist_limit_days": form.number("pharmacist_limit_days", highest=3650),
        "beyond_use_on": form.day("beyond_use_on"),
        "printed_alarm_on": form.day("printed_alarm_on"),
        "lot": form.text("lot", longest=80),
        "lot_expires_on": form.day("lot_expires_on"),
    }


def ask_for_second(form: Form) -> None:
    """A new refill names who checked it, or why nobody did; a preview can do without."""
    form.text("second", needed="Choose who checked it, or say that nobody was there.")
    if form["second"] == NOBODY:
        form.text("unchecked_because", needed=WHY_NOBODY)


def _second(form: Form, *, may_keep: bool) -> dict[str, Any]:
    said = form.text("second")
    if said == NOBODY:
        needed = WHY_NOBODY if may_keep else ""  # of a new one asked when it is saved
        why = form.text("unchecked_because", needed=needed, longest=300)
        return {"unchecked_because": why}
    if said == AS_WRITTEN and may_keep:
        return {"checked_by": form.text("checked_by", longest=120)}
    if said.isdecimal() and len(said) < 10:
        return {"checked_by_id": int(said)}
    if said:
        form.refuse("second", "Choose one of the list.")
    return {}


def _needle(form: Form) -> dict[str, Any]:
    return {
        "needle_kit": form.text("needle_kit", longest=80),
        "septum_attempts": form.whole("septum_attempts", lowest=1, highest=MOST_ATTEMPTS),
        "guided_by": form.choice("guided_by", Guide),
        "test_aspiration": form.text("test_aspiration", longest=200),
    }


def _drug(form: Form, row: int) -> DrugFacts | None:
    code, strength = f"drugs-{row}-drug_code", f"drugs-{row}-concentration"
    if row > 0 and not form[code] and not form[strength].strip():
        return None
    chosen = form.text(code, needed="Choose the drug.")
    amount = form.quantity(
        strength, Quantity.CONCENTRATION, needed="Give the concentration from the label."
    )
    if not chosen or amount is None:
        return None
    return DrugFacts(chosen, amount, form.answer(f"drugs-{row}-is_diluted"))


def is_other_drug(form: Form, last: Refill | None) -> bool:
    """Whether the primary drug or its strength, as typed so far, isn't the last refill's."""
    typed = _drug(Form(form.typed), 0)
    if typed is None or last is None or not last.drugs:
        return False
    before = last.drugs[0]
    strengths = (typed.concentration_mcg_per_ml, before.concentration_mcg_per_ml)
    return typed.drug_code != before.drug.code or strengths[0] != strengths[1]


def _programme(form: Form, pump: Pump, at: datetime | None) -> ProgrammeFacts | None:
    said = form.text("programme_today", needed="Say whether the programme was changed today.")
    return read_programme(form, pump, at) if said == "new" else None


def put_last(form: Form, last: Refill | None, last_programme: Programme | None) -> None:
    """Start a new refill from the last one: its drugs, never its concentrations."""
    if last is None:
        form.put("is_first_fill", "yes")
    else:
        form.put("drugs_rows", len(last.drugs))
        for row, drug in enumerate(last.drugs):
            form.put(f"drugs-{row}-drug_code", drug.drug.code)
    if last_programme is None:
        form.put("programme_today", "new")


def put_refill(form: Form, refill: Refill, set_with: list[Programme | Bolus]) -> None:
    """Fill the fields in from a recorded refill, in the units in which it is kept."""
    form.put_moment("filled_at", refill.filled_at, refill.pump.clinic.zone)
    for name in ("instilled_volume_ml", *VOLUMES[:2]):
        value: Decimal | None = getattr(refill, name)
        form.put(name, None if value is None else format_number(value))
    form.put("drugs_rows", len(refill.drugs))
    for row, drug in enumerate(refill.drugs):
        form.put(f"drugs-{row}-drug_code", drug.drug.code)
        amount = format_number(drug.concentration_mcg_per_ml)
        form.put(f"drugs-{row}-concentration", amount)
        form.put(f"drugs-{row}-concentration_unit", "mcg/mL")
        form.put(f"drugs-{row}-is_diluted", SAID[drug.is_diluted])
    for name in KEPT:
        form.put(name, getattr(refill, name))
    form.put("second", _second_of(refill))
    limit = refill.pharmacist_limit_days
    form.put("pharmacist_limit_days", None if limit is None else format_number(limit))
    form.put("is_first_fill", "yes" if refill.is_first_fill else "")
    _put_set_with(form, set_with)


def _second_of(refill: Refill) -> object:
    if refill.checked_by_id is not None:
        return refill.checked_by_id
    if refill.checked_by:
        return AS_WRITTEN
    return NOBODY if refill.unchecked_because else None


def _put_set_with(form: Form, set_with: list[Programme | Bolus]) -> None:
    form.put("programme_today", "same")
    for row in set_with:
        if isinstance(row, Programme):
            form.put("programme_today", "new")
            put_programme(form, row)
        elif row.kind == "bridge":
            put_bridge(form, row)
        elif row.kind == "priming":
            form.put("priming_volume_ml", row.volume_ml)
