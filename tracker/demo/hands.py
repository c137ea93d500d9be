"""What the invented staff and patients did last: in hand, put off, away, on duty, answered."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from tracker.demo.lives import DAY, Act, Cast
from tracker.demo.people import RIVERSIDE, mobile
from tracker.domain.silence import CallResult, SilenceKind
from tracker.models import Membership, PumpEnd, Role, Staff, Watch
from tracker.services import replies, silences
from tracker.services.contact_attempts import record_call
from tracker.services.cover import put_on_duty, record_absence
from tracker.services.pumps import Assurance, end_pump

HOUR = timedelta(hours=1)
CALLED = 1  # a patient by their number in the clinic, as these are
IN_HAND, PUT_OFF, ANSWERED, SAID_YES = 14, 22, 20, 24  # patients, by their number in the clinic
EXPLANTED = 41
TEXT = (
    "Sorry, I can't come in the mornings this week, my daughter is away. "
    "I have also felt a bit stiff since the weekend."
)


def hands(cast: Cast, begin: datetime) -> Iterator[Act]:
    """The last hours of the first clinic before `begin`."""
    if cast.clinic.name != RIVERSIDE:
        return
    at = begin - 6 * HOUR
    for after, do in enumerate(DONE):
        now = at + after * timedelta(minutes=10)
        yield Act(now, 6, partial(do, cast, begin, now))


def _call(cast: Cast, begin: datetime, now: datetime) -> None:
    """In the evening nobody answered: it is tried again today."""
    record_call(
        cast.session,
        _watch(cast, CALLED),
        result=CallResult.NO_ANSWER,
        called="the patient",
        note="rang three times",
        called_at=now,
        next_call_on=begin.astimezone(cast.clinic.zone).date(),
        by=_of_role(cast, Role.COORDINATOR),
        now=now,
    )


def _take_in_hand(cast: Cast, begin: datetime, now: datetime) -> None:
    watch, note = _watch(cast, IN_HAND), "I ring in the morning and offer Monday"
    latest = silences.latest_end(watch, SilenceKind.ACKNOWLEDGEMENT, now=now)
    until = min(begin + 34 * HOUR, latest)
    silences.acknowledge(cast.session, watch, note=note, until=until, by=cast.nurse, now=now)


def _put_off(cast: Cast, begin: datetime, now: datetime) -> None:
    watch, by = _watch(cast, PUT_OFF), _of_role(cast, Role.COORDINATOR)
    latest = silences.latest_end(watch, SilenceKind.SNOOZE, now=now)
    reason, until = "on holiday; the family rings us when back", begin + 58 * HOUR
    silences.snooze(
        cast.session, watch, reason=reason, until=min(until, latest), by=by, now=now
    )


def _be_away(cast: Cast, begin: datetime, now: datetime) -> None:
    coordinator, ada = _of_role(cast, Role.COORDINATOR), _of_role(cast, Role.ADMINISTRATOR)
    record_absence(
        cast.session,
        cast.clinic,
        coordinator,
        starts_at=begin + 5 * DAY + 8 * HOUR,
        ends_at=begin + 9 * DAY + 18 * HOUR,
        deputy=ada,
        note="annual leave",
        by=coordinator,
        now=now,
    )


def _stand_by(cast: Cast, begin: datetime, now: datetime) -> None:
    """Two duties, and a night between them in which nobody is on duty."""
    coordinator = _of_role(cast, Role.COORDINATOR)
    spans = ((cast.nurse, 8, 2 * 24 + 20), (coordinator, 3 * 24 + 8, 5 * 24 + 7))
    for who, start, end in spans:
        put_on_duty(
            cast.session,
            cast.clinic,
            who,
            starts_at=begin + start * HOUR,
            ends_at=begin + end * HOUR,
            by=coordinator,
            now=now,
        )


def _answer(cast: Cast, begin: datetime, now: datetime) -> None:
    for number, body in ((SAID_YES, "Yes"), (ANSWERED, TEXT)):
        said = replies.Answered(
            "demonstration", f"demonstration-{number}", mobile(RIVERSIDE, number), "", body
        )
        replies.receive(cast.session, said, now=now)


def _end(cast: Cast, begin: datetime, now: datetime) -> None:
    """One pump was explanted, and the clinician is asked to confirm it."""
    end_pump(
        cast.session,
        cast.pumps[f"{cast.clinic.id}{EXPLANTED:03d}"],
        kind=PumpEnd.EXPLANTED,
        ended_on=(now - 2 * DAY).astimezone(cast.clinic.zone).date(),
        note="Operation report of the general hospital: pocket infection, system removed.",
        assurance=Assurance(plan="weaned over three weeks by mouth, with the ward"),
        second=_of_role(cast, Role.CLINICIAN),
        by=cast.nurse,
        now=now,
    )


DONE = (_take_in_hand, _put_off, _be_away, _stand_by, _answer, _call, _end)


def _watch(cast: Cast, number: int) -> Watch:
    pump = cast.pumps[f"{cast.clinic.id}{number:03d}"]
    return cast.session.scalars(
        sa.select(Watch).where(Watch.open_key == f"{pump.id}:refill")
    ).one()


def _of_role(cast: Cast, role: Role) -> Staff:
    asked = sa.select(Staff).join(Membership, Membership.staff_id == Staff.id)
    where = (Membership.clinic_id == cast.clinic.id, Membership.role == role)
    return cast.session.scalars(asked.where(*where).order_by(Staff.id)).one()
