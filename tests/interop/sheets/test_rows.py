"""What one row of a sheet says, and what it is refused for."""
# ruff: noqa: E501  a case to a line

import pytest

from tests.interop.sheets.sheets import GOOD, only, other, outcome, read, row, sheet
from tracker.interop.sheets.grid import UnreadableSheet


def values(**changed):
    mapping = {name: changed.pop(name) for name in list(changed) if name.islower()}
    found = only(sheet(row(**changed)), **mapping)
    assert found["outcome"] == "import", found["reason"]
    return found["values"]


def refused(**changed):
    mapping = {
        name: changed.pop(name) for name in list(changed) if name.islower() and name != "mL_in"
    }
    found = only(sheet(row(**changed)), **mapping)
    assert found["outcome"] == "reject", found
    return found["reason"]


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


@pytest.mark.parametrize(
    ("typed", "order", "day"),
    [
        ("1970-03-14", None, "1970-03-14"),
        ("14/03/1970", None, "1970-03-14"),
        ("03/14/1970", None, "1970-03-14"),
        ("3/3/1970", None, "1970-03-03"),
        ("14.3.1970", None, "1970-03-14"),
        ("03/04/1971", "DMY", "1971-04-03"),
        ("03/04/1971", "MDY", "1971-03-04"),
        ("03.04.1971", "DMY", "1971-04-03"),
        ("3/4/71", "DMY", "1971-04-03"),
        ("71/4/3", "YMD", "1971-04-03"),
        ("1971/04/03", None, "1971-04-03"),
        ("1971.04.03", "DMY", "1971-04-03"),
        ("19710403", None, "1971-04-03"),
        ("Oct 19, 1970", None, "1970-10-19"),
        ("19 October 1970", None, "1970-10-19"),
        ("October 19th, 1970", None, "1970-10-19"),
        ("19-Oct-70", None, "1970-10-19"),
        ("19. Oktober 1970", None, "1970-10-19"),
        ("1. März 1970", None, "1970-03-01"),
        ("Mon 19 Oct 1970", None, "1970-10-19"),
        ("19\N{NO-BREAK SPACE}Oct\N{NO-BREAK SPACE}1970", None, "1970-10-19"),
        ("29 Feb 1972", None, "1972-02-29"),
        ("1970-03-14 00:00:00", None, "1970-03-14"),
        ("14/03/1970 00:00", None, "1970-03-14"),
    ],
)
def test_a_date_that_can_mean_one_day_is_read(typed, order, day):
    assert values(Born=typed, date_order=order)["birth_date"] == day


@pytest.mark.parametrize(
    ("typed", "order", "reason"),
    [
        ("03/04/1971", None, "3 April or 4 March"),
        ("03.04.1971", None, "3 April or 4 March"),
        ("3-4-1971", None, "the order of dates was not said"),
        ("03/14/1970", "DMY", "no date in the order day, month, year"),
        ("14/03/1970", "MDY", "no date in the order"),
        ("29 Feb 1971", None, "there is no such day"),
        ("31/04/1971", None, "there is no such day"),
        ("14 Mar 20", None, "1920 or 2020"),
        ("13/13/1971", None, "not a date"),
        ("1 May 1850", None, "1900"),
        ("1 May 2050", None, "in the future"),
        ("May 1970", None, "not a date"),
        ("1970", None, "not a date"),
        ("46328", None, "as a number"),
        ("0", None, "not a date"),
        ("", None, "no date of birth"),
        ("n/a", None, "no date of birth: n/a"),
        ("TBD", None, "not known yet"),
        ("??", None, "not known yet"),
        ("#REF!", None, "an error of the sheet"),
        ("3 Nov 2026", None, "before the birth"),
    ],
)
def test_a_date_that_can_mean_two_or_none_is_refused(typed, order, reason):
    assert reason in refused(Born=typed, date_order=order)


def test_a_heading_may_say_the_order_of_its_dates():
    text = sheet(row(Born="03/04/1971"), renamed={"Born": "DOB (dd/mm/yyyy)"})

    assert only(text)["values"]["birth_date"] == "1971-04-03"
    assert only(text, date_order="MDY")["outcome"] == "reject"  # nobody knows who is right


@pytest.mark.parametrize(
    ("typed", "mark", "kept"),
    [
        ("2000 mcg/mL", None, "2000"),
        ("2000mcg/ml", None, "2000"),
        ("2,000 mcg/mL", ".", "2000"),
        ("2 mg/ml", None, "2000"),
        ("2.0 mg/mL", None, "2000"),
        ("2,0 mg/ml", ",", "2000"),
        ("2.000 µg/ml", ",", "2000"),
        ("2 000 \N{GREEK SMALL LETTER MU}g/mL", None, "2000"),
        ("2000 \N{MICRO SIGN}g / mL", None, "2000"),
        ("2000 ug/cc", None, "2000"),
        ("2000 micrograms per ml", None, "2000"),
        ("2'000 MCG/ML", None, "2000"),
        ("10 mg/5 mL", None, "2000"),
        ("2000\N{NO-BREAK SPACE}mcg/mL", None, "2000"),
        ("1,950.5 mcg/mL", None, "1950.5"),
    ],
)
def test_a_concentration_with_its_unit_is_read(typed, mark, kept):
    found = values(Conc=typed, decimal_mark=mark)
    assert found["drugs"][0]["concentration_mcg_ml"] == kept


