"""A sheet is taken in by portions, none of which bears on another."""

from tests.interop.sheets.sheets import LONDON, NOW, other, row, sheet
from tracker.domain.catalogue import load
from tracker.interop.sheets.mapping import mapping_from
from tracker.interop.sheets.opening import open_sheet
from tracker.interop.sheets.reading import read_rows
from tracker.services.import_portions import MOST_ROWS, portions


def of(*rows):
    opened = open_sheet(sheet(*rows).encode(), mapping_from({}))
    read = read_rows(opened, zone=LONDON, catalogue=load(), now=NOW)
    return list(portions([(one.row, one.record) for one in read]))


def born(number, **changed):
    return other(number, Born=f"{1 + number % 28} Mar {1940 + number // 28}", **changed)


def test_every_row_is_in_one_portion_and_no_portion_is_long():
    found = of(*(born(number) for number in range(1, 3 * MOST_ROWS)))

    assert [len(one) for one in found] == [MOST_ROWS, MOST_ROWS, MOST_ROWS - 1]
    assert sorted(number for one in found for number, _ in one) == list(range(2, 61))


def test_rows_that_may_be_about_one_patient_or_one_pump_stay_together():
    between = [born(number) for number in range(1, 2 * MOST_ROWS)]
    earlier = {"Filled_on": "1 Jun 2026", "Alarm_date": ""}
    found = of(row(), *between, row(**earlier), row(**earlier, MRN="7-A", Serial="TST5"))

    at = {number: place for place, one in enumerate(found) for number, _ in one}
    assert at[2] == at[len(between) + 3] == at[len(between) + 4]
