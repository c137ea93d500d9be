"""What quietens a watch, event by event: staff, patient, the board, and what ends it.

Each row of EVENTS is an event; its cells are driven through the services, the tick and sending.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests import scenes
from tests.cast import Ward, a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.living import live
from tests.outlets import Listed, into
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.domain.silence import CallResult
from tracker.jobs import deliver, tick
from tracker.models import (
    Absence,
    Appointment,
    Contact,
    Membership,
    Message,
    SilenceRow,
    Watch,
)
from tracker.services import appointments, replies, reports
from tracker.services.boards import BoardFilters, BoardRow, board_rows
from tracker.services.contact_attempts import record_call
from tracker.services.silences import acknowledge, snooze

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Sessions = sessionmaker[Session]
NUMBER = "+441632960123"


@dataclass
class Scene:
    """A critical pump three weeks before its date, whose patient may be written to."""

    session: Session
    ward: Ward
    watch: Watch
    contact: Contact
    now: datetime


def acked(scene: Scene) -> None:
    until = scene.now + 10 * DAY
    acknowledge(
        scene.session,
        scene.watch,
        note="I call",
        until=until,
        by=scene.ward.cleo,
        now=scene.now,
    )


def snoozed(scene: Scene) -> None:
    until = scene.now + 5 * DAY
    snooze(
        scene.session,
        scene.watch,
        reason="away",
        until=until,
        by=scene.ward.cleo,
        now=scene.now,
    )


def called(scene: Scene) -> None:
    record_call(
        scene.session,
        scene.watch,
        result=CallResult.NO_ANSWER,
        called="Ada",
        called_at=scene.now,
        next_call_on=(scene.now + DAY).date(),
        by=scene.ward.nadia,
        now=scene.now,
    )


def booked(scene: Scene, at: datetime, *, now: datetime, **more: Any) -> Appointment:
    assert scene.watch.pump is not None
    who = scene.ward.nadia
    made = appointments.book(
        scene.session, scene.watch.pump, scheduled_at=at, by=who, now=now, **more
    )
    scene.session.commit()
    return made


def booked_before(scene: Scene) -> None:
    booked(scene, scene.now + 9 * DAY, now=scene.now)


def booked_after(scene: Scene) -> None:
    assert scene.watch.danger_at is not None
    signed = {"signed_by": scene.ward.ito, "signed_reason": "the patient is abroad"}
    booked(scene, scene.watch.danger_at + DAY, now=scene.now, **signed)


def missed(scene: Scene) -> None:
    """On Friday nobody came, and it is Monday."""
    at = scene.now - 3 * DAY
    made = booked(scene, at, now=at - 4 * DAY)
    appointments.miss(scene.session, made, by=scene.ward.nadia, now=at + 2 * HOUR)


def cancelled(scene: Scene) -> None:
    made = booked(scene, scene.now + 9 * DAY, now=scene.now)
    appointments.cancel(scene.session, made, reason="ill", by=scene.ward.nadia, now=scene.now)


def kept_without_a_refill(scene: Scene) -> None:
    at = scene.now - 3 * DAY
    made = booked(scene, at, now=at - 4 * DAY)
    appointments.keep(scene.session, made, by=scene.ward.nadia, now=at + 2 * HOUR)


def answered(scene: Scene, text: str) -> None:
    """What the patient writes back, as a provider calls it in."""
    scene.contact.channel, scene.contact.address = Channel.SMS, NUMBER
    scene.session.flush()
    said = replies.Answered("twilio", "SM9", NUMBER, "+441632960999", text)
    replies.receive(scene.session, said, now=scene.now)


def confirmed_by_sms(scene: Scene) -> None:
    booked_before(scene)
    answered(scene, "Yes")


def stopped_by_sms(scene: Scene) -> None:
    answered(scene, "STOP")


def wrong_number(scene: Scene) -> None:
    answered(scene, "You have the wrong number")


def wrote(scene: Scene) -> None:
    answered(scene, "I have a fever")


def bounced(scene: Scene) -> None:
    """A mail server says that yesterday's e-mail found nobody."""
    yesterday = scene.now - DAY
    scene.session.add(
        Message(
            key="bounced",
            clinic_id=scene.ward.clinic.id,
            watch_id=scene.watch.id,
            step=1,
            round=0,
            level="info",
            template="refill_please_book",
            contact_id=scene.contact.id,
            channel=scene.contact.channel,
            state=MessageState.SENT,
            due_at=yesterday,
            planned_at=yesterday,
            sent_at=yesterday,
        )
    )
    scene.session.flush()
    said = reports.Said("smtp", "bounced", "", "bounced", "5.1.1")
    reports.receive(scene.session, said, now=scene.now)


def deputy_acked(scene: Scene) -> None:
    scene.session.add(
        Absence(
            clinic_id=scene.ward.clinic.id,
            staff_id=scene.ward.nadia.id,
            starts_at=scene.now - DAY,
            ends_at=scene.now + 9 * DAY,
            deputy_id=scene.ward.cleo.id,
            recorded_at=scene.now,
            recorded_by_id=scene.ward.nadia.id,
        )
    )
    scene.session.flush()
    acked(scene)