@pytest.mark.parametrize(
    ("typed", "mark", "reason"),
    [
        ("500", None, "500 has no unit of concentration"),
        ("2,000 mcg/mL", None, "the decimal mark was not said"),
        ("2.000 mcg/mL", None, "the decimal mark was not said"),
        ("2.5 mg/mL", ",", "not a number with"),
        ("20/2000", None, "two amounts"),
        ("20 mL / 2000 mcg/mL", None, "two amounts"),
        ("2000 mcg", None, "no unit of concentration"),
        ("0.2 %", None, "no unit of concentration"),
        ("0 mcg/mL", None, "is none"),
        ("0", None, "has no unit"),
        ("-2000 mcg/mL", None, "below zero"),
        ("~2000 mcg/mL", None, "not an amount"),
        ("500-2000 mcg/mL", None, "no unit"),
        ("2E+03 mcg/mL", None, "no unit"),
        ("see note", None, "not known yet"),
        ("n/a", None, "no concentration: n/a"),
        ("", None, "no concentration"),
        ("#DIV/0!", None, "#DIV/0!, an error of the sheet"),
    ],
)
def test_a_concentration_without_its_unit_is_never_guessed(typed, mark, reason):
    assert reason in refused(Conc=typed, decimal_mark=mark)


@pytest.mark.parametrize(
    ("heading", "typed", "unit", "kept"),
    [
        ("Dose/day", "400 mcg", None, "400"),
        ("Dose/day", "0.4 mg", None, "400"),
        ("Daily Dose", "400 µg", None, "400"),
        ("Dose (mcg/24hr)", "400", None, "400"),
        ("Tagesdosis (µg/Tag)", "400", None, "400"),
        ("Dose", "400 mcg/day", None, "400"),
        ("Dose", "400 mcg per day", None, "400"),
        ("Dose", "400 mcg/24h", None, "400"),
        ("Dose", "20 mcg/h", None, "480"),
        ("Dose mcg/hr", "20", None, "480"),
        ("Dose", "400", "mcg/day", "400"),
        ("Dose", "0.4", "mg/d", "400"),
        ("Dose/day", "400", "mcg", "400"),
        ("Dose (mg/day)", "450 mcg", None, "450"),
    ],
)
def test_a_dose_has_its_unit_and_its_time_from_cell_heading_or_mapping(
    heading, typed, unit, kept
):
    text = sheet(row(Dose_day=typed, Alarm_date=""), renamed={"Dose/day": heading})
    found = only(text, units={"dose": unit} if unit else {})
    assert found["outcome"] == "import", found
    assert found["values"]["dose_mcg_day"] == kept


@pytest.mark.parametrize(("typed", "unit"), [("{} mcg", None), ("{}", "mcg")])
def test_a_dose_without_its_time_is_a_day_s_where_an_hour_s_would_be_too_much(typed, unit):
    def under_dose(amount, **changed):
        changed |= {"Dose_day": typed.format(amount), "Alarm_date": ""}
        text = sheet(row(**changed), renamed={"Dose/day": "Dose"})
        return only(text, units={"dose": unit} if unit else {})

    found = under_dose(400)
    assert found["values"]["dose_mcg_day"] == "400"
    assert "read per day" in found["warnings"][0]
    either = under_dose(30, Conc="500 mcg/mL")
    assert "per day or per hour: that was not said" in either["reason"]


@pytest.mark.parametrize(
    ("heading", "typed", "unit", "reason"),
    [
        ("Dose/day", "400", None, "400 has no unit of dose"),
        ("Dose/day", "20 mcg/h", None, "another time"),
        ("Dose (mg/day)", "400", "mcg/day", "has no unit of dose"),
        ("Dose/day", "400 IU", None, "no unit of dose"),
        ("Dose/day", "0", None, "has no unit of dose"),
        ("Dose/day", "0 mcg", None, "is it stopped?"),
        ("Dose/day", "", None, "no dose"),
        ("Dose/day", "n/a", None, "no dose: n/a"),
        ("Dose/day", "#REF!", None, "the dose is #REF!, an error of the sheet"),
        ("Dose/day", "??", None, "not known yet"),
    ],
)
def test_a_dose_that_could_be_another_is_refused(heading, typed, unit, reason):
    text = sheet(row(Dose_day=typed), renamed={"Dose/day": heading})
    outcome_, why = outcome(text, units={"dose": unit} if unit else {})
    assert outcome_ == "reject"
    assert reason in why


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
