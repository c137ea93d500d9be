"""The same form sent twice: the second time writes nothing down, and says so."""

import sqlalchemy as sa

from tests.web.conftest import let_in, post, rows, version_of
from tests.web.test_orders import ORDERED
from tracker.models import Away, ContactAttempt, DrugOrder, EndSign, Watch

ALREADY = "already"


def test_a_call_an_absence_and_an_order_that_are_sent_twice_are_written_down_once(
    as_nadia, here, session
):
    watch = rows(
        session, sa.select(Watch.id).where(Watch.open_key == f"{here.pump.id}:refill")
    )[0]
    call = {"called": "Ida", "result": "no_answer", "next_call_on": "2026-06-02"}
    call |= {"called_at_on": "2026-06-01", "called_at_time": "08:30"}
    away = {"first_on": "2026-07-13", "last_on": "2026-07-24", "place": "Crete"}
    for table, path, form in (
        (ContactAttempt, f"/watches/{watch}/calls", call),
        (Away, f"/patients/{here.patient.id}/away", away),
        (DrugOrder, "/orders", ORDERED),
    ):
        assert post(as_nadia, path, **form).status_code == 302, path
        again = post(as_nadia, path, **form)

        assert again.status_code == 422, path
        assert f"written down {ALREADY}" in again.text
        assert len(rows(session, sa.select(table.id))) == 1
    assert post(as_nadia, "/orders", **ORDERED | {"note": "a second one"}).status_code == 302


def test_a_second_person_s_word_that_is_sent_twice_counts_once(app, as_nadia, here, session):
    fields = {"kind": "died", "note": "letter of the GP", "ended_on": "2026-05-30"}
    fields |= {"seen_version": version_of(session, here), "second": here.ito.id}
    post(as_nadia, f"/pumps/{here.pump.id}/end", **fields)
    as_ito = let_in(app.test_client(), session, here.ito)

    assert post(as_ito, "/ends/1/agree").status_code == 302
    again = post(as_ito, "/ends/1/agree")

    assert again.status_code == 422
    assert f"You have confirmed it {ALREADY}." in again.text
    assert len(rows(session, sa.select(EndSign.id))) == 1
    assert post(as_ito, "/ends/1/disagree", reason="The wrong patient.").status_code == 302
