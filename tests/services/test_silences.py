"""Silences: who is first, how long at most, what ends them, and what never does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import Ward, a_ward, a_watched_pump, messages
from tests.outlets import Listed, into
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.message import MessageState
from tracker.domain.silence import CallResult, CannotSilence
from tracker.jobs import deliver, tick
from tracker.models import SilenceRow, Staff, Watch
from tracker.services.contact_attempts import calls_of, record_call
from tracker.services.lifespans import close, close_keys
from tracker.services.owners import own
from tracker.services.silences import (
    TakenAlready,
    acknowledge,
    break_for,
    end_silence,
    silenced,
    snooze,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Sessions = sessionmaker[Session]


@pytest.fixture
def ward(session: Session) -> Ward:
    return a_ward(session)


@pytest.fixture
def watch(session: Session, ward: Ward, now: datetime) -> Watch:
    """Two weeks before its date, so that staff is told at once."""
    found = a_watched_pump(session, ward, danger_at=now + 14 * DAY - HOUR)
    session.commit()
    return found


def test_promise_exactly_enough_what_was_planned_before_is_not_sent_after(
    sessions: Sessions, session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    tick(sessions, now=now, host="h")
    acknowledge(session, watch, note="I call", until=now + DAY, by=ward.cleo, now=now)
    session.commit()
    sender = Listed()

    deliver(sessions, into(sender), host="h", now=now)

    assert sender.told == []
    waited = messages(session, watch_id=watch.id, step=watch.cursor)
    assert {(one.state, one.state_reason) for one in waited} == {
        (MessageState.CANCELLED, "Cleo has it until 02 Jun 2026 09:00")
    }


def test_the_first_wins_and_the_second_sees_who_and_when(
    session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    acknowledge(session, watch, note="mine", until=now + DAY, by=ward.cleo, now=now)

    with pytest.raises(TakenAlready, match=r"Cleo has it until .*, since 01 Jun 2026 09:00"):
        snooze(session, watch, reason="later", until=now + DAY, by=ward.nadia, now=now)


def test_two_who_take_it_at_the_same_moment_are_told_who_was_first(
    sessions: Sessions, session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    """Two real transactions, neither of which had committed when the other began."""
    both = Barrier(2)
    ids = {"Cleo": ward.cleo.id, "Nadia": ward.nadia.id}
    watch_id = watch.id
    session.commit()

    def take(name: str) -> str:
        with sessions() as mine:
            both.wait(timeout=10)
            found, who = mine.get_one(Watch, watch_id), mine.get_one(Staff, ids[name])
            try:
                acknowledge(mine, found, note="I call", until=now + DAY, by=who, now=now)
                mine.commit()
            except TakenAlready as refused:
                mine.rollback()
                return str(refused)
        return name

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(take, ids))

    (first,) = set(said) & set(ids)
    (second,) = set(said) - set(ids)
    assert second.startswith(f"{first} has it until 02 Jun 2026 09:00, since 01 Jun 2026")
    assert [one.by_id for one in session.query(SilenceRow)] == [ids[first]]


def test_it_may_be_taken_again_once_its_time_is_over(
    session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    acknowledge(session, watch, note="mine", until=now + DAY, by=ward.cleo, now=now)

    at = now + DAY
    acknowledge(session, watch, note="mine", until=at + DAY, by=ward.nadia, now=at)

    assert [one.by_id for one in silenced(session, ward.clinic)] == [ward.nadia.id]


@pytest.mark.parametrize(
    ("kind", "length", "sentence"),
    [
        (acknowledge, 8 * DAY, "latest end allowed"),
        (snooze, 4 * DAY, "latest end allowed"),
        (acknowledge, timedelta(0), "quarter of an hour"),
        (snooze, -DAY, "quarter of an hour"),
    ],
)
def test_too_long_and_too_short_are_refused_beside_the_field(
    session: Session, ward: Ward, watch: Watch, now: datetime, kind, length, sentence
) -> None:
    word = "note" if kind is acknowledge else "reason"

    with pytest.raises(CannotSilence, match=sentence) as refused:
        kind(session, watch, **{word: "x"}, until=now + length, by=ward.cleo, now=now)

    assert refused.value.field == "until_on"


def test_no_reason_and_an_urgent_snooze_and_a_passed_date_are_refused(
    session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    with pytest.raises(CannotSilence) as refused:
        snooze(session, watch, reason=" ", until=now + DAY, by=ward.cleo, now=now)
    assert refused.value.field == "reason"
    late = a_watched_pump(session, ward, danger_at=now - HOUR)
    for kind, word in ((acknowledge, "note"), (snooze, "reason")):
        with pytest.raises(CannotSilence):
            kind(session, late, **{word: "x"}, until=now + HOUR, by=ward.cleo, now=now)
    soon = a_watched_pump(session, ward, danger_at=now + HOUR, level="urgent")
    with pytest.raises(CannotSilence, match="urgent"):
        snooze(session, soon, reason="x", until=now + HOUR / 4, by=ward.cleo, now=now)


def test_anybody_ends_it_with_one_click_and_the_watch_is_due(
    sessions: Sessions, session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    acknowledge(session, watch, note="mine", until=now + DAY, by=ward.cleo, now=now)
    session.commit()
    assert tick(sessions, now=now, host="h").planned == 0

    assert end_silence(session, watch, by=ward.nadia, now=now + HOUR)
    assert not end_silence(session, watch, by=ward.nadia, now=now + HOUR)

    session.commit()
    assert watch.next_action_at == now + HOUR
    assert tick(sessions, now=now + HOUR, host="h").planned > 0
    assert tick(sessions, now=now + HOUR, host="h").planned == 0
    row = session.query(SilenceRow).one()
    assert (row.ended_by_id, row.ended_because) == (ward.nadia.id, "ended by Nadia")


def test_promise_persistent_a_bounce_or_an_answer_breaks_it(
    sessions: Sessions, session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    acknowledge(session, watch, note="mine", until=now + DAY, by=ward.cleo, now=now)
    assert watch.pump_id is not None

    assert break_for(session, watch.pump_id, "the patient has answered", now=now) == 1

    assert session.query(SilenceRow).one().ended_because == "the patient has answered"
    session.commit()
    assert tick(sessions, now=now, host="h").planned > 0


@pytest.mark.parametrize("by_key", [False, True])
def test_closing_a_watch_ends_its_silence_in_the_same_act(
    session: Session, ward: Ward, watch: Watch, now: datetime, by_key: bool
) -> None:
    acknowledge(session, watch, note="mine", until=now + DAY, by=ward.cleo, now=now)
    session.commit()
    watch.pump.ended_at, watch.pump.end_note = now, "explanted"
    watch.pump.end_kind = "explanted"
    session.flush()

    if by_key:
        assert (
            close_keys(
                session,
                [str(watch.open_key)],
                Evidence(EvidenceKind.REFILL, 1, is_new_fill=True),
                now=now,
            )
            == 1
        )
    else:
        close(session, watch, Evidence(EvidenceKind.REFILL, 1, is_new_fill=True), now=now)

    session.flush()
    session.expire_all()
    row = session.query(SilenceRow).one()
    assert (row.ended_at, row.ended_because) == (now, "the watch has ended")


def test_a_call_that_reached_nobody_says_when_the_next_one_is(
    session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    was = (watch.next_action_at, watch.owner_id)

    def call(result: CallResult, next_on: date | None, at: datetime = now) -> None:
        record_call(
            session,
            watch,
            result=result,
            called="Ada",
            called_at=at,
            next_call_on=next_on,
            by=ward.nadia,
            now=now,
        )

    call(CallResult.REACHED, None)
    call(CallResult.NO_ANSWER, now.date())
    for wrong in (
        (CallResult.NO_ANSWER, None),
        (CallResult.MESSAGE_LEFT, (now - DAY).date()),
        (CallResult.REACHED, None, now + HOUR),
    ):
        with pytest.raises(TrackerError):
            call(*wrong)
    assert [one.result for one in calls_of(session, watch)] == ["no_answer", "reached"]
    assert (watch.next_action_at, watch.owner_id) == was


def test_a_watch_is_given_only_to_somebody_who_works_here_still(
    session: Session, ward: Ward, watch: Watch, now: datetime
) -> None:
    other = a_ward(session, "Dale Clinic")
    ward.ito.left_at = now
    session.flush()

    own(session, watch, ward.cleo, by=ward.nadia, now=now)

    assert watch.owner is ward.cleo
    for who in (other.nadia, ward.ito):
        with pytest.raises(TrackerError, match="can't take it"):
            own(session, watch, who, by=ward.nadia, now=now)


def test_empty_says_one_thing_and_low_is_quiet(
    sessions: Sessions, session: Session, ward: Ward, now: datetime
) -> None:
    """ "Empty" inhibits "low": one watch, and each person has one current message."""
    watch = a_watched_pump(session, ward, danger_at=now - 10 * DAY)
    session.commit()

    tick(sessions, now=now, host="h")

    waiting = messages(session, watch_id=watch.id, state=MessageState.PLANNED)
    assert {one.template for one in waiting} == {"refill_dry"}
    assert len({one.staff_id for one in waiting}) == len(waiting)
