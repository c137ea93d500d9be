"""A message to a patient that can't be put into words: who is told of it, and until when."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import a_ward, asked_to_book, messages
from tests.outlets import Listed, into
from tests.services.digests import nadia_owns, send
from tracker.domain.danger import WatchKind
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs import deliver, tick
from tracker.models import Watch
from tracker.notify.render import Renderer
from tracker.services.unfit_words import report_fault

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UNFIT = DeliveryFailed("no fit words", refusal=Refusal.UNFIT)


def sent(sessions, sender, *, at):
    tick(sessions, now=at, host="h")
    deliver(sessions, into(sender), host="h", now=at)


def faults(session):
    asked = sa.select(Watch).where(Watch.kind == WatchKind.SYSTEM, Watch.closed_at.is_(None))
    found = session.scalars(asked.execution_options(populate_existing=True)).all()
    session.commit()  # a reader that stays open keeps others from writing
    return found


def test_promise_evidence_only_a_colleague_who_is_told_tells_no_patient(sessions, session, now):
    """The words to her are unfit still: those to staff are others."""
    asked_to_book(session, a_ward(session), now=now)
    session.commit()
    sent(sessions, Listed(fails=UNFIT), at=now)
    (lost,) = messages(session, state="failed")
    assert lost.contact_id is not None
    (fault,) = faults(session)

    sent(sessions, Listed(), at=now + DAY)
    assert [one for one in messages(session, state="sent") if one.watch_id == lost.watch_id]
    assert faults(session) == [fault]

    for day in range(2, 15):  # the next step to her is in words that are fit
        sent(sessions, Listed(), at=now + day * DAY)
    assert [one for one in messages(session, state="sent") if one.contact_id is not None]
    assert faults(session) == []
    assert fault.evidence_kind == "sent_again"


@pytest.mark.parametrize("is_mended", [True, False])
def test_promise_evidence_only_a_line_of_a_digest_shows_no_fit_words(
    sessions, session, now, monkeypatch, is_mended
):
    """Its subject is fit all the while; the letter that it is the subject of was not."""
    nadia_owns(session, sessions, 2, now)
    lost = messages(session, state="planned")[0]
    pump, letter = f"pump {lost.watch.pump_id}", Renderer._html
    report_fault(session, lost, "no fit words", now=now - HOUR)
    session.commit()

    def poisoned(renderer, template, body, facts, **how):
        if not is_mended and facts["who"].endswith(pump):
            raise ValueError("a template that fails")
        return letter(renderer, template, body, facts, **how)

    monkeypatch.setattr(Renderer, "_html", poisoned)

    report = send(sessions, Listed(), now)

    assert (report.sent, report.failed) == ((2, 0) if is_mended else (1, 1))
    assert (faults(session) == []) is is_mended
