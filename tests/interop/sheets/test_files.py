"""How a file is opened: encodings, delimiters, lines, headings, and what is no sheet at all."""
# ruff: noqa: E501  a case to a line

import time

import pytest

from tests.interop.sheets.sheets import GOOD, only, other, read, row, sheet
from tracker.interop.sheets.grid import UnreadableSheet
from tracker.interop.sheets.mapping import mapping_from, read_mapping

ODD = row(Patient="Exämple, Zoë", Notes="Füllung µg")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_any_encoding_and_delimiter_is_found_or_told(encoding, delimiter):
    content = sheet(ODD, other(1), delimiter=delimiter).encode(encoding)

    for told in ({}, {"encoding": encoding, "delimiter": delimiter}):
        first = read(content, **told)["rows"][0]
        assert first["values"]["family_name"] == "Exämple"
        assert first["values"]["notes"] == "Füllung µg"


def test_a_big_endian_file_with_its_mark_is_read():
    content = b"\xfe\xff" + sheet(ODD).encode("utf-16-be")
    assert only(content)["outcome"] == "import"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_row_is_the_line_on_which_it_starts(ends):
    text = sheet(row(Notes="one\ntwo;\nthree"), other(1), {}, other(2)).replace("\n", ends)
    found = read(text)["rows"]

    assert [one["row"] for one in found] == [2, 5, 6, 7]
    assert [one["outcome"] for one in found] == ["import", "import", "skip", "import"]


def test_a_quotation_mark_that_is_never_closed_spoils_its_own_row_alone():
    text = sheet(row(), other(1), other(2), other(3))
    for mark in ("Example, Ove1", "11;"):
        found = read(text.replace(mark, '"' + mark))["rows"]
        assert [one["outcome"] for one in found] == ["import", "reject", "import", "import"]
    found = read(text.replace("11;", '"11;').replace("13;", '"13;'))["rows"]
    assert [one["outcome"] for one in found] == ["import", "reject", "import", "reject"]


def test_a_mark_within_a_cell_is_a_letter():
    assert only(sheet(row(Notes='22 G 1 1/2" needle')))["values"]["notes"].startswith("22 G")


def test_a_slipped_row_is_refused():
    text = sheet(row(), delimiter=",").replace('"Example, Ida"', "Example, Ida")
    found = only(text)
    assert found["outcome"] == "reject"
    assert "more cells than headings" in found["reason"]


def test_a_first_line_may_name_the_delimiter_and_titles_may_come_before_the_headings():
    text = "sep=;\n" + "Pumps of the clinic\n\n" + sheet(row())
    assert only(text)["row"] == 5


def test_headings_may_stand_in_two_rows():
    heads = [("Patient", "Name"), ("", "MRN"), ("", "DOB"), ("Pump", "Model"), ("", "Serial"),
             ("Drug", "Name"), ("", "Conc."), ("", "Daily dose"), ("Refill", "Date"),
             ("", "Vol in"), ("", "Alarm date")]  # fmt: skip
    upper = ";".join(one for one, _ in heads)
    lower = ";".join(one for _, one in heads)
    text = f"{upper}\n{lower}\n{';'.join(GOOD.values())}\n{upper}\n{lower}\n"
    names = {"Patient Name": "full_name", "MRN": "mrn", "Patient DOB": "birth_date",
             "Pump | Model": "pump_model", "Serial": "pump_serial", "Drug / Name": "drug",
             "Conc.": "concentration", "Daily dose": "dose", "Refill Date": "refilled_on",
             "Vol in": "volume_after_refill_ml", "Refill Alarm date": "low_alarm_date"}  # fmt: skip
    for rows in (None, [1, 2]):
        found = read(text, columns=names, heading_rows=rows)["rows"]
        assert [one["outcome"] for one in found] == ["import", "skip", "skip"], found
        assert found[1]["reason"] == "repeated heading"


def test_a_row_of_units_belongs_to_the_headings():
    units = {"Born": "(dd/mm/yyyy)", "Conc": "(mcg/mL)", "Dose/day": "mcg", "mL in": "[mL]"}
    names = ";".join(GOOD)
    text = f"{names}\n" + "\n".join(
        ";".join(one.get(name, "") for name in GOOD)
        for one in (units, row(Born="03/04/1971", Conc="2000", Dose_day="400"))
    )
    found = only(text)
    assert (found["row"], found["outcome"]) == (3, "import"), found
    assert found["values"]["birth_date"] == "1971-04-03"


