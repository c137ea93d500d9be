"""Ending a pump on its pages: two people, a day put right, and an end undone."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from tests.web.conftest import NOW, let_in, post, rows, version_of
from tracker.models import Ending, Watch

ASKED = sa.select(Watch).where(Watch.kind == "ending", Watch.closed_at.is_(None))


@pytest.fixture
def as_ito(app, session, here):
    return let_in(app.test_client(), session, here.ito)


@pytest.fixture
def ending(as_nadia, session, here):
    """Nadia records that the patient died on 30 May, and names Dr Ito; the row's number."""
    fields = {"kind": "died", "note": "letter of the GP", "ended_on": "2026-05-30"}
    fields |= {"seen_version": version_of(session, here), "second": here.ito.id}
    assert post(as_nadia, f"/pumps/{here.pump.id}/end", **fields).status_code == 302
    return rows(session, sa.select(Ending.id))[-1]


def test_an_end_waits_for_its_second_person_in_sight_of_everybody(
    app, as_nadia, as_ito, session, here, ending
):
    pump, path = f"/pumps/{here.pump.id}", f"/ends/{ending}"
    assert "Waits for Ito Doctor, the second person" in as_nadia.get(pump).text
    assert "End of pump unconfirmed" in as_nadia.get("/").text
    assert "recorded as ended, and not confirmed" in as_nadia.get("/emergency-list").text
    assert "1 record that names you" in as_ito.get("/").text
    assert f'href="{path}"' in as_ito.get("/countersign").text

    assert post(as_nadia, f"{path}/agree").status_code == 422
    assert "not the one who recorded it" in as_nadia.get(path).text
    vera = let_in(app.test_client(), session, here.vera)
    assert vera.get(path).status_code == 403
    sam = let_in(app.test_client(), session, here.sam)
    for page in (path, f"{path}/correct", f"{path}/undo"):
        assert sam.get(page).status_code == 404
    assert post(as_ito, f"{path}/agree").status_code == 302

    assert "Confirmed <time" in as_nadia.get(pump).text
    assert here.patient.family_name not in as_nadia.get("/").text
    assert "Nothing waits for you" in as_ito.get("/countersign").text


def test_a_disputed_end_is_told_aloud_and_undone_where_it_was_none(
    as_nadia, as_ito, session, here, ending
):
    pump, path = f"/pumps/{here.pump.id}", f"/ends/{ending}"
    assert 'id="reason-error"' in post(as_ito, f"{path}/disagree").text
    words = {"reason": "she came to the clinic today"}
    assert post(as_ito, f"{path}/disagree", **words).status_code == 302

    (watch,) = rows(session, ASKED)
    assert watch.danger_at == NOW
    for page in (pump, f"/watches/{watch.id}"):
        assert "she came to the clinic today" in as_nadia.get(page).text
    undo = f"{path}/undo"
    assert f'href="{undo}"' in as_nadia.get(f"/watches/{watch.id}").text
    assert 'id="reason-error"' in post(as_nadia, undo).text
    typed = {"reason": "the letter was of another", "seen_version": version_of(session, here)}
    assert post(as_nadia, undo, **typed).status_code == 302

    page = as_nadia.get(pump).text
    assert "Refill-by" in page
    assert "Undone: the pump has not ended" in page
    assert "letter of the GP" in page
    assert rows(session, ASKED) == []


def test_a_mistyped_day_of_an_end_is_put_right_and_moves_the_figures(
    as_nadia, as_ito, session, here, ending
):
    path = f"/ends/{ending}"
    post(as_ito, f"{path}/agree")
    assert 'value="2026-05-30"' in as_ito.get(f"{path}/correct").text
    typed = {"note": "letter of the GP", "seen_version": version_of(session, here)}
    typed |= {"second": here.nadia.id, "reason": "mistyped"}
    for day in ("2026-06-02", "2026-03-01", "2026-05-30", ""):  # tomorrow, before the refill
        assert (
            'id="ended_on-error"' in post(as_ito, f"{path}/correct", **typed, ended_on=day).text
        )
    assert post(as_ito, f"{path}/correct", **typed, ended_on="2026-04-20").status_code == 302

    old, new = rows(session, sa.select(Ending).order_by(Ending.id))
    assert (old.ended_on, new.ended_on) == (date(2026, 5, 30), date(2026, 4, 20))
    assert (new.replaces_id, new.reason) == (old.id, "mistyped")
    (watch,) = rows(session, ASKED)  # the new row is another, and confirmed anew
    assert watch.owner_id == here.nadia.id
    page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "Reason: mistyped" in page
    assert "30 May 2026" in re.search(r'<li class="gone">.*?</li>', page, re.S)[0]
    figures = "/clinic/figures?since={}&until={}"
    april = as_nadia.get(figures.format("2026-04-01", "2026-05-01")).text
    assert "Patient died: 1" in april
    may = as_nadia.get(figures.format("2026-05-01", "2026-06-01")).text
    assert "Patient died: 1" not in may
    assert post(as_ito, f"{path}/correct", **typed, ended_on="2026-04-21").status_code == 422
