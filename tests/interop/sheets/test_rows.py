"""What one row of a sheet says, and what it is refused for."""
# ruff: noqa: E501  a case to a line

import pytest

from tests.interop.sheets.sheets import GOOD, only, other, read, refused, row, sheet, values
from tracker.interop.sheets.grid import UnreadableSheet


def test_a_row_is_taken_as_it_stands():
    assert values() == {
        "family_name": "Example",
        "given_name": "Ida",
        "mrn": "0007",
        "birth_date": "1970-03-14",
        "pump_model": "SynchroMed II 40",
        "pump_serial": "TST900001",
        "drugs": [{"name": "Baclofen", "concentration_mcg_ml": "2000"}],
        "dose_mcg_day": "400",
        "refilled_on": "2026-11-02",
        "volume_after_refill_ml": "40",
        "low_alarm_date": "2027-05-11",
    }


def test_zero_nothing_not_applicable_an_error_and_an_explanted_pump_are_five_things():
    rows = [
        other(1, Dose_day="0 mcg"),
        other(2, Dose_day=""),
        other(3, Dose_day="n/a"),
        other(4, Dose_day="#REF!"),
        other(5, Status="explanted"),
    ]
    found = read(sheet(*[{"Status": "", **one} for one in rows]))["rows"]

    assert [one["outcome"] for one in found] == ["reject"] * 4 + ["skip"]
    assert len({one["reason"] for one in found}) == 5


@pytest.mark.parametrize("status", ["Explanted 3/2025", "died", "DECEASED", "transferred to B",
                                    "verstorben", "explantiert", "replaced", "inactive", "†"])  # fmt: skip
def test_a_pump_that_has_ended_is_never_taken_in(status):
    text = sheet(row(Status=status))
    for columns in (None, {name: field for name, field in COLUMNS.items()}):
        assert only(text, columns=columns)["outcome"] == "skip"


@pytest.mark.parametrize(("status", "expected"), [("active", "import"), ("", "import"),
    ("in use", "import"), ("Active since 2019", "import"), ("ITB active", "import"), ("pump in situ", "import"),
    ("no longer active", "reject"), ("lost to follow-up", "reject"), ("active until 2024", "reject"),
    ("inactive?", "reject"), ("active - explant planned", "import"),
    ("ok to explant", "reject"), ("considering explant", "reject"), ("deceased?", "reject"),
    ("transferred in from B", "reject"), ("explanted for infection", "skip"), ("on hold", "reject"), ("to be explanted", "reject"),
    ("stopped", "reject"), ("?", "reject")])  # fmt: skip
def test_a_status_that_isn_t_plain_is_asked_about(status, expected):
    assert only(sheet(row(Status=status)))["outcome"] == expected


def test_whatever_hints_at_an_end_is_asked_about():
    noted = only(sheet(row(Notes="pump explanted 3/2025")))
    assert "is this pump in use?" in noted["reason"]
    below = read(sheet(row(), {"Patient": "Explanted patients"}, other(1)))["rows"]
    assert [one["outcome"] for one in below] == ["import", "reject", "reject"]
    assert "stands under “Explanted patients”" in below[2]["reason"]
    ignored = only(sheet(row(Status="died")), columns={**COLUMNS, "Status": "ignore"})
    assert ignored["outcome"] == "skip"


