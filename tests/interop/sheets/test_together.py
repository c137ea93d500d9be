"""Rows beside each other: the public example, the same twice, and what contradicts itself."""
# ruff: noqa: E501  a case to a line

import json
from datetime import datetime
from pathlib import Path

import pytest

from tests.interop.sheets.sheets import other, read, row, sheet

CASES = Path(__file__).parent / "cases"


def test_hazard_h32_the_public_example_has_its_very_outcomes():
    content = (CASES / "clinic_sheet.csv").read_bytes()
    mapping = json.loads((CASES / "clinic_sheet.map.json").read_text())
    wanted = json.loads((CASES / "clinic_sheet.expected.json").read_text())
    found = read(content, now=datetime.fromisoformat(wanted["now"]), **mapping)

    assert found["summary"] == wanted["summary"]
    for mine, theirs in zip(found["rows"], wanted["rows"], strict=True):
        assert {name: mine[name] for name in theirs} == theirs
        assert mine["warnings"] == []


def outcomes(*rows, **mapping):
    return [one["outcome"] for one in read(sheet(*rows), **mapping)["rows"]]


def reasons(*rows, **mapping):
    return [one["reason"] for one in read(sheet(*rows), **mapping)["rows"]]


def test_the_same_record_is_one_however_it_is_written():
    again = row(Conc="2 mg/ml", Dose_day="0.4 mg", Born="1970-03-14", mL_in="40.0 cc",
                Serial="TST 900001", Notes="again")  # fmt: skip
    found = read(sheet(row(), other(1), again))["rows"]

    assert [one["outcome"] for one in found] == ["import", "import", "duplicate"]
    assert found[2]["reason"] == "the same record as row 2"


def test_several_refills_of_one_pump_are_no_duplicates():
    earlier = row(Filled_on="4 May 2026", Alarm_date="")
    assert outcomes(row(), earlier) == ["import", "import"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"Born": "15 Mar 1970"}, "MRN 0007 has two dates of birth: rows 2 and 4"),
        ({"Patient": "Sample, Ida"}, "MRN 0007 has two names: rows 2 and 4"),
        ({"MRN": "0008"}, "serial number TST900001 belongs to two patients: rows 2 and 4"),
        ({"Pump": "SynchroMed III 40"}, "serial number TST900001 has two pump models: rows 2 and 4"),
        ({"Dose_day": "450 mcg"}, "one refill is told in two ways: rows 2 and 4"),
    ],
)  # fmt: skip
def test_rows_that_contradict_each_other_are_all_refused(changed, reason):
    found = read(sheet(row(), other(1), row(Alarm_date="", **changed)))["rows"]

    assert [one["outcome"] for one in found] == ["reject", "import", "reject"]
    assert all(reason in found[at]["reason"] for at in (0, 2))


def test_a_row_that_is_refused_for_another_reason_contradicts_all_the_same():
    assert outcomes(row(), row(Born="15 Mar 1970", Conc="500")) == ["reject", "reject"]


def test_names_that_differ_in_case_or_form_are_one():
    later = row(Patient="ida example", Filled_on="9 Nov 2026", Alarm_date="")
    assert outcomes(row(), later) == ["import", "import"]
