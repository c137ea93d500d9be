"""The page on which a coordinator brings in the clinic's sheet."""

import io
import re

import pytest
import sqlalchemy as sa

from tests.interop.sheets.sheets import GOOD, good_book, other, packed, row, sheet
from tests.web.conftest import csrf_token, let_in
from tracker.models import Membership, Pump, Role

PAGE = "/clinic/import"
FILLED = {"Filled_on": "2 May 2026", "Alarm_date": ""}  # before the moment of these tests
ROWS = (row(**FILLED), other(1, **FILLED, Born="03/04/1971"), other(2, **FILLED, Conc="=1+1"))


@pytest.fixture
def coordinator(client, session, here):
    asked = sa.select(Membership).filter_by(staff_id=here.nadia.id)
    session.scalars(asked).one().role = Role.COORDINATOR
    session.commit()
    return let_in(client, session, here.nadia)


def pumps(session):
    found = session.scalar(sa.select(sa.func.count()).select_from(Pump))
    session.commit()  # a reader that stays open keeps others from writing
    return found


def fields(page):
    """What the second form of the page would send."""
    start = page.index('name="held"')
    form = page[page.rindex("<form", 0, start) : page.index("</form>", start)]
    sent = dict(re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', form))
    for name, inside in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.S
    ):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        sent[name] = chosen[1] if chosen else ""
    return sent


def send(client, content, name="clinic.csv"):
    token = csrf_token(client.get(PAGE).text)
    sent = {"csrf_token": token, "file": (io.BytesIO(content), name)}
    return client.post(f"{PAGE}/check", data=sent)


def test_a_sheet_is_shown_answered_and_taken_in(coordinator, session):
    before = pumps(session)
    first = send(coordinator, sheet(*ROWS).encode())
    assert first.status_code == 200, first.text
    assert "1 row can come in" in first.text
    assert "3 April or 4 March" in first.text
    assert "What the sheet doesn" in first.text
    assert pumps(session) == before

    answered = fields(first.text) | {"date_order": "DMY"}
    second = coordinator.post(f"{PAGE}/check", data=answered)
    assert "2 rows can come in" in second.text
    assert pumps(session) == before

    done = coordinator.post(PAGE, data=fields(second.text))
    assert "2 rows of clinic.csv came in" in done.text
    assert pumps(session) == before + 2
    again = coordinator.post(PAGE, data=fields(second.text))
    assert "0 rows of clinic.csv came in" in again.text
    assert pumps(session) == before + 2

    kept = fields(done.text)
    file = coordinator.post(f"{PAGE}/result.csv", data=kept)
    assert file.mimetype == "text/csv"
    assert '"=1+1' not in file.text
    assert "not an amount" in file.text


def test_what_can_t_be_read_is_said_beside_the_file_and_the_page_stays(
    coordinator, monkeypatch
):
    # a larger file would be kept on disk by the client of these tests
    monkeypatch.setattr("tracker.web.imports.LARGEST_FILE", 19_000)
    for content, reason in (
        (b"%PDF-1.4", "a PDF"),
        (b"PK\x03\x04x", "broken"),
        (b"a;b\n1;2\n", "No column could be matched"),
        (b"x" * 20_000, "larger than 1 MB"),
        (b"", "empty"),
    ):
        answer = send(coordinator, content)
        assert answer.status_code == 422
        assert reason in answer.text
    book = packed(good_book(**FILLED))
    assert "1 row can come in" in send(coordinator, book, "clinic.xlsx").text


def test_headings_that_no_word_of_ours_names_are_asked_about(coordinator):
    odd = {name: f"Spalte {number}" for number, name in enumerate(GOOD)}
    unclear = row(**FILLED, Dose_day="30 mcg", Conc="500 mcg/mL")
    page = send(coordinator, sheet(unclear, renamed=odd).encode())
    assert page.status_code == 422
    assert "No column could be matched" in page.text

    wanted = ("full_name", "mrn", "birth_date", "pump_model", "pump_serial", "drug",
              "concentration", "dose", "refilled_on", "volume_after_refill_ml", "")  # fmt: skip
    sent = fields(page.text) | {f"column-{at}": one for at, one in enumerate(wanted)}
    again = coordinator.post(f"{PAGE}/check", data=sent)
    assert "30 mcg is a dose per day or per hour" in again.text
    sent = fields(again.text) | {"unit_dose": "mcg/day"}
    assert "1 row can come in" in coordinator.post(f"{PAGE}/check", data=sent).text


def test_another_sheet_of_the_workbook_is_read_afresh(coordinator):
    made = good_book(**FILLED)
    older = made.create_sheet("Older")
    older.append(list(GOOD))
    older.append([*row(**FILLED, MRN="0099", Serial="T9", Patient="Sample, Ove").values()])
    page = send(coordinator, packed(made), "clinic.xlsx")
    assert "say which of Pumps, Older" in page.text
    sent = fields(page.text) | {"sheet": "Older"}
    page = coordinator.post(f"{PAGE}/check", data=sent)
    assert "MRN 0099" in page.text
    page = coordinator.post(f"{PAGE}/check", data=fields(page.text) | {"sheet": "Pumps"})
    assert "MRN 0007" in page.text


def test_a_page_that_was_tampered_with_or_is_another_s_holds_no_file(coordinator, here):
    page = send(coordinator, sheet(row(**FILLED)).encode()).text
    sent = fields(page)
    assert GOOD["Serial"] not in sent["held"]
    answer = coordinator.post(PAGE, data=sent | {"held": sent["held"][:-8] + "AAAAAAA="})
    assert answer.status_code == 422
    assert "choose it again" in answer.text


def test_a_nurse_is_not_offered_it(as_nadia):
    assert as_nadia.get(PAGE).status_code == 403


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_disk_that_fails_between_two_portions_is_no_row_s_fault_and_what_came_in_is_told(
    app, coordinator, session, monkeypatch
):
    """The same sheet, brought again, takes in the rest."""
    monkeypatch.setattr("tracker.services.import_portions.MOST_ROWS", 2)
    four = [other(at, **FILLED, Born=f"03/14/197{at}") for at in range(1, 5)]
    before, sent = pumps(session), fields(send(coordinator, sheet(*four).encode()).text)
    registered = []

    @sa.event.listens_for(app.extensions["tracker"].engine, "after_cursor_execute")
    def fail(connection, _cursor, statement, *_):
        registered.extend(["one"] * statement.startswith("INSERT INTO patient"))
        if len(registered) == 3:  # the first of the second portion
            order = "PRAGMA query_only=1"
            connection.connection.driver_connection.execute(order).close()

    broken = coordinator.post(PAGE, data=sent)

    assert broken.status_code == 503
    assert "Nothing was saved" not in broken.text
    assert "look whether it is there" in broken.text
    assert pumps(session) == before + 2
    app.extensions["tracker"].engine.dispose()  # the disk is well again
    registered.clear()
    registered.extend(["more"] * 9)
    assert "2 rows of clinic.csv came in" in coordinator.post(PAGE, data=sent).text
    assert pumps(session) == before + 4
