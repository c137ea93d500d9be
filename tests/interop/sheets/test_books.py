"""Workbooks: what their cells show, and nothing that was never worked out."""
# ruff: noqa: E501  a case to a line
# ruff: noqa: DTZ001  a cell of a workbook knows no zone

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.interop.sheets.sheets import GOOD, book, good_book, only, other, packed, read, row
from tracker.interop.sheets.grid import UnreadableSheet

NAMES = list(GOOD)


def put(made, name, value, pattern=None, line=2):
    cell = made.active.cell(row=line, column=NAMES.index(name) + 1, value=value)
    if pattern:
        cell.number_format = pattern
    return cell


def test_a_workbook_is_read_like_a_text_file():
    found = only(packed(good_book()))
    assert found["outcome"] == "import"
    assert found["row"] == 2


@pytest.mark.parametrize(
    ("name", "value", "pattern", "field", "kept"),
    [
        ("MRN", 7, "0000", "mrn", "0007"),
        ("MRN", 1234567, None, "mrn", "1234567"),
        ("MRN", "0007", None, "mrn", "0007"),
        ("Born", date(1970, 3, 14), None, "birth_date", "1970-03-14"),
        ("Born", datetime(1970, 3, 14, 0, 0), None, "birth_date", "1970-03-14"),
        ("Born", 25641, None, "birth_date", "1970-03-14"),
        ("Born", "25641", None, "birth_date", "1970-03-14"),
        ("mL in", 40, None, "volume_after_refill_ml", "40"),
        ("mL in", 0.1 + 0.2 + 39.4, None, "volume_after_refill_ml", "39.7"),
        ("mL in", "40 mL", None, "volume_after_refill_ml", "40"),
        ("Dose/day", 400, '0" mcg"', "dose_mcg_day", "400"),
        ("Dose/day", 0.4, '0.0\\ "mg"', "dose_mcg_day", "400"),
        ("Conc", 2000, '#,##0" mcg/mL"', "drugs", [{"name": "Baclofen", "concentration_mcg_ml": "2000"}]),
        ("Filled on", datetime(2026, 11, 2, 9, 30), None, "refilled_on", "2026-11-02"),
    ],
)  # fmt: skip
def test_cells_say_what_they_show(name, value, pattern, field, kept):
    made = good_book(Alarm_date="")
    put(made, name, value, pattern)
    found = only(packed(made))
    assert found["outcome"] == "import", found
    assert found["values"][field] == kept


def test_dates_count_from_the_workbook_s_own_first_day():
    made = good_book(Alarm_date="")
    made.epoch = CALENDAR_MAC_1904
    put(made, "Born", date(1970, 3, 14))
    put(made, "Filled on", 46328 - 1462)
    found = only(packed(made))["values"]

    assert found["birth_date"] == "1970-03-14"
    assert found["refilled_on"] == "2026-11-02"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("Dose/day", 400, "400 has no unit of dose"),
        ("Dose/day", "=200*2", "never calculated"),
        ("MRN", datetime(2026, 10, 12), "a sheet changed it"),
        ("MRN", 1.23e22, None),
        ("Conc", datetime(2026, 10, 12), "not a concentration"),
        ("Dose/day", True, "not a dose"),
        ("Born", 3, None),
        ("mL in", -4, "below zero"),
    ],
)
def test_a_cell_without_a_value_of_its_kind_is_refused(name, value, reason):
    made = good_book()
    put(made, name, value)
    found = only(packed(made))
    if reason is not None:
        assert found["outcome"] == "reject"
        assert reason in found["reason"]


def test_an_error_of_the_sheet_is_an_error():
    made = good_book()
    cell = put(made, "Dose/day", "#DIV/0!")
    cell.data_type = "e"
    assert "#DIV/0!, an error of the sheet" in only(packed(made))["reason"]


def test_hidden_rows_are_read_and_said_to_be_hidden():
    made = good_book()
    made.active.append(list(other(1).values()))
    made.active.row_dimensions[3].hidden = True
    found = read(packed(made))["rows"]

    assert [one["outcome"] for one in found] == ["import", "import"]
    assert found[0]["warnings"] == []
    assert found[1]["warnings"][0] == "this row is hidden in the sheet"


def test_a_row_that_is_struck_through_is_asked_about():
    made = good_book()
    for cell in made.active[2]:
        cell.font = Font(strike=True)
    assert "struck through" in only(packed(made))["reason"]


def test_a_merged_cell_speaks_for_every_row_it_covers():
    made = good_book(Alarm_date="")
    later = row(Filled_on="9 Nov 2026", Alarm_date="")
    made.active.append([None, None, None, None, None, *list(later.values())[5:]])
    for column in "ABCDE":
        made.active.merge_cells(f"{column}2:{column}3")
    found = read(packed(made))["rows"]

    assert [one["outcome"] for one in found] == ["import", "import"]
    assert found[1]["values"]["mrn"] == "0007"


