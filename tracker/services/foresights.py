"""Who would be told when, for one pump, by a ladder that is stored or only typed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.escalation import START, Ladder, Step, next_move
from tracker.domain.message import Channel
from tracker.domain.position import step_dues
from tracker.models import Contact, Watch
from tracker.services.lifespans import anchors_of
from tracker.services.recipients import About, Reached, resolve
from tracker.services.rosters import People, Recipient, learn, learn_contacts


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who would be told, and by which way."""

    name: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One step: when it would speak and to whom, as they can be reached now."""

    step: Step
    due_at: datetime | None  # None: it has no date for this pump
    is_jumped_over: bool  # a louder one is due as well, and is said instead
    is_next: bool  # it would be said at once
    told: tuple[Told, ...]
    note: str


def foresee(
    session: Session,
    watch: Watch,
    ladder: Ladder,
    channels: frozenset[Channel],
    *,
    now: datetime,
) -> list[Foreseen]:
    """Each step of `ladder` for a watch that begins to climb it now."""
    anchors = anchors_of(watch)
    move = next_move(ladder, anchors, START, now=now)
    owner_id = watch.owner_id
    assert owner_id is not None  # an_open_watch_is_covered, a constraint of the table
    people = People(channels)
    staff = {owner_id, *(one for step in ladder.steps for one in step.people)}
    learn(session, people, clinics={watch.clinic_id}, staff=staff, now=now)
    if watch.pump_id is not None:
        learn_contacts(session, people, {watch.pump_id})
    about = About(watch.clinic_id, owner_id, watch.pump_id)
    found = []
    for step, due_at in zip(ladder.steps, step_dues(ladder, anchors), strict=True):
        reached = resolve(step, people, about)
        found.append(
            Foreseen(
                step,
                due_at,
                is_jumped_over=step.ordinal in move.skipped,
                is_next=move.fires == step,
                told=_told(session, people, reached),
                note=reached.note,
            )
        )
    return found


def _told(session: Session, people: People, reached: Reached) -> tuple[Told, ...]:
    return tuple(Told(_name(session, people, one), one.channel) for one in reached.recipients)


def _name(session: Session, people: People, one: Recipient) -> str:
    if one.staff_id is not None:
        return people.names[one.staff_id]
    return session.get_one(Contact, one.contact_id).name
