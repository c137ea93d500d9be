"""What quietens a watch, event by event: staff, patient, the board, and what ends it.

Each row of EVENTS is an event; its cells are driven through the services, the tick and sending.
Visits and answers by SMS have their rows where those are made: see OTHERS below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import Ward, a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.outlets import Listed, into
from tracker.domain.silence import CallResult
from tracker.jobs import deliver, tick
from tracker.models import Absence, AddressState, Contact, Membership, SilenceRow, Watch
from tracker.services.boards import BoardFilters, BoardRow, board_rows
from tracker.services.contact_attempts import record_call
from tracker.services.silences import acknowledge, snooze

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Sessions = sessionmaker[Session]
# Added by their own parts: appointments.confirm by SMS, a STOP that came in, a bounce by DSN.
OTHERS = ("confirmed by SMS", "STOP by SMS", "bounce by DSN")


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


def booked_before(scene: Scene) -> None:
    scene.watch.visit_at = scene.now + 9 * DAY
    scene.watch.reopens_at = scene.now + 10 * DAY


def booked_after(scene: Scene) -> None:
    assert scene.watch.danger_at is not None
    scene.watch.visit_at = scene.watch.danger_at + DAY
    scene.watch.reopens_at = scene.watch.danger_at + 2 * DAY


def missed(scene: Scene) -> None:
    scene.watch.visit_at = scene.now - DAY
    scene.watch.reopens_at = scene.now


def stopped(scene: Scene) -> None:
    scene.contact.state = AddressState.STOPPED


def bounced(scene: Scene) -> None:
    scene.contact.state = AddressState.INVALID


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
    (stopped, True, False, None),
    (bounced, True, False, None),
    (deputy_acked, False, True, "Cleo for Nadia"),
]


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    contact = a_contact(session, patient)
    watch = a_watched_pump(session, ward, patient=patient, danger_at=now + 22 * DAY)
    session.commit()
    return Scene(session, ward, watch, contact, now)


def on_board(scene: Scene) -> BoardRow:
    rows = board_rows(scene.session, scene.ward.clinic, BoardFilters(), now=scene.now)
    scene.session.commit()
    return next(row for row in rows if row.watch_id == scene.watch.id)


def told(scene: Scene, sessions: Sessions, *, until: datetime) -> tuple[bool, bool]:
    """Whether staff and the patient were written to from now on until then."""
    sender, at = Listed(), scene.now
    while at <= until:
        tick(sessions, now=at, host="h")
        deliver(sessions, into(sender), host="h", now=at)
        at += 12 * HOUR
    of_watch = [one for one in messages(scene.session, watch_id=scene.watch.id) if one.sent_at]
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


@pytest.mark.parametrize("event", [acked, snoozed], ids=["acked", "snoozed"])
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