def test_german_headings_are_known():
    heads = ("Nachname;Vorname;Geb.-Dat.;Fallnr.;Pumpe;SN;Medikament;Konz. (mg/ml);"
             "Tagesdosis (µg/Tag);Füllvolumen;Letzte Füllung;Alarm am")  # fmt: skip
    line = "Beispiel;Änne;14.03.1970;007;SynchroMed II 40 ml;T1;Baclofen;2,0;400,5;40 ml;2. Nov. 2026;"
    found = only(f"{heads}\n{line}\n".encode("cp1252"))

    assert found["outcome"] == "import", found
    assert found["values"]["dose_mcg_day"] == "400.5"
    assert found["values"]["mrn"] == "007"


def test_blank_rows_repeated_headings_and_totals_are_skipped_with_their_reason():
    heads = {name: name for name in GOOD}
    total = {"Patient": "Total", "MRN": "2", "mL in": "80"}
    blank = {"Patient": "\N{NO-BREAK SPACE}"}
    found = read(sheet(row(), heads, blank, total, other(1)))

    assert found["summary"] == {"import": 2, "reject": 0, "skip": 3, "duplicate": 0}
    assert [one["reason"] for one in found["rows"]][1:4] == [
        "repeated heading",
        "blank row",
        "total line",
    ]
    assert only(sheet(row(Patient="Total, Ida")))["outcome"] == "import"
    undated = row(Patient="Total, Ida", Born="", Filled_on="", Notes="Total hip replacement")
    assert only(sheet(undated))["outcome"] == "reject"  # a person, who is to be told of


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old kind"),
        (b"PK\x03\x04 broken", "broken"),
        (b"Patient;MRN\n\0\0\0;7\n", "no text file"),
    ],
)
def test_what_is_no_sheet_is_said_plainly(content, reason):
    with pytest.raises(UnreadableSheet, match=reason):
        read(content)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"colums": {}}, "not known: colums"),
        ({"columns": {"A": "name"}}, "not known: name"),
        ({"columns": ["A"]}, "columns"),
        ({"date_order": "DDMM"}, "date_order"),
        ({"decimal_mark": "'"}, "decimal_mark"),
        ({"timezone": "Mars/Base"}, "time zone"),
        ({"heading_rows": [0]}, "row number"),
        ({"heading_rows": 1}, "list of rows"),
        ({"first_data_row": True}, "row number"),
        ({"delimiter": ";;"}, "delimiter"),
        ({"units": {"volume": "mL"}}, "unit for volume"),
        ([], "no object|not an object"),
    ],
)
def test_a_mapping_that_can_t_be_meant_is_refused(said, reason):
    with pytest.raises(UnreadableSheet, match=reason):
        mapping_from(said)


def test_a_mapping_that_says_a_thing_twice_or_is_no_json_is_refused():
    for text in ('{"columns": {"A": "mrn", "A": "drug"}}', "{", "x"):
        with pytest.raises(UnreadableSheet):
            read_mapping(text)


def test_what_is_said_wrongly_of_a_file_is_not_overruled():
    with pytest.raises(UnreadableSheet, match="No column is read"):
        read(sheet(row()), columns=dict.fromkeys(GOOD, "ignore"))
    assert only(sheet(row()), columns={})["outcome"] == "import"  # nothing was said
    with pytest.raises(UnreadableSheet, match="no encoding"):
        read(sheet(row()), encoding="martian")
    with pytest.raises(UnreadableSheet, match="can't be read as ascii"):
        read(sheet(ODD), encoding="ascii")
    with pytest.raises(UnreadableSheet, match="no workbook"):
        read(sheet(row()), sheet="Pumps")
    with pytest.raises(UnreadableSheet, match="unit that is not known"):
        read(sheet(row()), units={"dose": "furlongs"})


@pytest.mark.parametrize("column", ["Drug", "Conc", "Serial", "Dose/day"])
@pytest.mark.parametrize(
    "hostile", [", " * 15_000 + "x", "(" + " " * 30_000 + ")", "mg/" * 9999]
)
def test_no_cell_takes_the_square_of_its_length(column, hostile):
    """Each of these took minutes."""
    began = time.process_time()

    said = read(sheet({**row(), column: hostile}, other(1)))

    assert time.process_time() - began < 5
    assert "too long" in said["rows"][0]["reason"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("MRN," + "x" * 200_000, "longer than any note", id="a cell without end"),
        pytest.param("MRN" + "," * 900_000, "too many cells", id="a row without end"),
    ],
)
def test_what_has_no_end_is_refused_in_words(content, reason):
    with pytest.raises(UnreadableSheet, match=reason):
        read(content)


@pytest.mark.parametrize("encoding", ["punycode", "idna", "unicode_escape", "Punycode"])
def test_what_is_no_encoding_of_letters_is_not_decoded(encoding):
    with pytest.raises(UnreadableSheet, match="no encoding"):
        read(sheet(row()), encoding=encoding)
