"""What is open of a pump's notices goes with it; a date of surgery elsewhere doesn't."""

from datetime import timedelta

import sqlalchemy as sa

from tests.offered import accept, open_watches
from tests.recalled import entered
from tracker.domain.danger import WatchKind
from tracker.domain.recall import Scope
from tracker.models import RecallPump
from tracker.services.recalls import answer_recall, withdraw_recall
from tracker.services.replacements import set_theatre, theatre_of

DAY = timedelta(days=1)


def test_hazard_h27_the_new_clinic_answers_the_open_notice_and_its_own_are_looked_at(
    session, ward, now
):
    ours = entered(session, ward.here, by=ward.nadia, now=now, scope=Scope())
    entered(session, ward.there, by=ward.sam, now=now, scope=Scope())
    assert len(open_watches(session, kind=WatchKind.RECALL)) == 1
    set_theatre(session, ward.pump, theatre_at=now + 60 * DAY, by=ward.nadia, now=now)

    accept(session, ward, now + DAY)
    session.commit()

    found = open_watches(session, kind=WatchKind.RECALL)
    assert [one.clinic_id for one in found] == [ward.there.id, ward.there.id]
    assert theatre_of(session, ward.pump.id) is None

    at = {"by": ward.sam, "now": now + 2 * DAY}
    withdraw_recall(session, ours, because="too late", **at)
    assert len(open_watches(session, kind=WatchKind.RECALL)) == 2
    for row in session.scalars(sa.select(RecallPump)).all():
        answer_recall(session, row, what="looked at", done_on=at["now"].date(), **at)
    assert open_watches(session, kind=WatchKind.RECALL) == []