def test_merged_groups_over_headings_name_the_columns_below():
    made = book(
        ["Clinic pumps 2026"],
        ["Patient", None, None, "Pump", None, "Drug", None, None, "Refill", None, None],
        ["Name", "MRN", "DOB", "Model", "Serial", "Name", "Conc", "Dose/day", "Date", "mL in", "Alarm date"],
        list(GOOD.values()),
    )  # fmt: skip
    for area in ("A1:K1", "A2:C2", "D2:E2", "F2:H2", "I2:K2"):
        made.active.merge_cells(area)
    columns = {"Patient Name": "full_name", "MRN": "mrn", "DOB": "birth_date",
               "Model": "pump_model", "Serial": "pump_serial", "Drug Name": "drug",
               "Conc": "concentration", "Dose/day": "dose", "Refill Date": "refilled_on",
               "mL in": "volume_after_refill_ml", "Alarm date": "low_alarm_date"}  # fmt: skip
    found = read(packed(made), columns=columns)["rows"]
    assert [(one["row"], one["outcome"]) for one in found] == [(4, "import")]


def test_of_several_sheets_the_one_with_pumps_is_read_or_asked_for():
    made = good_book()
    made.create_sheet("Notes").append(["Call the ward"])
    hidden = made.create_sheet("Archive 2019")
    hidden.append(NAMES)
    hidden.append(list(other(1).values()))
    hidden.sheet_state = "hidden"
    assert only(packed(made))["outcome"] == "import"

    hidden.sheet_state = "visible"
    with pytest.raises(UnreadableSheet, match="say which of Pumps, Archive 2019"):
        read(packed(made))
    assert only(packed(made), sheet="Archive 2019")["values"]["mrn"] == "11"
    with pytest.raises(UnreadableSheet, match="no sheet 'Nope'"):
        read(packed(made), sheet="Nope")


def test_a_text_that_begins_like_a_formula_stays_text():
    made = good_book()
    cell = put(made, "MRN", "x")
    cell.value, cell.data_type = "=cmd|' /C calc'!A0", "s"
    assert only(packed(made))["values"]["mrn"] == "=cmd|' /C calc'!A0"


def repacked(content, name, change):
    """The workbook with one part changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return out.getvalue()


def test_a_bomb_an_entity_and_a_broken_part_are_refused_before_they_are_opened():
    content, part = packed(good_book()), "xl/worksheets/sheet1.xml"
    bomb = repacked(content, part, lambda _: b"<a/>" + b" " * 70_000_000)
    entity = repacked(
        content,
        part,
        lambda old: old.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1),
    )
    cut = repacked(content, part, lambda old: old[: len(old) // 2])
    assert len(bomb) < 200_000
    for one, reason in ((bomb, "too large"), (entity, "entities"), (cut, "can't be read"),
                        (content[:-200], "broken"), (repacked(content, "[Content_Types].xml", lambda _: b"x"), "can't be read")):  # fmt: skip
        with pytest.raises(UnreadableSheet, match=reason):
            read(one)


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(b"<mergeCell ref='A3:XFD1048576'/>", id="merged"),
        pytest.param(b"<mergeCell ref='$A$3:$xfd$1048576'/>", id="merged, otherwise spelt"),
        pytest.param(b"<mergeCell ref='A1:A49000'/>" * 9, id="merged again and again"),
        pytest.param(b"<hyperlink location='A1' ref='A3:XFD1048576'/>", id="linked"),
        pytest.param(b"<hyperlink location='A1' ref='A:XFD'/>", id="columns linked"),
        pytest.param(b"<c/>" * 400_001, id="too many cells"),
    ],
)
def test_a_small_file_that_would_fill_all_memory_is_refused_in_a_moment(hidden):
    content = packed(good_book())
    bomb = repacked(
        content,
        "xl/worksheets/sheet1.xml",
        lambda old: old.replace(b"</sheetData>", b"</sheetData>" + hidden, 1),
    )

    assert len(bomb) < 100_000
    with pytest.raises(UnreadableSheet, match="too many cells"):
        read(bomb)


def test_entities_are_seen_in_whatever_letters_the_part_is_written():
    said = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'
    part = "xl/worksheets/sheet1.xml"
    hidden = repacked(packed(good_book()), part, lambda _: said.encode("utf-16"))

    with pytest.raises(UnreadableSheet, match="entities"):
        read(hidden)


def test_a_stray_cell_far_below_is_asked_about_and_one_far_right_is_left():
    made = good_book()
    made.active.cell(row=2, column=500, value="x")
    assert only(packed(made))["outcome"] == "import"
    made.active.cell(row=900_000, column=1, value="x")
    with pytest.raises(UnreadableSheet, match="rows"):
        read(packed(made))
