"""A watch of which nobody can say whether it is over: the others end, and all climb."""

from datetime import timedelta

import sqlalchemy as sa

from tests.cast import a_ward, asked_to_book, messages, telephone_tasks
from tests.outlets import Listed, into
from tracker.domain.danger import WatchKind
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs import deliver, tick
from tracker.models import AddressState, Contact, Watch
from tracker.services.faults import Cause, raise_fault

DAY = timedelta(days=1)


def test_promise_persistent_what_cannot_be_looked_at_keeps_no_watch_from_climbing(
    sessions, session, now
):
    ward = a_ward(session)
    refill = asked_to_book(session, ward, now=now)
    session.commit()
    wrong = DeliveryFailed("no such address", refusal=Refusal.BAD_ADDRESS)
    tick(sessions, now=now, host="h")
    deliver(sessions, into(Listed(fails=wrong)), host="h", now=now)
    assert len(telephone_tasks(session)) == 1
    # its ladder has no such step: nobody can say whether it reaches somebody by now
    facts = (("unreached_policy_id", refill.policy_id), ("step", 99), ("owner_id", 1))
    facts += (("is_about_owner", False),)
    cause = Cause("policy:unreachable", ward.clinic.id, "a step reaches nobody", facts=facts)
    raise_fault(session, WatchKind.SYSTEM, cause, now=now)
    session.scalars(sa.select(Contact)).one().state = AddressState.OK
    session.commit()

    report = tick(sessions, now=now + DAY, host="h")

    (poisoned,) = session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.SYSTEM))
    assert poisoned.closed_at is None
    assert len(report.faults) == 1
    assert report.faults[0].startswith(f"end of watch {poisoned.id}: ")
    assert not report.has_passed  # the outside is told
    assert telephone_tasks(session) == []
    assert [one for one in messages(session) if one.watch_id == poisoned.id]
    assert len([one for one in messages(session) if one.watch_id == refill.id]) > 1