COLUMNS = dict(
    zip(
        GOOD,
        ("full_name", "mrn", "birth_date", "pump_model", "pump_serial", "drug",
         "concentration", "dose", "refilled_on", "volume_after_refill_ml", "low_alarm_date"),
        strict=True,
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"mL_in": "42"}, "42 mL do not fit a 40 mL reservoir"),
        ({"mL_in": "0"}, "is none"),
        ({"mL_in": "40 mcg"}, "not an amount"),
        ({"mL_in": ""}, "no volume put in"),
        ({"Filled_on": "23 Nov 2026"}, "in the future"),
        ({"Filled_on": "1 Jan 1969"}, "before the birth"),
        ({"Born": "1 Jan 2027"}, "in the future"),
        ({"Dose_day": "400 mg"}, "above the 24 mL/day"),
        ({"Dose_day": "40 mcg"}, "under the 0.048 mL/day"),
        ({"Dose_day": "1300 mcg"}, "above the usual range"),
        ({"Dose_day": "9600 mcg"}, "above the usual range"),
        ({"Pump": "Pumpomat 3"}, "not a pump model that is known"),
        ({"Pump": "SynchroMed II"}, "its size was not said"),
        ({"Pump": "Codman 3000 30"}, "fixed flow"),
        ({"Drug": "Aspirin"}, "not a drug that is known"),
        ({"Serial": ""}, "no serial number"),
        ({"Serial": "1.23E+11"}, "a sheet changed it"),
        ({"MRN": "-"}, "no MRN: -"),
        ({"Patient": "Ida"}, "two are needed"),
        ({"Patient": "Example, Ida, Mrs"}, "taken apart"),
        ({"Filled_on": "TBD"}, "not known yet"),
        ({"Alarm_date": "#N/A"}, "an error"),
    ],
)  # fmt: skip
def test_what_can_t_be_or_is_too_unlikely_is_refused_with_its_reason(changed, reason):
    assert reason in only(sheet(row(**changed)))["reason"]


def test_every_reason_of_a_row_is_told_at_once():
    why = refused(Born="03/04/1971", Conc="500", Serial="")

    assert why.count("; ") == 2


def test_the_programmer_s_date_and_ours_are_both_named_where_they_differ():
    near = only(sheet(row(Alarm_date="12 May 2027")))
    far = only(sheet(row(Alarm_date="14 May 2027")))
    early = only(sheet(row(Alarm_date="1 May 2027")))

    assert near["warnings"] == []
    assert all(one in far["warnings"][0] for one in ("14 May 2027", "11 May 2027"))
    assert far["outcome"] == early["outcome"] == "import"
    assert "10 days before" in early["warnings"][0]


def test_mixtures_are_read_from_one_cell_or_from_two():
    one = row(
        Drug="", Conc="", Dose_day="5 mg", mL_in="20", Pump="SynchroMed II 20", Alarm_date=""
    )
    one |= {"Solution": "Morphine 20 mg/mL + Bupivacaine 10 mg/mL"}
    two = row(
        Drug="Morphine + Bupivacaine",
        Conc="20 mg/mL + 10 mg/mL",
        Dose_day="5 mg",
        Alarm_date="",
    )
    wanted = [
        {"name": "Morphine", "concentration_mcg_ml": "20000"},
        {"name": "Bupivacaine", "concentration_mcg_ml": "10000"},
    ]
    assert only(sheet(one))["values"]["drugs"] == wanted
    assert only(sheet(two))["values"]["drugs"] == wanted
    assert only(sheet(row(Drug="Baclofen 2000 mcg/mL", Conc="")))["outcome"] == "import"
    slash = one | {"Solution": "Morphine 20 mg/mL / Bupivacaine 10 mg/mL"}
    assert only(sheet(slash))["values"]["drugs"] == wanted
    unclear = row(Drug="Morphine + Bupivacaine", Conc="20 mg/mL")
    assert "not as many concentrations" in only(sheet(unclear))["reason"]


@pytest.mark.parametrize(
    ("typed", "zone", "at"),
    [
        ("2 Nov 2026 09:30", "Europe/London", "2026-11-02T09:30:00Z"),
        ("2026-10-01T09:30", "Europe/London", "2026-10-01T08:30:00Z"),
        ("10/14/2026 2:05 PM", "America/New_York", "2026-10-14T18:05:00Z"),
        ("2026-11-02 09:30:00+01:00", "Europe/London", "2026-11-02T08:30:00Z"),
    ],
)
def test_a_moment_is_that_of_the_sheet_s_zone(typed, zone, at):
    text = sheet(row(Filled_on=typed, Alarm_date=""), renamed={"Filled on": "Filled at"})
    assert only(text, timezone=zone)["values"]["refilled_at_utc"] == at


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("29 Mar 2026 01:30", "does not exist"), ("25 Oct 2026 01:30", "occurs twice")],
)
def test_an_hour_that_the_clocks_jump_over_or_repeat_is_refused(typed, reason):
    text = sheet(row(Filled_on=typed), renamed={"Filled on": "Filled at"})
    assert reason in only(text)["reason"]


