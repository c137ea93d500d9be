"""How long a fill may stay in the pump (DOMAIN 3.1, rules 1 to 5)."""

from decimal import Decimal
from itertools import combinations

import pytest

from tracker.domain.catalogue import load
from tracker.domain.errors import NegativeQuantity, UnknownDrugLimit
from tracker.domain.stability import DrugInFill, DrugLimit, drug_limit


def limit(*codes, diluted=None, first=False, pharmacist=None) -> DrugLimit:
    return drug_limit(
        [DrugInFill(code, diluted) for code in codes],
        is_first_fill=first,
        pharmacist_limit_days=None if pharmacist is None else Decimal(pharmacist),
        catalogue=load(),
    )


@pytest.mark.parametrize(
    ("codes", "days"),
    [
        pytest.param(["baclofen"], 180, id="W25 baclofen"),
        pytest.param(["morphine"], 90, id="morphine"),
        pytest.param(["hydromorphone"], 90, id="hydromorphone"),
        pytest.param(["bupivacaine"], 84, id="W14 bupivacaine"),
        pytest.param(["clonidine"], 90, id="clonidine"),
        pytest.param(["morphine", "clonidine"], 90, id="morphine and clonidine"),
        pytest.param(
            ["morphine", "bupivacaine", "clonidine"], 84, id="the component is shorter"
        ),
        pytest.param(["hydromorphone", "clonidine"], 60, id="the mixture is shorter"),
        pytest.param(["baclofen", "morphine"], 30, id="the mixture is much shorter"),
        pytest.param(["morphine", "baclofen"], 30, id="the order does not matter"),
        pytest.param(["morphine", "saline"], 90, id="saline dilutes and does not mix"),
    ],
)
def test_hazard_h09_the_shortest_of_components_and_mixture_holds(codes, days):
    assert limit(*codes).days == days


def test_the_binding_rule_is_named_with_its_source():
    assert limit("baclofen").source == "Baclofen (S:32)"
    assert limit("hydromorphone", "clonidine").source.startswith(
        "Hydromorphone + Clonidine (S:37"
    )
    assert limit("morphine", pharmacist=45).source == "pharmacist's limit"


@pytest.mark.parametrize(
    ("diluted", "first", "days", "is_first"),
    [
        pytest.param(False, False, 84, False, id="W20 W21 undiluted"),
        pytest.param(True, False, 40, False, id="diluted"),
        pytest.param(None, False, 40, False, id="not said counts as diluted"),
        pytest.param(False, True, 14, True, id="W19 the first fill of a naive pump"),
        pytest.param(True, True, 14, True, id="the first fill, diluted"),
    ],
)
def test_ziconotide_alone(diluted, first, days, is_first):
    found = limit("ziconotide", diluted=diluted, first=first)

    assert (found.days, found.is_first_fill) == (days, is_first)


def test_a_first_fill_of_another_drug_has_no_shorter_limit():
    assert limit("baclofen", first=True) == limit("baclofen")


def test_a_pharmacist_who_is_shorter_than_the_first_fill_binds():
    found = limit("ziconotide", first=True, pharmacist=10)

    assert (found.days, found.is_first_fill) == (10, False)


def test_a_pharmacist_shortens_a_known_limit_and_never_lengthens_it():
    assert limit("baclofen", pharmacist=60).days == 60
    assert limit("baclofen", pharmacist=365).days == 180


@pytest.mark.parametrize(
    "codes",
    [
        pytest.param(["morphine", "bupivacaine"], id="no data for exactly these"),
        pytest.param(["hydromorphone", "bupivacaine"], id="W14 no data for exactly these"),
        pytest.param(["fentanyl"], id="a drug without data"),
        pytest.param(["fentanyl", "bupivacaine"], id="one of them without data"),
        pytest.param(["a_new_drug"], id="a drug the catalogue doesn't have"),
        pytest.param(["ziconotide", "morphine"], id="ziconotide in a mixture"),
        pytest.param(
            ["ziconotide", "morphine", "bupivacaine", "clonidine"],
            id="ziconotide in any mixture",
        ),
    ],
)
def test_without_data_the_pharmacist_must_say_a_limit(codes):
    with pytest.raises(UnknownDrugLimit, match="Ask the pharmacist") as refused:
        limit(*codes)

    assert refused.value.field == "pharmacist_limit_days"
    assert limit(*codes, pharmacist=21).days == 21


def test_a_pharmacist_is_held_to_the_components_in_a_mixture_without_data():
    assert limit("hydromorphone", "bupivacaine", pharmacist=120).days == 84


def test_ziconotide_mixed_into_a_new_pump_is_due_after_its_first_fill_limit():
    found = limit("ziconotide", "morphine", first=True, pharmacist=30)

    assert (found.days, found.is_first_fill) == (14, True)


def test_saline_alone_never_grows_too_old():
    assert limit("saline").days is None


def test_saline_alone_with_a_date_from_the_pharmacist_has_that_limit():
    assert limit("saline", pharmacist=30).days == 30


def test_the_same_drug_twice_is_one_drug_and_the_shorter_dilution_holds():
    found = drug_limit(
        [DrugInFill("ziconotide", False), DrugInFill("ziconotide", True)],
        is_first_fill=False,
        pharmacist_limit_days=None,
        catalogue=load(),
    )

    assert found.days == 40


def test_a_fill_without_any_drug_is_refused():
    with pytest.raises(UnknownDrugLimit) as refused:
        limit()

    assert refused.value.field == "drugs"


@pytest.mark.parametrize("days", [0, -1])
def test_a_pharmacist_limit_of_nothing_is_refused(days):
    with pytest.raises(NegativeQuantity):
        limit("baclofen", pharmacist=days)


def test_no_mixture_ever_outlives_any_of_its_drugs():
    codes = sorted(load().drugs)
    for size in (1, 2, 3):
        for mixed in combinations(codes, size):
            days = limit(*mixed, pharmacist=1000).days
            for code in mixed:
                alone = limit(code, pharmacist=1000).days
                assert days is not None
                assert days <= alone
