"""The catalogue: nothing in it without a source, and the facts the nurse relies on."""

import copy
import json
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tracker.domain import catalogue
from tracker.domain.catalogue import drug_entry, load, pump_entry, read_drugs, read_pumps
from tracker.domain.errors import UnsourcedConstant
from tracker.domain.risk import RiskClass

FOLDER = Path(catalogue.__file__).parent
SOURCES = Path(__file__).parents[2] / "docs" / "sources.md"


def facts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table of the shipped files that holds a value, with its place."""

    def walk(place: str, node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        if isinstance(node, dict) and "value" in node:
            yield place, node
        elif isinstance(node, dict):
            for name, below in node.items():
                yield from walk(f"{place}.{name}", below)
        elif isinstance(node, list):
            for ordinal, below in enumerate(node):
                yield from walk(f"{place}[{ordinal}]", below)

    for file in sorted(FOLDER.glob("*.toml")):
        yield from walk(file.stem, tomllib.loads(file.read_text(encoding="utf-8")))


def listed_sources() -> set[int]:
    return {int(n) for n in re.findall(r"^\| (\d+) \|", SOURCES.read_text("utf-8"), re.M)}


def a_pump() -> dict[str, Any]:
    fact = {"value": "20", "source": "S:72", "mark": "S", "verified_by": "source read"}
    flag = fact | {"value": True}
    return {
        "name": "A pump",
        "reservoir_capacity_ml": dict(fact),
        "low_reservoir_alarm_ml": fact | {"value": "2"},
        "has_battery": dict(flag),
        "has_alarm": dict(flag),
        "is_programmable": dict(flag),
    }


def test_every_constant_names_a_source_that_is_listed():
    listed = listed_sources()

    strangers = {
        (place, number)
        for place, fact in facts()
        for number in re.findall(r"S:(\d+)", fact["source"])
        if int(number) not in listed
    }

    assert strangers == set()


def test_what_is_marked_as_read_or_derived_bears_a_number():
    bare = [p for p, fact in facts() if fact["mark"] in "SD" and "S:" not in fact["source"]]

    assert bare == []


def test_what_is_general_knowledge_says_that_it_is_not_verified():
    assert all(
        fact["verified_by"].startswith("not verified")
        for _, fact in facts()
        if fact["mark"] == "K"
    )


def test_the_list_of_sources_has_no_gap():
    assert listed_sources() == set(range(1, 95))


def test_sources_named_in_the_domain_code_are_listed():
    named = {
        int(number)
        for file in FOLDER.parent.rglob("*.py")
        for number in re.findall(r"S:(\d+)", file.read_text("utf-8"))
    }

    assert named <= listed_sources()


@pytest.mark.parametrize("lost", ["source", "verified_by", "mark"])
@pytest.mark.parametrize("how", ["missing", "blank"])
def test_a_constant_without_source_or_verifier_is_refused_by_its_place(lost, how):
    pump = a_pump()
    assert read_pumps({"a_pump": pump})
    if how == "missing":
        del pump["reservoir_capacity_ml"][lost]
    else:
        pump["reservoir_capacity_ml"][lost] = "  "

    with pytest.raises(UnsourcedConstant, match=r"a_pump\.reservoir_capacity_ml"):
        read_pumps({"a_pump": pump})


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(20, id="a bare number may have been a float"),
        pytest.param("twenty", id="not a number"),
        pytest.param("-20", id="negative"),
        pytest.param("NaN", id="not a quantity"),
        pytest.param("", id="empty"),
    ],
)
def test_a_constant_that_is_no_quantity_is_refused(value):
    pump = a_pump()
    pump["reservoir_capacity_ml"]["value"] = value

    with pytest.raises(UnsourcedConstant, match="reservoir_capacity_ml"):
        read_pumps({"a_pump": pump})


def test_a_bare_value_is_refused():
    with pytest.raises(UnsourcedConstant, match=r"a_pump\.accuracy"):
        read_pumps({"a_pump": a_pump() | {"accuracy": "0.145"}})


def test_a_pump_without_a_reservoir_is_refused():
    pump = a_pump()
    del pump["reservoir_capacity_ml"]

    with pytest.raises(UnsourcedConstant, match="reservoir_capacity_ml: is missing"):
        read_pumps({"a_pump": pump})


def test_a_stored_pump_or_drug_reads_back_the_same():
    shipped = load()

    for pump in shipped.pumps.values():
        assert pump_entry(json.loads(json.dumps(pump.as_json()))) == pump
    for drug in shipped.drugs.values():
        assert drug_entry(json.loads(json.dumps(drug.as_json()))) == drug


def test_a_stored_pump_that_lost_a_source_is_refused():
    kept = copy.deepcopy(load().pumps["synchromed_ii_20"].as_json())
    kept["facts"]["accuracy"]["source"] = ""

    with pytest.raises(UnsourcedConstant, match="accuracy"):
        pump_entry(kept)


def test_the_catalogue_is_read_once():
    assert load() is load()


@pytest.mark.parametrize(
    ("code", "capacity", "alarm", "least", "most", "accuracy", "months"),
    [
        ("synchromed_ii_20", "20", "2", "0.048", "24", "0.145", 84),
        ("synchromed_ii_40", "40", "2", "0.048", "24", "0.145", 84),
        ("synchromed_iii_20", "20", "2", "0.048", "24", "0.145", 84),
        ("synchromed_iii_40", "40", "2", "0.048", "24", "0.145", 84),
        ("synchromed_el_10", "10", "2", None, None, None, None),
        ("synchromed_el_18", "18", "2", None, None, None, None),
        ("prometra_20", "20", "3.0", "0", "28.8", "0.15", 120),
        ("prometra_ii_20", "20", "3.0", "0", "28.8", "0.15", 120),
        ("prometra_ii_40", "40", "3.0", "0", "28.8", "0.15", 120),
        ("medstream_20", "20", "2", "0.1", "4", "0.10", 96),
        ("medstream_40", "40", "2", "0.1", "4", "0.10", 96),
    ],
)
def test_a_programmable_pump(code, capacity, alarm, least, most, accuracy, months):
    pump = load().pumps[code]

    def maybe(text):
        return None if text is None else Decimal(text)

    assert (pump.has_battery, pump.is_programmable, pump.has_alarm) == (True, True, True)
    assert pump.reservoir_capacity_ml == Decimal(capacity)
    assert pump.low_reservoir_alarm_ml == Decimal(alarm)
    assert pump.min_flow_ml_per_day == maybe(least)
    assert pump.max_flow_ml_per_day == maybe(most)
    assert pump.accuracy == maybe(accuracy)
    assert pump.service_life_months == months


@pytest.mark.parametrize(
    "code",
    [
        *(f"codman_3000_{n}" for n in (16, 30, 50)),
        *(f"archimedes_{n}" for n in (20, 40, 60)),
        "isomed_20",
        "isomed_35",
    ],
)
def test_a_gas_driven_pump_has_no_battery_no_alarm_and_no_programme(code):
    pump = load().pumps[code]

    assert (pump.has_battery, pump.is_programmable, pump.has_alarm) == (False, False, False)
    assert pump.reservoir_capacity_ml == Decimal(code.rsplit("_", 1)[1])
    assert pump.low_reservoir_alarm_ml > 0  # there is a volume to plan by all the same
    assert pump.service_life_months is None


def test_an_unknown_unusable_volume_counts_as_none_and_a_known_one_makes_empty_earlier():
    pumps = load().pumps

    assert pumps["prometra_20"].unusable_residual_ml == 0
    assert pumps["synchromed_ii_20"].unusable_residual_ml == Decimal("1.4")


@pytest.mark.parametrize(
    ("code", "risk", "limit"),
    [
        ("baclofen", RiskClass.CRITICAL, "180"),
        ("clonidine", RiskClass.CRITICAL, "90"),
        ("morphine", RiskClass.HIGH, "90"),
        ("hydromorphone", RiskClass.HIGH, "90"),
        ("fentanyl", RiskClass.HIGH, None),
        ("sufentanil", RiskClass.HIGH, None),
        ("bupivacaine", RiskClass.LOW, "84"),
        ("ziconotide", RiskClass.LOW, "84"),
        ("saline", None, None),
    ],
)
def test_a_drug_has_its_class_and_its_limit(code, risk, limit):
    drug = load().drugs[code]

    assert drug.risk_class is risk
    assert drug.drug_limit_days == (None if limit is None else Decimal(limit))
    assert drug.is_limited_by_stability is (code != "saline")


def test_a_drug_that_does_not_say_whether_it_ages_is_refused():
    kept = load().drugs["saline"].as_json()["facts"]
    del kept["is_limited_by_stability"]

    with pytest.raises(UnsourcedConstant, match="is_limited_by_stability"):
        read_drugs({"saline": {"name": "Saline", **kept}})


def test_each_mixture_is_made_of_known_drugs():
    shipped = load()

    for drugs, mixture in shipped.mixtures.items():
        assert drugs <= shipped.drugs.keys()
        assert len(drugs) > 1
        assert mixture.drug_limit_days > 0
