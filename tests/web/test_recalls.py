"""A notice is entered, a letter is printed, something is done for a pump."""

import sqlalchemy as sa

from tests.web.conftest import post, rows
from tracker.models import RecallPump, Watch

NEW = "/clinic/notices"


def typed(**more):
    return {
        "authority": "FDA", "reference": "Z-1", "title": "Motor may stall", "klass": "one",
        "model_synchromed_ii_40": "yes", "action": "Check the alarms.",
        "letter": "Please call us if it beeps.", **more,
    }  # fmt: skip


def test_a_notice_is_looked_at_first_then_entered_answered_and_its_letter_printed(
    as_nadia, here, session
):
    looked = post(as_nadia, f"{NEW}/check", **typed())
    assert "1 pump of this clinic would be watched" in looked.text
    assert rows(session, sa.select(RecallPump)) == []

    refused = post(as_nadia, NEW, **typed(first_serial="NGP1H", last_serial="NGV2H"))
    assert refused.status_code == 422
    assert 'id="last_serial-error"' in refused.text
    assert 'value="NGP1H"' in refused.text

    page = as_nadia.get(post(as_nadia, NEW, **typed()).location).text
    assert "0 of 1 answered" in page
    (row,) = rows(session, sa.select(RecallPump))
    pump_page = as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "Field-safety notice: affected." in pump_page
    assert "Field-safety notice" in as_nadia.get("/").text

    letter = as_nadia.get(f"/notices/{row.id}/letter").text
    body = letter[letter.index("<article") : letter.index("</article")]
    assert here.patient.family_name in body
    assert here.pump.serial in body
    assert "aclofen" not in body
    assert post(as_nadia, f"/notices/{row.id}/letter").status_code == 302

    empty = post(as_nadia, f"/notices/{row.id}", what="", done_on="2026-06-01")
    assert empty.status_code == 422
    post(as_nadia, f"/notices/{row.id}", what="Patient told whom to call", done_on="2026-06-01")

    (watch,) = rows(session, sa.select(Watch).where(Watch.kind == "recall"))
    assert watch.evidence_kind == "recall_pump"
    assert "1 of 1 answered" in as_nadia.get(f"{NEW}/{row.recall_id}").text
    assert "Field-safety notice: affected" not in as_nadia.get(f"/pumps/{here.pump.id}").text


def test_letters_that_were_printed_are_noted_as_sent_together_and_end_nothing(
    as_nadia, here, session
):
    notice = post(as_nadia, NEW, **typed()).location
    (row,) = rows(session, sa.select(RecallPump))
    assert "Note this letter as sent" in as_nadia.get(f"{notice}/letters").text

    said = as_nadia.get(post(as_nadia, f"{notice}/letters", row="0").location).text
    assert "0 letters noted as sent" in said  # none but those that stood on the page

    for noted in ("1 letter noted", "0 letters noted"):
        said = as_nadia.get(post(as_nadia, f"{notice}/letters", row=row.id).location).text
        assert noted in said
    again = as_nadia.get(f"{notice}/letters").text
    assert "1 of them is noted as sent already" in again
    assert "letter as sent</button>" not in again
    (watch,) = rows(session, sa.select(Watch).where(Watch.kind == "recall"))
    assert watch.closed_at is None


def test_a_published_notice_is_there_to_read_and_to_take_over_and_not_in_force(
    as_nadia, session
):
    page = as_nadia.get(NEW).text
    assert "A particle inside may stall the motor for good" in page
    assert rows(session, sa.select(RecallPump)) == []

    form = as_nadia.get(f"{NEW}/new?known=foreign_particle_2019").text

    assert 'value="2018-05-04"' in form
    assert "S:73" in form
