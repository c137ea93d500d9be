"""A drug lies where it was ordered; what is asked for it, the new clinic's rules say."""

from datetime import timedelta

from tests.builders import an_order
from tests.offered import accept, open_watches
from tracker.domain.danger import WatchKind
from tracker.domain.orders import OrderRules, OrderTracking
from tracker.services.order_rules import put
from tracker.services.supply_lists import of_gone

DAY = timedelta(days=1)
RULES = OrderRules(OrderTracking.ALL, True).as_json()


def test_the_old_clinic_keeps_the_drug_and_the_new_one_is_asked_by_its_own_rules(
    session, ward, now
):
    order = an_order(session, ward.pump)
    put(session, ward.here, RULES, now=now)
    assert len(open_watches(session, kind=WatchKind.ORDER)) == 1

    accept(session, ward, now + DAY)
    session.commit()

    assert open_watches(session, kind=WatchKind.ORDER) == []
    assert open_watches(session, kind=WatchKind.AUTHORISATION) == []
    assert of_gone(session, ward.here) == [order]

    put(session, ward.there, RULES, now=now + 2 * DAY)
    (watch,) = open_watches(session, kind=WatchKind.ORDER)
    assert watch.clinic_id == ward.there.id
    assert "No drug is ordered" in " ".join(watch.explanation["reasons"])
