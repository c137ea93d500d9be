"""How long what is in a pump may stay there, as its clinic reckons now."""

from decimal import Decimal

from tracker.domain.facts import DrugClock
from tracker.models import Clinic
from tracker.services.catalogues import newest_values
from tracker.services.charts import ChartedFill


def drug_clock(clinic: Clinic, fill: ChartedFill) -> DrugClock:
    """What a fill's age is reckoned with."""
    return DrugClock(_limit_days(clinic, fill), fill.is_first_fill_limit, fill.beyond_use_on)


def _limit_days(clinic: Clinic, fill: ChartedFill) -> Decimal | None:
    """The limit that was recorded, or what the clinic has shortened it to since."""
    found = [] if fill.drug_limit_days is None else [fill.drug_limit_days]
    for drug in fill.drugs:
        own = newest_values(clinic, f"drug:{drug.code}")
        meant = {"drug_limit_days"}
        if fill.is_first_fill_limit:
            meant.add("first_fill_limit_days")
        if drug.is_diluted is not False:  # not said may be diluted
            meant.add("diluted_limit_days")
        found += [one.number for name, one in own.items() if name in meant and one.number]
    return min(found, default=None)
