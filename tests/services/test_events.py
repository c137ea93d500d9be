"""What happens between two refills opens watches, and only evidence closes them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.builders import a_contact, ml
from tests.outlets import Listed, into
from tests.riverside import (
    DAY,
    FILLED_AT,
    Riverside,
    filled_pump,
    open_watch,
    pump_of,
    refill_facts,
    refilled,
)
from tests.scenes import Scene
from tracker.domain.danger import WatchKind
from tracker.domain.events import EventKind, MotorState, NotAnEvent
from tracker.domain.message import MessageState
from tracker.jobs import deliver, tick
from tracker.models import Event, Message, Pump
from tracker.rehearsal import rehearse
from tracker.services.corrections import void
from tracker.services.emergency_entries import entries_of
from tracker.services.events import (
    EndFacts,
    EventFacts,
    correct_end,
    end_event,
    record_event,
)
from tracker.services.happenings import events_of
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.rebuilds import reproject_all

GAS_DRIVEN = {
    "model": "codman_3000_30",
    "reservoir_capacity_ml": ml("30"),
    "fixed_flow_ml_per_day": ml("1"),
}
HOUR = timedelta(hours=1)
AT = FILLED_AT + 10 * DAY
INTERROGATION, ASSESSMENT = WatchKind.INTERROGATION, WatchKind.ASSESSMENT


@pytest.fixture
def begins_with() -> Scene:
    return filled_pump


def happens(session, pump, here, kind, *, at=AT, now=AT, **facts) -> Event:
    facts = EventFacts(kind=kind, started_at=at, **facts)
    return record_event(session, pump, facts, by=here.nadia, now=now)


def reads(session, pump, here, at, motor):
    facts = ReadingFacts(read_at=at, motor=motor)
    return record_interrogation(session, pump, facts, by=here.nadia, now=at)


def test_hazard_h24_a_scan_is_watched_until_an_interrogation_shows_the_motor_running(
    session: Session, here: Riverside, pump: Pump
) -> None:
    """Seen the other way: not opened, and not kept open where the log shows nothing yet."""
    scan_at = AT + 3 * DAY
    happens(session, pump, here, EventKind.MRI, at=scan_at)
    watch = open_watch(session, pump, INTERROGATION)
    assert watch is not None
    assert watch.danger_at == scan_at

    reads(session, pump, here, AT + DAY, MotorState.RUNNING)  # before the scan
    reads(session, pump, here, scan_at + HOUR, MotorState.NOT_LOGGED)
    assert "interrogate again" in " ".join(watch.explanation["reasons"])
    assert reproject_all(session, now=scan_at + HOUR).changed == 0
    assert watch.closed_at is None

    running = reads(session, pump, here, scan_at + 3 * HOUR, MotorState.RUNNING)
    assert (watch.evidence_kind, watch.evidence_id) == ("reading", running.id)

    void(session, running, reason="another pump", by=here.nadia, now=scan_at + 4 * HOUR)
    assert open_watch(session, pump, INTERROGATION) is not None


def test_promise_persistent_a_scan_is_asked_for_on_its_day_and_urgently_by_the_evening(
    sessions, session: Session, here: Riverside, pump: Pump
) -> None:
    happens(session, pump, here, EventKind.MRI)
    session.commit()

    told = []
    for after in (timedelta(0), 5 * HOUR, 25 * HOUR):
        tick(sessions, now=AT + after, host="h")
        session.expire_all()
        watch = open_watch(session, pump, INTERROGATION)
        assert watch is not None
        told.append(watch.level.value)
        session.commit()

    assert told == ["warn", "urgent", "urgent"]
    asked = sa.select(Message).where(Message.template == "interrogation_due")
    assert here.ito.id in {one.staff_id for one in session.scalars(asked)}


def test_a_pump_that_cannot_be_interrogated_is_not_asked_to_be(
    session: Session, here: Riverside
) -> None:
    gas = pump_of(session, here, **GAS_DRIVEN)

    happens(session, gas, here, EventKind.MRI)

    assert open_watch(session, gas, INTERROGATION) is None


def test_hazard_h24_a_suspected_pocket_fill_closes_by_a_named_clinicians_assessment_alone(
    session: Session, here: Riverside, pump: Pump
) -> None:
    event = happens(session, pump, here, EventKind.POCKET_FILL)
    watch = open_watch(session, pump, ASSESSMENT)
    assert watch is not None
    refilled(session, pump, here, refill_facts(filled_at=AT + HOUR))
    reads(session, pump, here, AT + 2 * HOUR, MotorState.RUNNING)
    assert watch.closed_at is None

    at, by = AT + 3 * HOUR, {"by": here.nadia, "now": AT + 3 * HOUR}
    for said in ({"note": "no swelling"}, {"decided_by": "Dr Ito"}):
        with pytest.raises(NotAnEvent):
            end_event(session, event, EndFacts(ended_at=at, **said), **by)
    seen = EndFacts(ended_at=at, decided_by="Dr Ito", note="no swelling")
    end = end_event(session, event, seen, **by)

    assert (watch.evidence_kind, watch.evidence_id) == ("event_end", end.id)


def test_how_it_ended_is_written_down_once(session, here: Riverside, pump: Pump) -> None:
    event = happens(session, pump, here, EventKind.POCKET_FILL)
    seen = EndFacts(ended_at=AT + DAY, decided_by="Dr Ito", note="seen")
    by = {"by": here.nadia, "now": AT + DAY}
    end_event(session, event, seen, **by)

    with pytest.raises(NotAnEvent, match="on record already"):
        end_event(session, event, seen, **by)


def test_a_flight_with_a_gas_driven_pump_asks_for_a_decision_until_the_refill(
    session: Session, here: Riverside, pump: Pump
) -> None:
    gas = pump_of(session, here, **GAS_DRIVEN)
    for one in (gas, pump):
        happens(session, one, here, EventKind.FLIGHT)
    watch = open_watch(session, gas, WatchKind.RAISED_FLOW)
    assert watch is not None
    assert open_watch(session, pump, WatchKind.RAISED_FLOW) is None

    facts = refill_facts(None, filled_at=AT + DAY, instilled_volume_ml=ml("30"))
    refill = refilled(session, gas, here, facts)

    assert (watch.evidence_kind, watch.evidence_id) == ("refill", refill.id)


def test_hazard_h25_nothing_is_sent_to_a_patient_in_hospital_elsewhere_and_staff_are_told(
    sessions, session: Session, here: Riverside, pump: Pump
) -> None:
    a_contact(session, pump.patient, address="ida@home.example")
    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.danger_at is not None
    now = watch.danger_at - 21 * DAY
    event = happens(
        session, pump, here, EventKind.ADMISSION, at=now - DAY, now=now - DAY,
        place="St Mary's", phone="020 7946 0999",
    )  # fmt: skip
    session.commit()
    sender = Listed()
    ahead = rehearse(sessions, into(Listed()), days=20, now=now).lines

    for at in (now, now + 10 * HOUR, now + 3 * DAY + 10 * HOUR):
        tick(sessions, now=at, host="h")
        deliver(sessions, into(sender), host="h", now=at)
    held = session.scalars(sa.select(Message).where(Message.contact_id.is_not(None))).all()
    assert held
    assert {one.state for one in held} <= {MessageState.HELD, MessageState.SUPERSEDED}
    assert all("hospital elsewhere" in one.state_reason for one in held)
    said = [one.why for one in ahead if one.role == "patient"]
    assert len(said) > 1
    assert all("hospital elsewhere" in why for why in said)
    assert "ida@home.example" not in sender.told
    assert here.nadia.email in sender.told
    (entry,) = entries_of(session, here.clinic, now=now)
    assert "St Mary's, 020 7946 0999" in entry.admitted
    assert open_watch(session, pump) is not None  # the watch goes on

    with pytest.raises(NotAnEvent):  # nobody is in two hospitals
        happens(session, pump, here, EventKind.ADMISSION, at=now, now=now, place="B")
    home = EndFacts(ended_at=now + 4 * DAY)
    end_event(session, event, home, by=here.nadia, now=now + 4 * DAY)
    session.commit()
    for at in (now + 4 * DAY + 10 * HOUR, now + 5 * DAY + 10 * HOUR):
        tick(sessions, now=at, host="h")
        deliver(sessions, into(sender), host="h", now=at)
    assert sender.told.count("ida@home.example") == 1


def test_an_admission_that_was_never_so_is_over_when_it_is_struck_out(
    session: Session, here: Riverside, pump: Pump
) -> None:
    event = happens(session, pump, here, EventKind.ADMISSION, place="St Mary's")
    assert pump.patient.admitted_at == AT

    void(session, event, reason="another patient", by=here.nadia, now=AT + HOUR)

    assert pump.patient.admitted_at is None


def corrected(session, event, here, *, now=AT + DAY, **facts) -> Event:
    facts = {"kind": event.kind, "started_at": event.started_at, "place": event.place} | facts
    return record_event(
        session, event.pump, EventFacts(**facts), reason="misread", replaces=event,
        by=here.nadia, now=now,
    )  # fmt: skip


def test_hazard_h24_a_corrected_scan_moves_what_it_asks_for_and_the_evidence_follows(
    session: Session, here: Riverside, pump: Pump
) -> None:
    event = happens(session, pump, here, EventKind.MRI, at=AT)
    watch = open_watch(session, pump, INTERROGATION)
    assert watch is not None

    event = corrected(session, event, here, started_at=AT + 3 * DAY)
    assert watch.danger_at == AT + 3 * DAY
    running = reads(session, pump, here, AT + 4 * DAY, MotorState.RUNNING)
    assert watch.evidence_id == running.id

    # the scan came after that interrogation: nothing has shown the motor since
    event = corrected(session, event, here, started_at=AT + 5 * DAY, now=AT + 5 * DAY)
    again = open_watch(session, pump, INTERROGATION)
    assert again is not None
    assert again.danger_at == AT + 5 * DAY
    flight = corrected(session, event, here, kind=EventKind.FLIGHT, now=AT + 6 * DAY)
    assert (again.evidence_kind, again.evidence_id) == ("event", flight.id)
    assert reproject_all(session, now=AT + 6 * DAY).changed == 0


def test_hazard_h25_the_discharge_goes_with_a_corrected_admission_and_is_corrected_itself(
    session: Session, here: Riverside, pump: Pump
) -> None:
    event = happens(session, pump, here, EventKind.ADMISSION, place="St Mary")
    event = corrected(session, event, here, place="St Mary's")  # not a second admission
    by = {"by": here.nadia, "now": AT + 3 * DAY}
    end_event(session, event, EndFacts(ended_at=AT + 2 * DAY), **by)

    event = corrected(session, event, here, started_at=AT + HOUR, now=AT + 3 * DAY)
    (row,) = events_of(session, pump)
    assert (row[0], row[1].ended_at) == (event, AT + 2 * DAY)
    assert pump.patient.admitted_at is None
    with pytest.raises(NotAnEvent):  # it would begin after its end
        corrected(session, event, here, started_at=AT + 3 * DAY, now=AT + 3 * DAY)
    facts = EndFacts(ended_at=AT + 3 * DAY)
    end = correct_end(session, pump, facts, reason="a day later", replaces=row[1], **by)
    assert events_of(session, pump) == [(event, end)]


def test_promise_evidence_only_a_discharge_ends_no_suspicion_that_it_is_corrected_into(
    session: Session, here: Riverside, pump: Pump
) -> None:
    event = happens(session, pump, here, EventKind.INFECTION)
    by = {"by": here.nadia, "now": AT + HOUR}
    end_event(session, event, EndFacts(ended_at=AT + HOUR), **by)

    corrected(session, event, here, kind=EventKind.POCKET_FILL)

    assert open_watch(session, pump, ASSESSMENT) is not None