def nothing(scene: Scene) -> None:
    del scene


# event, is staff told in the next week, is the patient, what the board says of it
EVENTS: list[tuple[Callable[[Scene], None], bool, bool, str | None]] = [
    (nothing, True, True, None),
    (acked, False, True, "Cleo"),
    (snoozed, False, True, "Cleo"),
    (called, True, True, None),
    (booked_before, False, False, None),
    (booked_after, True, True, None),
    (missed, True, True, None),
    (cancelled, True, True, None),
    (kept_without_a_refill, True, True, None),
    (confirmed_by_sms, False, False, None),
    (stopped_by_sms, True, False, None),
    (wrong_number, True, False, None),
    (bounced, True, False, None),
    (wrote, True, False, None),  # no way for texts is set up here
    (deputy_acked, False, True, "Cleo for Nadia"),
]


NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def three_weeks_before(session: Session) -> SimpleNamespace:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    contact = a_contact(session, patient)
    watch = a_watched_pump(session, ward, patient=patient, danger_at=NOW + 22 * DAY)
    return SimpleNamespace(ward=ward, watch=watch, contact=contact)


@pytest.fixture
def begins_with() -> scenes.Scene:
    return three_weeks_before


@pytest.fixture
def scene(session: Session, standing: SimpleNamespace) -> Scene:
    return Scene(session, now=NOW, **vars(standing))


def on_board(scene: Scene) -> BoardRow:
    rows = board_rows(scene.session, scene.ward.clinic, BoardFilters(), now=scene.now)
    scene.session.commit()
    return next(row for row in rows if row.watch_id == scene.watch.id)


def told(scene: Scene, sessions: Sessions, *, until: datetime) -> tuple[bool, bool]:
    """Whether staff and the patient were written to from now on until then."""
    outlets = into(Listed())

    def send(now: datetime) -> None:
        deliver(sessions, outlets, host="h", now=now)

    live(sessions, scene.now, until, 12 * HOUR, then=send)
    of_watch = [
        one
        for one in messages(scene.session, watch_id=scene.watch.id)
        if one.sent_at and one.sent_at >= scene.now
    ]
    return any(m.staff_id for m in of_watch), any(m.contact_id for m in of_watch)


@pytest.mark.parametrize(
    ("event", "staff", "patient", "mark"),
    [pytest.param(*row, id=row[0].__name__) for row in EVENTS],
)
def test_who_is_told_in_the_days_after(
    sessions: Sessions,
    scene: Scene,
    event: Callable[[Scene], None],
    staff: bool,
    patient: bool,
    mark: str | None,
) -> None:
    event(scene)
    scene.session.commit()

    row = on_board(scene)
    shown = row.silence_by and row.silence_by + (
        f" for {row.silence_for}" if row.silence_for else ""
    )
    assert shown == mark
    assert told(scene, sessions, until=scene.now + 4 * DAY) == (staff, patient)
    assert on_board(scene).danger_at == row.danger_at  # it stays where it is


@pytest.mark.parametrize("event", [acked, snoozed, deputy_acked])
@pytest.mark.parametrize("how", ["time", "date", "level"])
def test_what_ends_it_ends_it_once_and_is_itself_due(
    sessions: Sessions, scene: Scene, event: Callable[[Scene], None], how: str
) -> None:
    event(scene)
    row = scene.session.query(SilenceRow).one()
    at = {"time": row.until, "date": scene.now + DAY, "level": scene.now + 2 * DAY}[how]
    assert scene.watch.danger_at is not None
    if how == "date":
        scene.watch.danger_at -= 2 * DAY
        scene.watch.next_action_at = at
    elif how == "level":
        scene.watch.danger_at = at - HOUR  # urgent is due
        row.danger_at = scene.watch.danger_at
        scene.watch.next_action_at = at
    scene.session.commit()

    first = tick(sessions, now=at, host="h")
    second = tick(sessions, now=at, host="h")

    scene.session.refresh(row)
    assert row.ended_at == at
    assert row.ended_because
    assert (first.planned > 0, second.planned) == (True, 0)
    assert first.faults == second.faults == []


def test_the_deputy_of_the_membership_stands_in_where_the_absence_names_nobody(
    scene: Scene,
) -> None:
    deputy_acked_by_default(scene)

    assert scene.session.query(SilenceRow).one().for_id == scene.ward.nadia.id


def deputy_acked_by_default(scene: Scene) -> None:
    membership = scene.session.query(Membership).filter_by(staff_id=scene.ward.nadia.id).one()
    membership.deputy_id = scene.ward.cleo.id
    scene.session.add(
        Absence(
            clinic_id=scene.ward.clinic.id,
            staff_id=scene.ward.nadia.id,
            starts_at=scene.now - DAY,
            ends_at=scene.now + DAY,
            recorded_at=scene.now,
            recorded_by_id=scene.ward.nadia.id,
        )
    )
    scene.session.flush()
    acked(scene)


