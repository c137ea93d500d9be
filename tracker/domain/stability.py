"""How many days a fill may stay in a pump (DOMAIN 3.1, rules 1 to 5).

The limit belongs to the fill, not to the pump: to its drugs, their dilution, their mixture, and
to whether it is the pump's first. It counts from the fill in days of 24 hours. The label's
beyond-use date is a day of the calendar and a term of its own in `danger`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from tracker.domain.catalogue import Catalogue, DrugEntry
from tracker.domain.errors import NegativeQuantity, UnknownDrugLimit

FIELD = "pharmacist_limit_days"


@dataclass(frozen=True, slots=True)
class DrugInFill:
    """A drug of the fill; `is_diluted` None is not said, and then the shorter limit holds."""

    code: str
    is_diluted: bool | None = None


@dataclass(frozen=True, slots=True)
class DrugLimit:
    """The limit that binds and where it comes from; None days: nothing in the fill ages."""

    days: Decimal | None
    source: str
    is_first_fill: bool = False


def drug_limit(
    drugs: Sequence[DrugInFill],
    *,
    is_first_fill: bool,
    pharmacist_limit_days: Decimal | None,
    catalogue: Catalogue,
) -> DrugLimit:
    """The shortest of the components', the mixture's and the pharmacist's limit.

    Raises UnknownDrugLimit where no data are known and no pharmacist has said a limit. A
    pharmacist shortens what is known and never lengthens it.
    """
    if pharmacist_limit_days is not None and pharmacist_limit_days <= 0:
        raise NegativeQuantity("The pharmacist's limit must be more than 0 days.", field=FIELD)
    if not drugs:
        raise UnknownDrugLimit("Name the drug in the pump, or saline.", field="drugs")
    ageing = _ageing(drugs, catalogue)
    known = [
        limit
        for drug in ageing
        for limit in _component_limits(drug, drugs, is_first_fill, catalogue)
    ]
    if len(ageing) > 1:
        known.extend(_mixture_limits(ageing, catalogue))
    if pharmacist_limit_days is not None:
        known.append(DrugLimit(pharmacist_limit_days, "pharmacist's limit"))
    elif ageing:
        _require_data(ageing, catalogue)
    if not known:
        return DrugLimit(None, "nothing in the fill is limited by stability")
    # the first among equals: a component before the mixture, both before the pharmacist
    return min(known, key=_days)


def _days(limit: DrugLimit) -> Decimal:
    return limit.days if limit.days is not None else Decimal("Infinity")


def _ageing(drugs: Sequence[DrugInFill], catalogue: Catalogue) -> list[str]:
    """The codes that age, each once. Saline is a diluent, not a component of a mixture."""
    codes = []
    for drug in drugs:
        entry = catalogue.drugs.get(drug.code)
        ages = entry is None or entry.is_limited_by_stability
        if ages and drug.code not in codes:
            codes.append(drug.code)
    return codes


def _component_limits(
    code: str, drugs: Sequence[DrugInFill], is_first_fill: bool, catalogue: Catalogue
) -> list[DrugLimit]:
    entry = catalogue.drugs.get(code)
    if entry is None:
        return []
    limits = []
    if is_first_fill:
        limits.append(_limit(entry, "first_fill_limit_days", ", first fill"))
    if entry.diluted_limit_days is not None and _may_be_diluted(code, drugs):
        limits.append(_limit(entry, "diluted_limit_days", ", diluted"))
    else:
        limits.append(_limit(entry, "drug_limit_days", ""))
    return [limit for limit in limits if limit is not None]


def _limit(entry: DrugEntry, name: str, what: str) -> DrugLimit | None:
    days, fact = entry.number(name), entry.fact(name)
    if days is None or fact is None:
        return None
    return DrugLimit(days, f"{entry.name}{what} ({fact.source})", what == ", first fill")


def _may_be_diluted(code: str, drugs: Sequence[DrugInFill]) -> bool:
    """Unless every mention of the drug says that it is undiluted."""
    return any(drug.code == code and drug.is_diluted is not False for drug in drugs)


def _mixture_limits(codes: Sequence[str], catalogue: Catalogue) -> list[DrugLimit]:
    mixture = catalogue.mixtures.get(frozenset(codes))
    if mixture is None:
        return []
    names = " + ".join(catalogue.drugs[code].name for code in codes)
    return [DrugLimit(mixture.drug_limit_days, f"{names} ({mixture.limit.source})")]


def _require_data(codes: Sequence[str], catalogue: Catalogue) -> None:
    """Refuses a fill of which too little is known to do without a pharmacist."""
    entries = [catalogue.drugs.get(code) for code in codes]
    names = " with ".join(
        code if entry is None else entry.name
        for code, entry in zip(codes, entries, strict=True)
    )
    if len(codes) == 1:
        if entries[0] is None or entries[0].drug_limit_days is None:
            _refuse(f"How long {names} may stay in a pump is not known.")
        return
    if any(entry is not None and entry.needs_pharmacist_in_mixture for entry in entries):
        _refuse(f"No data may be relied on for {names}.")
    if frozenset(codes) not in catalogue.mixtures:
        _refuse(f"There are no stability data for {names}.")


def _refuse(why: str) -> NoReturn:
    raise UnknownDrugLimit(
        f"{why} Ask the pharmacist for the limit of this fill and enter it in days.",
        field=FIELD,
    )
