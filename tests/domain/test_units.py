"""What people type for a quantity, and what is refused."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tracker.domain.errors import (
    CannotProject,
    MissingUnit,
    NegativeQuantity,
    NotANumber,
    UnknownUnit,
)
from tracker.domain.units import (
    Quantity,
    flow_ml_per_day,
    format_number,
    format_quantity,
    parse_decimal,
    parse_quantity,
    to_canonical,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20", "20"),
        (" 0.50 ", "0.50"),
        (".5", "0.5"),
        ("-3", "-3"),
        ("\N{MINUS SIGN}3", "-3"),
        ("+2", "2"),
    ],
)
def test_a_number_is_read_exactly(text, expected):
    assert parse_decimal(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "abc", "1e3", "NaN", "inf", "-Infinity", "0x10", "5.", "1.2.3", "--1", "½"),
        *("1,000", "1,5", "1 000", "1'000", "1_000", "١٢", "9" * 31, "1\n2", "$5"),
    ],
)
def test_what_is_no_number_or_reads_two_ways_is_refused(text):
    with pytest.raises(NotANumber) as refused:
        parse_decimal(text, field="volume_ml")
    assert refused.value.field == "volume_ml"


@pytest.mark.parametrize(("text", "expected"), [("1,5", "1.5"), ("20", "20"), (",5", "0.5")])
def test_a_decimal_comma_is_read_where_it_is_said(text, expected):
    assert parse_decimal(text, decimal_mark=",") == Decimal(expected)


def test_a_point_is_refused_where_the_comma_is_the_mark():
    with pytest.raises(NotANumber, match="two ways"):
        parse_decimal("1.000", decimal_mark=",")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("13,5", "type 13.5."),
        ("1,500", "type 1.500, or 1500."),
        ("-0,25", "type -0.25."),
        ("1,000,5", "without separators"),
    ],
)
def test_a_comma_is_never_guessed_at_and_what_to_type_is_said(text, told):
    with pytest.raises(NotANumber, match="two ways") as refused:
        parse_decimal(text)
    assert refused.value.message.endswith(told) or told in refused.value.message


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("2 mg/mL", Quantity.CONCENTRATION, "2000"),
        ("2000mcg/ml", Quantity.CONCENTRATION, "2000"),
        ("500 \u00b5g / mL", Quantity.CONCENTRATION, "500"),
        ("500 \u03bcg/mL", Quantity.CONCENTRATION, "500"),
        ("500 UG/ML", Quantity.CONCENTRATION, "500"),
        ("2 mg per mL", Quantity.CONCENTRATION, "2000"),
        ("0.5 mg/day", Quantity.DOSE, "500"),
        ("300 mcg/d", Quantity.DOSE, "300"),
        ("300 mcg/24 h", Quantity.DOSE, "300"),
        ("0.1 mcg/h", Quantity.DOSE, "2.4"),
        ("0.5 mL/h", Quantity.FLOW, "12"),
        ("500 \u00b5L/day", Quantity.FLOW, "0.5"),
        ("20 mL", Quantity.VOLUME, "20"),
        ("20 cc", Quantity.VOLUME, "20"),
        ("400 uL.", Quantity.VOLUME, "0.4"),
        ("10 mg", Quantity.MASS, "10000"),
        ("0.01 g", Quantity.MASS, "10000"),
        ("1 mg/hr", Quantity.HOURLY_RATE, "1000"),
        ("0 mcg/day", Quantity.DOSE, "0"),
    ],
)
def test_what_people_type_becomes_one_unit(text, kind, expected):
    assert parse_quantity(text, kind) == Decimal(expected)


def test_a_unit_may_stand_beside_the_field():
    assert parse_quantity("2", Quantity.CONCENTRATION, unit="mg/mL") == 2000
    assert parse_quantity("2 mg/mL", Quantity.CONCENTRATION, unit="mg/ml") == 2000


def test_two_different_units_are_refused():
    with pytest.raises(UnknownUnit, match="was expected"):
        parse_quantity("2 mg/mL", Quantity.CONCENTRATION, unit="mcg/mL")


@pytest.mark.parametrize("kind", list(Quantity))
def test_a_number_without_a_unit_is_refused(kind):
    with pytest.raises(MissingUnit):
        parse_quantity("20", kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2 %", Quantity.CONCENTRATION),
        ("2 mg", Quantity.CONCENTRATION),
        ("2 mg/day", Quantity.CONCENTRATION),
        ("2 mL/day", Quantity.VOLUME),
        ("2 mcg/day", Quantity.HOURLY_RATE),
        ("2 mL", Quantity.FLOW),
        ("2 units/mL", Quantity.CONCENTRATION),
        ("1e3 mcg/mL", Quantity.CONCENTRATION),
        ("2 mcg/week", Quantity.DOSE),
    ],
)
def test_a_unit_of_another_kind_is_refused(text, kind):
    with pytest.raises(UnknownUnit):
        parse_quantity(text, kind)


def test_less_than_nothing_is_refused():
    with pytest.raises(NegativeQuantity):
        parse_quantity("-2 mL", Quantity.VOLUME)


@pytest.mark.parametrize("text", ["mcg", "about 20 mL", "1,000 mcg/day", "1 2 mL", "20-30 mL"])
def test_what_does_not_start_with_one_number_is_refused(text):
    with pytest.raises(NotANumber):
        parse_quantity(text, Quantity.VOLUME)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0.0000001 mL", Quantity.VOLUME),
        ("0.0000000001 mg", Quantity.MASS),
        ("99999999999999999999 mL", Quantity.VOLUME),
        ("1000000000001 mL", Quantity.VOLUME),
        ("1000000001 mg/mL", Quantity.CONCENTRATION),
    ],
)
def test_what_cannot_be_kept_exactly_is_refused_before_it_is_written(text, kind):
    with pytest.raises(NotANumber) as refused:
        parse_quantity(text, kind, field="volume_ml")
    assert refused.value.field == "volume_ml"


def test_a_fine_number_of_a_large_unit_is_kept():
    assert parse_quantity("0.000000001 mg", Quantity.MASS) == Decimal("0.000001")
    assert parse_quantity("20.5000000 mL", Quantity.VOLUME) == Decimal("20.5")


def test_a_long_number_keeps_every_digit():
    text = "1234567890.123456789012345"
    assert to_canonical(Decimal(text), "mg", Quantity.MASS) == Decimal(
        "1234567890123.456789012345"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("2000.000"), "2000"),
        (Decimal("2E+3"), "2000"),
        (Decimal(".5"), "0.5"),
        (Decimal("-0.0"), "0"),
        (Decimal("0.10"), "0.1"),
        (100, "100"),
        (Fraction(1, 3), "0.3333"),
        (Fraction(1, 2), "0.5"),
        (Fraction(1, 10**6), "0.000001"),
        (Fraction(-1, 3), "-0.3333"),
        (Fraction(0), "0"),
    ],
)
def test_a_number_is_shown_without_needless_zeros(value, shown):
    assert format_number(value) == shown


def test_a_quantity_is_shown_with_its_unit():
    assert format_quantity(Decimal("2000.0"), Quantity.CONCENTRATION) == "2000 mcg/mL"


@pytest.mark.parametrize("kind", list(Quantity))
def test_what_is_shown_can_be_typed_again(kind):
    assert parse_quantity(format_quantity(Decimal("0.05"), kind), kind) == Decimal("0.05")


def test_a_flow_is_dose_by_concentration():
    assert flow_ml_per_day(Decimal(100), Decimal(300)) == Fraction(1, 3)
    with pytest.raises(CannotProject):
        flow_ml_per_day(Decimal(100), Decimal(0))
