"""A watch on somebody who can't be reached shows what did not arrive, and what to do."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_clinic, a_contact, a_message, a_staff_member
from tests.web.conftest import NOW, let_in
from tracker.domain.danger import WatchKind
from tracker.models import Membership, Role, Watch
from tracker.services import undelivered
from tracker.services.clinics import add_member

DAY = timedelta(days=1)


@pytest.fixture
def refill_watch(here, session):
    asked = sa.select(Watch).where(Watch.pump_id == here.pump.id, Watch.kind == "refill")
    return session.scalars(asked.where(Watch.closed_at.is_(None))).one()


def asked_about(session, message):
    """The watch that is opened because a message did not arrive, and the path to it."""
    undelivered.report(session, message, "the address is unknown", now=NOW)
    asked = sa.select(Watch).where(Watch.kind == WatchKind.UNDELIVERABLE)
    watch = session.scalars(asked).one()
    session.commit()
    return f"/watches/{watch.id}"


def lost_to(session, watch, **to):
    return a_message(session, watch, state="failed", state_reason="refused", **to)


def test_what_did_not_reach_the_patient_is_shown_and_leads_to_the_message(
    as_nadia, here, session, refill_watch
):
    contact = a_contact(session, here.patient)
    message = lost_to(session, refill_watch, contact=contact)

    page = as_nadia.get(asked_about(session, message)).text

    assert "What did not arrive" in page
    assert f'href="/outbox/{message.id}"' in page
    assert "refused" in page


@pytest.mark.parametrize("may_mend", [True, False])
def test_whoever_may_mend_a_colleague_s_address_is_led_there(
    client, here, session, refill_watch, may_mend
):
    reader = here.nadia
    if may_mend:
        reader = a_staff_member(session, "Ada Admin")
        add_member(session, here.clinic, reader, role=Role.ADMINISTRATOR)
    of_ito = sa.select(Membership.id).where(Membership.staff_id == here.ito.id)
    membership_id = session.scalars(of_ito).one()
    path = asked_about(session, lost_to(session, refill_watch, staff=here.ito))

    page = let_in(client, session, reader).get(path).text

    assert (f'href="/clinic/staff/{membership_id}"' in page) is may_mend
    assert ("An administrator of the clinic can mend the addresses of" in page) is not may_mend


def test_another_watch_shows_nothing_lost(as_nadia, refill_watch):
    assert "What did not arrive" not in as_nadia.get(f"/watches/{refill_watch.id}").text


def test_nobody_is_sent_to_the_addresses_of_who_has_left(client, here, session, refill_watch):
    """Their page is not there any more; the watch ends when it is next looked at."""
    admin = a_staff_member(session, "Ada Admin")
    add_member(session, here.clinic, admin, role=Role.ADMINISTRATOR)
    path = asked_about(session, lost_to(session, refill_watch, staff=here.ito))
    here.ito.left_at = NOW
    session.commit()

    page = let_in(client, session, admin).get(path).text

    assert "What did not arrive" in page
    assert "/clinic/staff/" not in page.split("What did not arrive")[1].split("</div>")[0]


def test_what_another_clinic_wrote_is_not_shown(as_nadia, here, session, refill_watch):
    """As of a patient who was handed over, with what was asked about them there."""
    other = a_clinic(session, "Dale Clinic")
    theirs = lost_to(session, refill_watch, contact=a_contact(session, here.patient))
    path = asked_about(session, theirs)
    theirs.clinic_id = other.id
    session.commit()

    assert "What did not arrive" not in as_nadia.get(path).text