@pytest.mark.parametrize("event", [nothing, called, booked_after, stopped_by_sms, bounced])
def test_what_quietens_nobody_leaves_the_watch_open_and_due(
    sessions: Sessions, scene: Scene, event: Callable[[Scene], None]
) -> None:
    """A call, a visit too late and a dead address end nothing by themselves."""
    event(scene)
    scene.session.commit()

    told(scene, sessions, until=scene.now + 4 * DAY)

    scene.session.refresh(scene.watch)
    assert scene.watch.closed_at is None
    assert scene.watch.next_action_at is not None
    assert scene.session.query(SilenceRow).count() == 0


def test_a_visit_too_late_quietens_once_it_is_moved_earlier(
    sessions: Sessions, scene: Scene
) -> None:
    booked_after(scene)
    late = scene.session.query(Appointment).one()

    appointments.move(
        scene.session,
        late,
        scheduled_at=scene.now + 9 * DAY,
        by=scene.ward.nadia,
        now=scene.now,
    )
    scene.session.commit()

    assert told(scene, sessions, until=scene.now + 4 * DAY) == (False, False)


def test_promise_persistent_a_missed_visit_reopens_one_step_higher(
    sessions: Sessions, scene: Scene
) -> None:
    """Of two pumps with one date, the one whose patient did not come stands a step higher."""
    other = a_watched_pump(scene.session, scene.ward, danger_at=scene.watch.danger_at)
    visit_at = scene.now + 9 * DAY
    made = booked(scene, visit_at, now=scene.now)
    live(sessions, scene.now, visit_at - 12 * HOUR, 12 * HOUR)
    appointments.miss(scene.session, made, by=scene.ward.nadia, now=visit_at + 2 * HOUR)
    scene.session.commit()

    morning = scene.watch.reopens_at
    assert morning is not None
    before = tick(sessions, now=morning - HOUR, host="h")
    tick(sessions, now=morning, host="h")
    again = tick(sessions, now=morning, host="h")

    last = messages(scene.session, watch_id=scene.watch.id)[-1]
    steps = [one.step for one in messages(scene.session, watch_id=other.id)]
    assert last.planned_at == morning
    assert last.step > max(steps)
    assert last.staff_id is not None
    assert again.planned == 0
    assert before.faults == again.faults == []


@pytest.mark.parametrize("event", [booked_before, missed, kept_without_a_refill])
def test_promise_evidence_only_no_visit_closes_the_watch(
    sessions: Sessions, scene: Scene, event: Callable[[Scene], None]
) -> None:
    event(scene)
    scene.session.commit()

    told(scene, sessions, until=scene.now + 12 * DAY)

    scene.session.refresh(scene.watch)
    assert scene.watch.closed_at is None
    assert any(one.sent_at for one in messages(scene.session, watch_id=scene.watch.id))


@pytest.mark.parametrize("event", [stopped_by_sms, wrong_number, bounced])
def test_promise_persistent_who_cannot_be_written_to_is_a_task_for_staff(
    sessions: Sessions, scene: Scene, event: Callable[[Scene], None]
) -> None:
    event(scene)
    scene.session.commit()

    told(scene, sessions, until=scene.now + DAY)

    kind = WatchKind.UNDELIVERABLE
    task = scene.session.query(Watch).filter_by(kind=kind, closed_at=None).one()
    sent = [one for one in messages(scene.session, watch_id=task.id) if one.sent_at]
    assert {one.staff_id is not None for one in sent} == {True}


@pytest.mark.parametrize("event", [stopped_by_sms, wrong_number, bounced, wrote])
@pytest.mark.parametrize("quieten", [acked, snoozed])
def test_promise_persistent_an_answer_and_a_bounce_end_it_and_the_watch_speaks(
    sessions: Sessions,
    scene: Scene,
    quieten: Callable[[Scene], None],
    event: Callable[[Scene], None],
) -> None:
    quieten(scene)
    scene.session.commit()
    scene.now += 2 * DAY  # a step to staff has come meanwhile
    tick(sessions, now=scene.now - HOUR, host="h")
    assert not any(one.staff_id for one in messages(scene.session, watch_id=scene.watch.id))

    event(scene)
    scene.session.commit()
    tick(sessions, now=scene.now, host="h")

    row = scene.session.query(SilenceRow).one()
    assert (row.ended_at, row.ended_because != "") == (scene.now, True)
    planned = messages(scene.session, watch_id=scene.watch.id)
    assert any(one.staff_id and one.planned_at == scene.now for one in planned)


def test_a_yes_to_a_booked_visit_confirms_it_and_ends_nothing(scene: Scene) -> None:
    acked(scene)

    confirmed_by_sms(scene)

    assert scene.session.query(Appointment).one().confirmed_at == scene.now
    assert scene.session.query(SilenceRow).one().ended_at is None
