"""Somebody else closed it first: what was typed comes back, with what happened meanwhile."""

import pytest
import sqlalchemy as sa

from tests.web.conftest import NOW, post, rows
from tests.web.test_alarms import CALL
from tracker.domain.reply import ReplyKind
from tracker.models import Reply, Watch
from tracker.services.appointments import book, cancel
from tracker.services.replies import handle

WORDS = "told by the daughter at the door"


def lost_and_said(answer, meanwhile):
    """The page comes back with what was typed, once, and with what happened."""
    assert answer.status_code == 422
    assert answer.text.count(WORDS) == 1
    assert f"<blockquote>{WORDS}</blockquote>" in answer.text
    assert meanwhile in answer.text


def test_an_alarm_that_was_closed(as_nadia, session, here):
    alarm = post(as_nadia, f"/pumps/{here.pump.id}/alarms/new", **CALL).location
    reason = {"clinical_reason": "pump heard by Dr Ito", "clinician_id": here.ito.id}
    close = f"{alarm}/close-by-reason"
    assert post(as_nadia, close, **reason).status_code == 302

    late = post(as_nadia, close, **reason | {"clinical_reason": WORDS})

    lost_and_said(late, "pump heard by Dr Ito")
    (watch,) = rows(session, sa.select(Watch).where(Watch.kind == "alarm"))
    at = {"snooze_until_on": "2026-06-02", "snooze_until_time": "09:00"}
    late = post(as_nadia, f"/watches/{watch.id}/silence/snooze", snooze_reason=WORDS, **at)
    lost_and_said(late, "<dt>Ended</dt>")


def test_a_visit_that_was_cancelled(as_nadia, session, here):
    visit = book(session, here.pump, scheduled_at=NOW.replace(day=8), by=here.ito, now=NOW)
    cancel(session, visit, reason="the ward is closed", by=here.ito, now=NOW)
    session.commit()

    late = post(
        as_nadia, f"/appointments/{visit.id}/end", became="cancelled", reason_of_end=WORDS
    )

    lost_and_said(late, "the ward is closed")


def test_an_answer_that_was_seen_to(as_nadia, session, here):
    reply = Reply(
        clinic_id=here.clinic.id, patient_id=here.patient.id, channel="sms", provider="test",
        provider_ref="1",
        from_address="+447700900001", received_at=NOW, body="call me", kind=ReplyKind.OTHER,
    )  # fmt: skip
    session.add(reply)
    session.flush()
    handle(session, reply, "telephoned at once", by=here.ito, now=NOW)
    session.commit()

    late = post(as_nadia, f"/inbox/{reply.id}/handled", how=WORDS)

    lost_and_said(late, "telephoned at once")


@pytest.mark.parametrize("path", ["/alarms/99999/close-by-reason", "/watches/99999/calls"])
def test_what_is_not_there_any_more_gives_the_words_back(as_nadia, path):
    answer = post(as_nadia, path, clinical_reason=WORDS, new_password="not to be shown")

    assert answer.status_code == 404
    assert answer.text.count(WORDS) == 1
    assert "not to be shown" not in answer.text