def test_a_moment_with_its_offset_is_of_the_clinic_s_day():
    found = only(sheet(row(Filled_on="2026-11-01T23:30:00-05:00")))

    assert found["values"]["refilled_on"] == "2026-11-02"


def test_a_cell_that_looks_like_a_formula_is_text():
    found = only(sheet(row(MRN="=1+1", Notes="@SUM(A1)", Serial="+1")))

    assert found["values"]["mrn"] == "=1+1"
    assert found["values"]["notes"] == "@SUM(A1)"
    assert found["values"]["pump_serial"] == "+1"


@pytest.mark.parametrize("typed", ["TBD", "see note", "??", "ask daughter"])
def test_what_a_record_can_do_without_and_nobody_knows_yet_loses_no_patient(typed):
    headings = (
        "Phone",
        "E-mail",
        "Act. resid",
        "Res. Size",
        "ERI",
        "Stability",
        "Alarm volume",
    )
    found = only(sheet(row(**dict.fromkeys(headings, typed), Alarm_date=typed)))

    assert found["outcome"] == "import", found
    assert len(found["warnings"]) == len(headings) + 1
    assert all(one.endswith(f"is not known yet: {typed}") for one in found["warnings"])
    assert found["values"] == only(sheet(row(Alarm_date="")))["values"]


@pytest.mark.parametrize(
    ("heading", "typed"),
    [("Act. resid", "~2"), ("Exp. resid", "<1"), ("ERI", "OK"), ("ERI", "Mar 2029")],
)
def test_words_in_the_place_of_an_amount_that_moves_no_date_are_left_out(heading, typed):
    found = only(sheet(row(**{heading: typed})))

    assert found["outcome"] == "import", found
    assert f"is left out: {typed} is not an amount" in found["warnings"][0]
    assert only(sheet(row(**{heading: "-1"})))["outcome"] == "reject"
    assert only(sheet(row(Stability=typed)))["outcome"] == "reject"


def test_an_error_beside_what_is_needed_is_refused_where_a_date_hangs_on_it():
    assert "an error" in only(sheet(row(Phone="#REF!")))["warnings"][0]
    assert only(sheet(row(**{"Act. resid": "#REF!"})))["outcome"] == "reject"


def test_a_line_break_in_a_text_is_a_blank():
    found = only(sheet(row(Patient="Example,\nIda", Phone="+44 1632\n960123")))["values"]

    assert (found["family_name"], found["given_name"]) == ("Example", "Ida")
    assert found["phone"] == "+44 1632 960123"


def test_amounts_beside_the_refill_are_read_and_told():
    more = {"Res. Size": "40 cc", "Exp. resid": "3.25 mL", "Act. resid": "3", "ERI": "36 months",
            "Alarm volume": "2 ml", "Stability": "90 days", "Phone": "+44 1632 960123"}  # fmt: skip
    found = only(sheet(row(**more)))["values"]

    assert found["reservoir_capacity_ml"] == "40"
    assert found["residual_expected_ml"] == "3.25"
    assert found["residual_actual_ml"] == "3"
    assert found["eri_months"] == "36"
    assert found["alarm_volume_ml"] == "2"
    assert found["stability_days"] == "90"
    assert found["phone"] == "+44 1632 960123"
    small = only(sheet(row(**{"Res. Size": "20"})))
    assert "is not that of SynchroMed II 40" in small["reason"]


def test_a_column_nobody_can_name_or_two_of_one_kind_are_asked_about():
    with pytest.raises(UnreadableSheet, match="No column could be matched"):
        read("a;b;c\n1;2;3\n")
    with pytest.raises(UnreadableSheet, match="would both be"):
        read(sheet(row(Dosis="3")))
    with pytest.raises(UnreadableSheet, match="No column is called 'Nope'"):
        read(sheet(row()), columns={**COLUMNS, "Nope": "notes"})
