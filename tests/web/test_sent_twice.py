"""The same form sent twice: the second time writes nothing down, and says so."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.web.conftest import NOW, let_in, post, rows, version_of
from tests.web.test_orders import ORDERED
from tracker.domain.errors import TrackerError
from tracker.domain.reply import ReplyKind
from tracker.models import (
    ApiToken,
    Assignment,
    Authorisation,
    Away,
    Capacity,
    ContactAttempt,
    Countersign,
    DrugOrder,
    EndSign,
    Membership,
    OralMedicine,
    Refill,
    Reply,
    Role,
    SavedView,
    Staff,
    SupplyReason,
    Watch,
)
from tracker.services.assignments import assign
from tracker.services.replies import handle

ALREADY = "already"


def test_what_is_sent_twice_is_written_down_once(as_nadia, here, session):
    watch = rows(
        session, sa.select(Watch.id).where(Watch.open_key == f"{here.pump.id}:refill")
    )[0]
    call = {"called": "Ida", "result": "no_answer", "next_call_on": "2026-06-02"}
    call |= {"called_at_on": "2026-06-01", "called_at_time": "08:30"}
    medicine = {"kind": "baclofen", "name": "Baclofen", "dose": "10", "dose_unit": "mg"}
    medicine |= {"times_a_day": "3", "since_on": "2026-05-01"}
    payer = {"step": "asked", "happened_on": "2026-06-01", "payer": "Regional fund"}
    away = {"first_on": "2026-07-13", "last_on": "2026-07-24", "place": "Crete"}
    for table, path, form in (
        (ContactAttempt, f"/watches/{watch}/calls", call),
        (Away, f"/patients/{here.patient.id}/away", away),
        (DrugOrder, "/orders", ORDERED),
        (OralMedicine, f"/patients/{here.patient.id}/medicines", medicine),
        (Authorisation, f"/pumps/{here.pump.id}/authorisations", payer),
        (SupplyReason, f"/pumps/{here.pump.id}/supply", {"task": "order", "why_not": "shelf"}),
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
    wrong = {"reason": "The wrong patient."}
    assert post(as_ito, "/ends/1/disagree", **wrong).status_code == 302
    assert post(as_ito, "/ends/1/disagree", **wrong).status_code == 422


def test_a_countersign_that_is_sent_twice_counts_once(app, here, session):
    refill = rows(session, sa.select(Refill.id))[0]
    session.execute(sa.update(Refill).values(checked_by_id=here.ito.id))
    session.commit()
    as_ito = let_in(app.test_client(), session, here.ito)

    for word, reason in (("disagree", "It was 20 mL."), ("agree", "")):
        typed = {"reason": reason} if reason else {}
        assert post(as_ito, f"/countersign/{refill}/{word}", **typed).status_code == 302
        again = post(as_ito, f"/countersign/{refill}/{word}", **typed)
        assert "You have said so already" in again.text
    assert [one.is_agreed for one in rows(session, sa.select(Countersign))] == [False, True]


def test_a_token_and_a_day_s_places_that_are_sent_twice_are_made_once(as_nadia, here, session):
    session.execute(sa.update(Membership).values(role=Role.COORDINATOR))
    session.commit()
    token = {"name": "wall", "scope": "read_wall", "ends_on": "2026-07-01"}
    day = {"on_day": "2026-06-09", "visits": "2", "reason": "training"}

    said = [post(as_nadia, "/clinic/tokens", **token).status_code for _ in range(2)]
    for _ in range(2):
        assert post(as_nadia, "/clinic/places/day", **day).status_code == 302

    assert said == [200, 422]
    assert len(rows(session, sa.select(ApiToken.id))) == 1
    assert len(rows(session, sa.select(Capacity.id))) == 1


def test_of_two_who_give_a_watch_away_at_once_the_second_sees_the_first(
    here, session, sessions
):
    asked = sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill")
    read_before = session.scalars(asked).one()
    session.commit()
    given = {"reason": "she knows him", "by": here.nadia, "now": NOW}
    with sessions.begin() as another:
        assign(
            another, another.scalars(asked).one(), another.get_one(Staff, here.ito.id), **given
        )

    with pytest.raises(TrackerError, match="already"):
        assign(session, read_before, here.ito, **given)

    assert session.scalar(sa.select(sa.func.count()).select_from(Assignment)) == 1


def test_of_two_who_deal_with_an_answer_at_once_the_first_s_words_stay(here, session, sessions):
    facts = {"channel": "sms", "from_address": "+447700900001", "body": "call me"}
    facts |= {"provider": "test", "provider_ref": "1", "received_at": NOW}
    read_before = Reply(clinic_id=here.clinic.id, kind=ReplyKind.OTHER, **facts)
    session.add(read_before)
    session.commit()
    with sessions.begin() as another:
        handle(another, another.scalars(sa.select(Reply)).one(), "seen", by=here.ito, now=NOW)

    with pytest.raises(TrackerError, match="dealt with this meanwhile"):
        handle(session, read_before, "called", by=here.nadia, now=NOW)

    assert read_before.handled_how in ("", "seen")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_forms_at_the_same_moment_the_second_is_told_and_nothing_fails(
    as_nadia, here, session, sessions, log
):
    """Neither sees the other's row: the database says it, when the first is committed."""
    view = {"name": "mine", "query": "owner=me", "staff_id": here.nadia.id, "made_at": NOW}
    with sessions() as another, ThreadPoolExecutor() as beside:
        another.add(SavedView(clinic_id=here.clinic.id, **view))
        another.flush()
        late = beside.submit(post, as_nadia, "/worklist/views", name="mine", view="owner=me")
        while not session.scalar(sa.text("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")):
            session.rollback()
        another.commit()

    assert late.result().status_code == 422
    assert "saved at this very moment" in late.result().text
    assert "two at once: saved_views.create" in log.getvalue()
