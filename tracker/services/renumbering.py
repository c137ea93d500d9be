"""A watch that goes over to another ladder: what it has climbed and said is counted by that.

The same step may have another number there. By its old one a patient would be told of it a
second time, and never of the step that bears that number now.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState
from tracker.domain.position import same_steps
from tracker.models import Message, Policy, Watch
from tracker.services.policies import ladder_of
from tracker.services.states import UNSENT, move_all

NOWHERE = 0  # the number of a step that the ladder doesn't have
TO_OUTSIDE = Message.contact_id.is_not(None)
TAKEN_OUT = "the ladder has changed: it has this step no more"


def climb_instead(session: Session, watch: Watch, policy: Policy) -> None:
    """Give a watch another ladder; it is to be settled afterwards."""
    before, watch.policy = watch.policy, policy
    if not sa.inspect(watch).has_identity:
        return  # a new one has climbed nothing
    old, new = ladder_of(before).steps, ladder_of(policy).steps
    numbers = same_steps(old, new)
    if [*numbers.items()] == [(one.ordinal, one.ordinal) for one in old]:
        return
    watch.cursor = numbers.get(watch.cursor, watch.cursor)
    told = [numbers[one] for one in numbers if one <= watch.perhaps_told]
    watch.perhaps_told = max(told, default=NOWHERE)
    _renumber(session, watch, numbers)


def _renumber(session: Session, watch: Watch, numbers: Mapping[int, int]) -> None:
    """What a patient was told of a step that was taken out bears no number any more.

    What staff were told keeps the number under which they were.
    """
    of_watch = Message.watch_id == watch.id
    is_gone = Message.step.not_in(numbers)
    reason = {"state_reason": TAKEN_OUT}
    move_all(session, MessageState.SUPERSEDED, UNSENT, of_watch, TO_OUTSIDE, is_gone, **reason)
    _count_as(session, of_watch, sa.and_(TO_OUTSIDE, is_gone), NOWHERE)
    if numbers:
        known: Any = sa.case({**numbers}, value=Message.step)
        counts = sa.or_(TO_OUTSIDE, UNSENT)
        _count_as(session, of_watch, counts, Message.step.in_(numbers), known)


def _count_as(session: Session, *which_and_number: Any) -> None:
    *which, number = which_and_number
    session.execute(
        sa.update(Message)
        .where(*which)
        .values(step=number)
        .execution_options(synchronize_session=False)
    )
