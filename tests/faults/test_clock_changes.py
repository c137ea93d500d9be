"""The nights in which the clocks change: each is told once, and at the hour that was meant."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, due_ids, messages
from tests.outlets import into
from tracker.domain.message import MessageState
from tracker.domain.outgoing import DeliveryFailed, Outgoing, Refusal
from tracker.jobs import deliver, tick
from tracker.services import claims

Sessions = sessionmaker[Session]
LONDON = ZoneInfo("Europe/London")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPRING = datetime(2027, 3, 28, 1, tzinfo=UTC)  # 01:00 becomes 02:00
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)  # 02:00 becomes 01:00
both_changes = pytest.mark.parametrize("change", [SPRING, AUTUMN])


class Timed:
    """Keeps when what went to whom; a server that is down until `up_at`."""

    def __init__(self, up_at: datetime) -> None:
        self.up_at = up_at
        self.told: list[tuple[str, datetime]] = []
        self.tried: list[datetime] = []

    def send(self, outgoing: Outgoing) -> str:
        self.tried.append(outgoing.at)
        if outgoing.at < self.up_at:
            raise DeliveryFailed("nobody there", refusal=Refusal.CHANNEL_DOWN)
        self.told.append((outgoing.to_address, outgoing.at))
        return "taken"

    def close(self) -> None:
        """Nothing is kept open."""


def live(sessions: Sessions, sender: Timed, begin: datetime, end: datetime) -> None:
    """A turn of the timer every ten minutes."""
    at = begin
    while at <= end:
        tick(sessions, now=at, host="h")
        deliver(sessions, into(sender), host="h", now=at)
        at += 10 * MINUTE


@both_changes
def test_promise_exactly_enough_over_a_change_each_is_told_once_and_in_time(
    sessions: Sessions, session: Session, change: datetime
) -> None:
    """Hazard H20: a change of the clocks moves nothing."""
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    evening = change - 3 * HOUR
    due = {"next_action_at": evening}
    a_watched_pump(session, ward, patient=patient, danger_at=evening + 21 * DAY, **due)
    a_watched_pump(session, ward, danger_at=evening, **due)
    session.commit()
    sender = Timed(up_at=change + 90 * MINUTE)

    live(sessions, sender, evening, change + 12 * HOUR)

    local = [(to, at.astimezone(LONDON).time()) for to, at in sender.told if to[:3] == "ada"]
    assert local == [("ada@home.example", time(8))]
    urgent = [at for to, at in sender.told if to == "ito@hill.example"]
    assert change + 90 * MINUTE <= urgent[0] <= change + 90 * MINUTE + HOUR
    assert len(urgent) == len(set(urgent)) <= 3  # at once, and its repeat every four hours
    pauses = [later - earlier for earlier, later in pairwise(sender.tried)]
    assert max(p for p, at in zip(pauses, sender.tried, strict=False) if at < change) <= HOUR
    assert messages(session, state=MessageState.PLANNED) == []


@both_changes
@pytest.mark.parametrize("ends", [time(1, 30), time(2, 30)])
def test_promise_persistent_a_quiet_end_that_is_skipped_or_comes_twice_holds_nobody_for_longer(
    sessions: Sessions, session: Session, change: datetime, ends: time
) -> None:
    ward = a_ward(session)
    ward.clinic.quiet_from, ward.clinic.quiet_until = time(0, 15), ends
    patient = a_patient(session, ward)
    a_contact(session, patient)
    night = change - 40 * MINUTE
    a_watched_pump(
        session, ward, patient=patient, danger_at=night + 21 * DAY, next_action_at=night
    )
    session.commit()
    sender = Timed(up_at=night)

    live(sessions, sender, night, change + 4 * HOUR)

    (at,) = [at for to, at in sender.told if to == "ada@home.example"]
    assert night < at <= change + 2 * HOUR
    assert at.astimezone(LONDON).time() >= ends


@both_changes
def test_a_lease_is_as_long_in_the_night_of_a_change(
    sessions: Sessions, session: Session, change: datetime
) -> None:
    a_watched_pump(session, a_ward(session), danger_at=change - DAY)
    session.commit()
    at = change - 5 * MINUTE
    tick(sessions, now=at, host="h")
    count = 0
    for one in due_ids(session, now=at):
        count += len(claims.claim(session, [one], host="dead", now=at))
    session.commit()

    early = tick(sessions, now=change + 9 * MINUTE, host="h")
    swept = tick(sessions, now=change + 10 * MINUTE, host="h")

    assert (early.swept, swept.swept) == (0, count)
