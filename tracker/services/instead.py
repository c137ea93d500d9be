"""Who is told instead, where a notice to staff can't reach the one it was planned for.

The step is said in the same round to whoever it reaches by now, so nobody hears it twice.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.errors import SilentPolicy
from tracker.domain.escalation import Step
from tracker.domain.message import Channel
from tracker.models import Message, Watch
from tracker.services.plans import message_row
from tracker.services.policies import ladder_of
from tracker.services.recipients import LONGEST_NOTE, About, resolve
from tracker.services.rosters import People, learn
from tracker.services.rows import insert_all


def tell_instead(session: Session, message: Message, *, now: datetime) -> int:
    """Plan the step of a lost notice for whom it names besides; how many have not had it."""
    watch, lost = message.watch, message.staff
    step = _step_of(watch, message.step)
    owner_id = watch.owner_id
    if lost is None or step is None or owner_id is None or watch.closed_at is not None:
        return 0
    if message.step < watch.cursor:
        return 0  # a louder step has been said since, to whoever that one reaches
    people = People(frozenset({Channel.EMAIL, message.channel}))
    staff = {owner_id, *step.people}
    learn(session, people, clinics={watch.clinic_id}, staff=staff, now=now)
    # written to again or not, by this way they had nothing of it
    ways = people.reachable.get(lost.id, ())
    people.reachable[lost.id] = tuple(one for one in ways if one is not message.channel)
    reached = resolve(step, people, About(watch.clinic_id, owner_id, watch.pump_id))
    why = "has left" if lost.left_at is not None else "can't be reached"
    note = f"{lost.name} {why}: told instead"[:LONGEST_NOTE]
    rows = [
        message_row(watch, step, message.round, one, note, now=now)
        for one in reached.recipients
        if one.contact_id is None
    ]
    return insert_all(session, Message, "key", rows) if rows else 0


def _step_of(watch: Watch, ordinal: int) -> Step | None:
    try:
        steps = ladder_of(watch.policy).steps
    except SilentPolicy:
        return None  # an alarm of its own: it can't be climbed either
    return steps[ordinal - 1] if 0 < ordinal <= len(steps) else None
