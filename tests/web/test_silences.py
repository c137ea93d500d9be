"""A watch's page: taken in hand, put off, given back, called about, and handed on."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.web.conftest import NOW, post, rows
from tracker.domain.message import Channel
from tracker.models import ContactAttempt, Relation, SilenceRow, Watch
from tracker.services.cover import record_absence
from tracker.services.patients import NewContact, add_contact
from tracker.services.silences import acknowledge

DAY = timedelta(days=1)
TAKEN = {
    "acknowledgement_reason": "I call them today",
    "acknowledgement_until_on": "2026-06-03",
    "acknowledgement_until_time": "09:00",
}


@pytest.fixture
def path(here, session):
    asked = sa.select(Watch.id).where(Watch.pump_id == here.pump.id, Watch.kind == "refill")
    return f"/watches/{rows(session, asked.where(Watch.closed_at.is_(None)))[0]}"


def test_a_watch_is_taken_in_hand_shown_and_given_back_with_one_click(
    as_nadia, here, path, session
):
    assert post(as_nadia, f"{path}/silence/acknowledgement", **TAKEN).status_code == 302

    for page in ("/", path, "/silences", f"/pumps/{here.pump.id}"):
        shown = as_nadia.get(page).text
        assert here.nadia.name in shown
        assert "03 Jun 2026" in shown or "3 Jun 2026" in shown, page
    assert "I call them today" in as_nadia.get("/silences").text
    assert post(as_nadia, f"{path}/silence/end", back="list").location == "/silences"
    assert "Nothing is silenced" in as_nadia.get("/silences").text
    assert rows(session, sa.select(SilenceRow.ended_by_id)) == [here.nadia.id]


@pytest.mark.parametrize("kind", ["acknowledgement", "snooze"])
def test_what_is_refused_stands_beside_its_field_and_nothing_typed_is_lost(
    as_nadia, path, session, kind
):
    typed = {f"{kind}_reason": "my words", f"{kind}_until_on": "2030-01-01"}

    answer = post(
        as_nadia, f"{path}/silence/{kind}", **typed, **{f"{kind}_until_time": "09:00"}
    )

    assert answer.status_code == 422
    assert f'id="{kind}_until_on-error"' in answer.text
    assert "The latest end allowed is" in answer.text
    assert "my words" in answer.text
    assert rows(session, sa.select(SilenceRow.id)) == []


def test_the_second_sees_who_was_first(as_nadia, here, path, session):
    watch = session.get_one(Watch, int(path.rpartition("/")[2]))
    acknowledge(session, watch, note="mine", until=NOW + DAY, by=here.ito, now=NOW)
    session.commit()

    answer = post(as_nadia, f"{path}/silence/acknowledgement", **TAKEN)

    assert answer.status_code == 422
    assert f"{here.ito.name} has it until" in answer.text


def test_a_call_is_written_down(as_nadia, path, session):
    typed = {
        "called": "Ada",
        "result": "no_answer",
        "called_at_on": "2026-06-01",
        "called_at_time": "08:30",
    }
    refused = post(as_nadia, f"{path}/calls", **typed)
    assert refused.status_code == 422
    assert 'id="next_call_on-error"' in refused.text

    saved = post(as_nadia, f"{path}/calls", **typed, next_call_on="2026-06-02")

    assert saved.status_code == 302
    assert rows(session, sa.select(ContactAttempt.called)) == ["Ada"]
    assert "no answer" in as_nadia.get(path).text


def test_a_watch_is_given_to_a_colleague_only(as_nadia, here, path, session):
    stranger = post(as_nadia, f"{path}/owner", owner_id=here.sam.id)
    assert stranger.status_code == 422
    assert "Choose one of the list." in stranger.text
    assert here.sam.name not in stranger.text
    assert post(as_nadia, f"{path}/owner").status_code == 422
    unsaid = post(as_nadia, f"{path}/owner", owner_id=here.ito.id)
    assert 'id="owner_reason-error"' in unsaid.text
    said = {"owner_id": here.ito.id, "owner_reason": "I am in theatre today"}
    record_absence(
        session, here.clinic, here.ito, starts_at=NOW, ends_at=NOW + 2 * DAY,
        deputy=here.nadia, note="", by=here.ito, now=NOW,
    )  # fmt: skip
    session.commit()
    assert post(as_nadia, f"{path}/owner", **said).status_code == 302
    page = as_nadia.get(path).text
    assert "away until 3 Jun 2026, 09:00: Nadia Nurse stands in meanwhile." in page
    assert "I am in theatre today" in as_nadia.get(path).text
    number = int(path.rpartition("/")[2])
    assert rows(session, sa.select(Watch.owner_id).where(Watch.id == number)) == [here.ito.id]


POSTED = ("/silence/acknowledgement", "/silence/snooze", "/silence/end", "/calls", "/owner")


def test_a_viewer_reads_and_posts_nothing(as_vera, path):
    assert "Take it in hand" not in as_vera.get(path).text
    assert as_vera.get("/silences").status_code == 200
    for end in POSTED:
        assert post(as_vera, path + end, **TAKEN).status_code == 403


def test_another_clinics_watch_can_be_neither_seen_nor_quietened(as_sam, path):
    for end in POSTED:
        assert post(as_sam, path + end, **TAKEN).status_code == 404


def test_a_watch_says_whom_to_reach_and_what_can_be_done(as_nadia, here, path, session):
    new = NewContact(Relation.PATIENT, "Ada", Channel.SMS, "+44 7700 900123")
    add_contact(session, here.patient, new, by=here.nadia, now=NOW)
    session.commit()

    page = as_nadia.get(path).text

    assert '<a href="tel:+447700900123">+44 7700 900123</a>' in page
    for where in ("refills/new", "visit"):
        assert f'href="/pumps/{here.pump.id}/{where}"' in page
    assert "<dt>Refill-by</dt>" in page


def test_a_watch_that_can_not_be_quietened_says_so_once(as_nadia, path, session):
    watch = session.get_one(Watch, int(path.rpartition("/")[2]))
    watch.danger_at, watch.level = NOW - DAY, "urgent"
    session.commit()

    page = as_nadia.get(path).text

    assert page.count("only what ends the danger quietens this watch") == 1
    assert "take it in hand instead" not in page


def test_what_is_silenced_is_named_by_its_patient(as_nadia, here, path):
    post(as_nadia, f"{path}/silence/acknowledgement", **TAKEN)

    page = as_nadia.get("/silences").text

    assert f"{here.patient.family_name}, {here.patient.given_name}" in page
    assert 'href="/clinic" aria-current="true"' in page  # and the way back
