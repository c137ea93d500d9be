"""The catalogue's facts in words: what a value is called, and how it is written."""

from decimal import Decimal
from typing import Any

from tracker.domain.errors import TrackerError
from tracker.domain.sourced import Fact
from tracker.services.own_values import entry_at, settable_at

NAMES = {
    "maker": "Maker",
    "model_numbers": "Model numbers",
    "reservoir_capacity_ml": "Reservoir, mL",
    "is_programmable": "Is programmed",
    "has_battery": "Has a battery",
    "has_alarm": "Has a low-reservoir alarm",
    "min_flow_ml_per_day": "Least flow, mL/day",
    "max_flow_ml_per_day": "Greatest flow, mL/day",
    "minimum_rate_ml_per_day": "Minimum rate, mL/day",
    "accuracy": "Accuracy of the flow, % to either side",
    "low_reservoir_alarm_ml": "Low-reservoir alarm or planning volume, mL",
    "unusable_residual_ml": "Unusable residual, mL",
    "service_life_months": "Service life, months",
    "buffer_days": "Least buffer, days",
    "flex_steps_per_day": "Flex steps a day",
    "pump_tubing_ml": "Tubing inside the pump, mL",
    "mri": "MRI",
    "risk_class": "Risk of withdrawal",
    "is_limited_by_stability": "Ages in the pump",
    "drug_limit_days": "Limit in the pump, days",
    "diluted_limit_days": "Limit when diluted, days",
    "first_fill_limit_days": "Limit of a first fill, days",
    "usual_low_mcg_per_day": "Usual dose from, mcg/day",
    "usual_high_mcg_per_day": "Usual dose to, mcg/day",
    "display_unit": "Unit of mass",
    "products": "Products",
    "concentrations_mcg_per_ml": "Concentrations, mcg/mL",
    "needs_pharmacist_in_mixture": "Needs the pharmacist in a mixture",
    "caution": "Caution",
}
PERCENT = Decimal(100)  # accuracy is kept as a part of one, and read in percent


def fact_name(name: str) -> str:
    """What staff read for the name of a fact."""
    return NAMES.get(name, name.replace("_", " "))


def fact_value(name: str, fact: Fact) -> str:
    """The value as staff read it."""
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    return shown(name, fact.value)


def shown(name: str, value: str) -> str:
    """A number as it is typed and read: accuracy in percent."""
    return f"{(Decimal(value) * PERCENT).normalize():f}" if name == "accuracy" else value


def kept(name: str, typed: Decimal) -> Decimal:
    """The number as it is kept, of one that was typed."""
    return typed / PERCENT if name == "accuracy" else typed


def own_value_about(part: str) -> str:
    """Which value of which pump or drug a proposal is about."""
    try:
        subject, settable = settable_at(part)
        return f"{entry_at(subject).name}: {fact_name(settable.name)}"
    except TrackerError:
        return f"A value of the catalogue ({part})"  # that the catalogue has no more


def own_value_told(values: dict[str, Any]) -> dict[str, str]:
    """A clinic's own value in words."""
    name = str(values["of"]).rpartition(":")[2]
    if values["value"] is None:
        return {
            "The clinic's own value": "none: the maker's value counts",
            "Source": "the maker",
        }
    return {"The clinic's own value": shown(name, values["value"]), "Source": values["source"]}
