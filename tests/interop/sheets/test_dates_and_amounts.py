"""Dates and amounts as people write them: read where they say one thing, else refused."""

import pytest

from tests.interop.sheets.sheets import only, outcome, refused, row, sheet, values


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
