"""A patient goes to another clinic: nobody's for no moment, the receiver's when it says so."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tests.cast import messages
from tests.offered import accept, is_as_it_was, open_watches
from tests.riverside import patient_of
from tracker import jobs
from tracker.domain.danger import WatchKind
from tracker.domain.errors import ChangedMeanwhile, TrackerError
from tracker.models import Transfer, Watch
from tracker.services import transfers
from tracker.services.readings import ReadingFacts, record_interrogation

DAY = timedelta(days=1)


def test_while_it_is_open_both_are_asked_and_nothing_is_quietened(session, sessions, ward, now):
    before = [
        (one.id, one.next_action_at) for one in open_watches(session, pump_id=ward.pump.id)
    ]
    asked = open_watches(session, kind=WatchKind.TRANSFER)

    assert {(one.clinic_id, one.owner.name) for one in asked} == {
        (ward.here.id, "Nadia Nurse"),
        (ward.there.id, "Lea Lead"),
    }
    for one in asked:
        assert ward.patient.family_name not in one.explanation["sentence"]
    assert is_as_it_was(session, ward)
    assert len(before) >= 2
    session.commit()
    jobs.tick(sessions, now=now, host="test")
    jobs.tick(sessions, now=now + 3 * DAY, host="test")
    told = [one for one in messages(session) if one.template == "transfer_open"]
    assert {one.clinic_id for one in told} == {ward.here.id, ward.there.id}
    assert {one.level for one in open_watches(session, kind=WatchKind.TRANSFER)} == {"urgent"}
    assert {"Ito Doctor", "Sam Other"} <= {one.staff.name for one in told}  # the last resorts


@pytest.mark.parametrize("how", ["refuse", "withdraw"])
def test_not_accepted_all_is_as_it_was_and_the_reason_is_told(session, ward, now, how):
    end, by = getattr(transfers, how), ward.lea if how == "refuse" else ward.nadia
    with pytest.raises(transfers.NotTransferred, match="why"):
        end(session, ward.offer, note=" ", by=by, now=now)

    end(session, ward.offer, note="no bed for them", by=by, now=now)
    session.commit()

    assert is_as_it_was(session, ward)
    assert ward.offer.outcome in ("refused", "withdrawn")
    assert ward.offer.note == "no bed for them"
    assert not open_watches(session, kind=WatchKind.TRANSFER)
    ended = sa.select(Watch.evidence_kind).where(Watch.kind == WatchKind.TRANSFER)
    assert set(session.scalars(ended)) == {"transfer_declined"}  # by which no other watch ends
    again = transfers.propose(
        session, ward.patient, ward.there, reason="again", by=ward.nadia, now=now
    )
    assert again.outcome is None


def test_an_unlike_date_a_new_record_or_a_taken_number_is_refused(session, ward, now):
    shown = transfers.refill_by(session, ward.offer, ward.pump)
    version = ward.pump.version
    patient_of(session, SimpleNamespace(clinic=ward.there, nadia=ward.sam), mrn="taken")
    session.commit()
    for facts, said in (
        ({"dates": {ward.pump.id: shown + DAY}}, "not the refill-by"),
        ({"dates": {ward.pump.id: None}}, "Type the refill-by"),
        ({"dates": {}}, "Type the refill-by"),
        ({"owner": ward.nadia}, "can't take it"),
        ({"by": ward.nadia}, "Somebody else"),
        ({"mrn": "taken"}, "has this number"),
        ({"mrn": " "}, "Give the number"),
    ):
        with pytest.raises(TrackerError, match=said):
            accept(session, ward, now, **facts)
        session.rollback()
        assert is_as_it_was(session, ward)
        assert ward.offer.outcome is None

    record_interrogation(
        session, ward.pump, ReadingFacts(read_at=now, note="looked"), by=ward.nadia, now=now
    )
    session.commit()
    with pytest.raises(ChangedMeanwhile, match="Read the packet again"):
        accept(session, ward, now, seen_versions={ward.pump.id: version})
    session.rollback()
    assert is_as_it_was(session, ward)


def test_one_at_a_time_is_offered_and_with_a_reason(session, ward, now):
    for to, reason, said in (
        (ward.there, "twice", "offered to a clinic already"),
        (ward.here, "to ourselves", "another clinic"),
        (ward.there, " ", "why"),
    ):
        with pytest.raises(transfers.NotTransferred, match=said):
            transfers.propose(session, ward.patient, to, reason=reason, by=ward.nadia, now=now)
        session.rollback()
    session.add(
        Transfer(
            patient_id=ward.patient.id, from_clinic_id=ward.here.id, reason="by hand",
            to_clinic_id=ward.there.id, proposed_by_id=ward.nadia.id, proposed_at=now,
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        session.flush()
