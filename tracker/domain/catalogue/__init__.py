"""The catalogue as shipped: pump models, drugs, mixtures and alarms, read from TOML.

The sources are listed in docs/sources.md. Nothing here is code's own knowledge: a value that
must change is changed in the file, with its source and the name of who verified it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from tracker.domain.alarm import AlarmEntry
from tracker.domain.catalogue.entries import DrugEntry, PumpEntry
from tracker.domain.errors import UnsourcedConstant
from tracker.domain.sourced import Entry, Fact, fact_from

__all__ = [
    "AlarmEntry",
    "Catalogue",
    "DrugEntry",
    "Entry",
    "Fact",
    "Mixture",
    "PumpEntry",
    "drug_entry",
    "load",
    "pump_entry",
    "read_alarms",
    "read_drugs",
    "read_mixtures",
    "read_pumps",
]


@dataclass(frozen=True, slots=True)
class Mixture:
    """What is known of exactly these drugs together."""

    drugs: frozenset[str]
    limit: Fact

    @property
    def drug_limit_days(self) -> Decimal:
        return Decimal(str(self.limit.value))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries by their code."""

    pumps: Mapping[str, PumpEntry]
    drugs: Mapping[str, DrugEntry]
    mixtures: Mapping[frozenset[str], Mixture]
    alarms: Mapping[str, AlarmEntry]


@cache
def load() -> Catalogue:
    """The shipped catalogue; UnsourcedConstant, with the place, where a source is missing."""
    drugs = _read("drugs.toml")
    return Catalogue(
        pumps=read_pumps(_read("pumps.toml")),
        drugs=read_drugs(drugs["drugs"]),
        mixtures=read_mixtures(drugs["mixtures"]),
        alarms=read_alarms(_read("alarms.toml")),
    )


def pump_entry(kept: Mapping[str, Any]) -> PumpEntry:
    """The pump model that `as_json` wrote, held to the same rules as the file."""
    return _checked_pump(PumpEntry(*_stored(kept)))


def drug_entry(kept: Mapping[str, Any]) -> DrugEntry:
    """The drug that `as_json` wrote, held to the same rules as the file."""
    return _checked_drug(DrugEntry(*_stored(kept)))


def read_pumps(tables: Mapping[str, Any]) -> dict[str, PumpEntry]:
    """Pump models by code."""
    return {code: _checked_pump(PumpEntry(*_named(code, tables[code]))) for code in tables}


def read_drugs(tables: Mapping[str, Any]) -> dict[str, DrugEntry]:
    """Drugs by code."""
    return {code: _checked_drug(DrugEntry(*_named(code, tables[code]))) for code in tables}


def read_alarms(tables: Mapping[str, Any]) -> dict[str, AlarmEntry]:
    """Alarms by code."""
    return {code: AlarmEntry.from_entry(Entry(*_named(code, tables[code]))) for code in tables}


def read_mixtures(tables: list[Mapping[str, Any]]) -> dict[frozenset[str], Mixture]:
    """Mixtures by the exact set of their drugs."""
    mixtures = {}
    for place, table in enumerate(tables):
        drugs = frozenset(table["drugs"])
        limit = fact_from(f"mixtures[{place}].drug_limit_days", table.get("drug_limit_days"))
        mixtures[drugs] = Mixture(drugs, limit)
    return mixtures


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _named(code: str, table: Mapping[str, Any]) -> tuple[str, str, dict[str, Fact]]:
    if not table.get("name"):
        raise UnsourcedConstant(f"{code}: has no name.")
    facts = {
        name: fact_from(f"{code}.{name}", kept)
        for name, kept in table.items()
        if name != "name"
    }
    return code, table["name"], facts


def _stored(kept: Mapping[str, Any]) -> tuple[str, str, dict[str, Fact]]:
    return _named(kept["code"], {**kept["facts"], "name": kept["name"]})


def _checked_pump(entry: PumpEntry) -> PumpEntry:
    """The entry, once every value that a projection reads has been read."""
    for name in (
        "reservoir_capacity_ml",
        "low_reservoir_alarm_ml",
        "min_flow_ml_per_day",
        "max_flow_ml_per_day",
        "minimum_rate_ml_per_day",
        "accuracy",
        "unusable_residual_ml",
        "service_life_months",
        "buffer_days",
        "has_battery",
        "has_alarm",
        "is_programmable",
    ):
        getattr(entry, name)
    return entry


def _checked_drug(entry: DrugEntry) -> DrugEntry:
    for name in (
        "risk_class",
        "is_limited_by_stability",
        "drug_limit_days",
        "diluted_limit_days",
        "first_fill_limit_days",
        "usual_low_mcg_per_day",
        "usual_high_mcg_per_day",
    ):
        getattr(entry, name)
    return entry
