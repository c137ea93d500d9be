"""The clinic that every page is looked at in: something of everything the pages can show."""

from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa

from tests.builders import an_order, ml
from tests.hooks import an_agreed_webhook
from tests.recalled import one_noticed
from tests.riverside import DAY, pump_of, refill_facts, refilled, riverside
from tests.web.conftest import HASH
from tracker.db import make_engine, make_sessions
from tracker.domain.alarm import HEARD, Reporter, Tone
from tracker.domain.events import EventKind
from tracker.domain.infusion import Mode
from tracker.domain.medicines import MedicineKind
from tracker.domain.message import Channel
from tracker.domain.orders import OrderRules, OrderState, OrderTracking
from tracker.domain.visit import Transport
from tracker.models import (
    Heartbeat,
    Message,
    PumpEnd,
    Relation,
    Reply,
    Restoration,
    Role,
    Scope,
    SilenceRow,
    Watch,
)
from tracker.services import accesses, webhook_calls, webhooks
from tracker.services.alarm_closings import close_with_reading
from tracker.services.alarms import AlarmFacts, record_alarm
from tracker.services.appointments import book, booked_for
from tracker.services.arrangements import ArrangementFacts, arrange
from tracker.services.arrivals import ArrivalFacts, record_arrival
from tracker.services.closures import close_span
from tracker.services.cover import put_on_duty, record_absence
from tracker.services.endings import endings_of
from tracker.services.events import EventFacts, record_event
from tracker.services.medicines import MedicineFacts, begin_medicine
from tracker.services.order_rules import put
from tracker.services.patients import NewContact, add_contact
from tracker.services.programmes import ProgrammeFacts, change_dose
from tracker.services.proposals import change
from tracker.services.proposed import RULES, rules_of
from tracker.services.pumps import end_pump
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.replacements import set_theatre
from tracker.services.replies import Answered, receive
from tracker.services.silences import acknowledge
from tracker.services.tokens import make_token
from tracker.services.transfers import propose

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def _next_weekday() -> datetime:
    """A morning on which the clinic is open, a week or so ahead."""
    at = NOW + 7 * DAY
    return at + max(0, 7 - at.weekday()) * DAY if at.weekday() > 4 else at


def fill(url: str) -> dict[str, object]:
    engine = make_engine(url)
    with make_sessions(engine)() as session:
        numbers = everything(session)
        session.commit()
    engine.dispose()
    return numbers


def everything(session) -> dict[str, object]:
    """The clinic; the numbers of what is in it."""
    here = riverside(session)
    here.nadia.password_hash = HASH
    for one in here.nadia.memberships:
        one.role = Role.ADMINISTRATOR  # who may open every page
    late, calm, stopped, unknown = (pump_of(session, here) for _ in range(4))
    long_ago = refill_facts("800", filled_at=NOW - 120 * DAY)
    refilled(session, late, here, long_ago)
    refilled(session, calm, here, refill_facts("300", filled_at=NOW - 100 * DAY))
    facts = refill_facts(None, filled_at=NOW - 20 * DAY, actual_residual_volume_ml=22)
    newest = refilled(session, calm, here, facts)
    refilled(session, stopped, here, refill_facts("300", filled_at=NOW - 50 * DAY))
    _stop(session, stopped, here)
    _say(session, here, late)
    book(session, calm, scheduled_at=_next_weekday(), by=here.nadia, now=NOW)
    replies = _answer(session, here, late)
    _take_in_hand(session, here, calm)
    proposal = _propose(session, here)
    access = _open_elsewhere(session, here)
    offer = _hand_over(session, here)
    event, medicine = _happen(session, here, late)
    noticed = one_noticed(session, here.clinic, by=here.nadia, now=NOW)
    at = NOW + 10 * DAY
    set_theatre(session, calm, theatre_at=at, note="Theatre 2", by=here.nadia, now=NOW)
    alarms = _sound(session, here)
    webhook = _call_elsewhere(session, here)
    order = _order(session, here, calm)
    restoration = _put_back(session, here)
    ended = _end(session, here)
    session.add(Heartbeat(ticked_at=NOW, host="test", breaches=[], faults=[]))
    return {
        "nadia": here.nadia.email,
        "late": late.id,
        "calm": calm.id,
        "stopped": stopped.id,
        "unknown": unknown.id,
        "patient": late.patient_id,
        "family_name": late.patient.family_name,
        "refill": newest.id,
        "replies": replies,
        "proposal": proposal.id,
        "access": access.id,
        "offer": offer.id,
        "noticed": noticed.id,
        "recall": noticed.recall_id,
        "alarms": alarms,
        "webhook": webhook.id,
        "order": order.id,
        "visit_on": _next_weekday().date().isoformat(),
        "watches": _one_of_each(session, here.clinic),
        "event": event,
        "restoration": restoration,
        "ended": ended.pump_id,
        "ending": ended.id,
        "medicine": medicine,
        "message": session.scalar(sa.select(sa.func.max(Message.id))),
    }


def _one_of_each(session, clinic) -> list[int]:
    """The open watches, the first due first; of those that say the same only one."""
    asked = sa.select(Watch).where(Watch.closed_at.is_(None), Watch.clinic_id == clinic.id)
    found: dict[tuple[object, ...], int] = {}
    for one in session.scalars(asked.order_by(Watch.danger_at)):
        alike = (one.kind, one.level, one.binding_rule, one.risk_class, one.inhibited_by)
        alike += (one.visit_at, one.next_action, one.danger_at is None, one.explanation == {})
        found.setdefault((*alike, _is_silenced(session, one)), one.id)
    return list(found.values())


def _is_silenced(session, watch) -> bool:
    asked = sa.select(SilenceRow.id).where(
        SilenceRow.watch_id == watch.id, SilenceRow.ended_at.is_(None)
    )
    return session.scalar(asked) is not None


def _end(session, here):
    """A pump that Dr Ito has recorded as ended, for Nadia to confirm."""
    pump = pump_of(session, here)
    facts = {"kind": PumpEnd.DIED, "ended_on": NOW.date(), "note": "letter of the GP"}
    end_pump(session, pump, **facts, second=here.nadia, by=here.ito, now=NOW)
    return endings_of(session, pump.id)[0]


def _happen(session, here, pump):
    """A suspected pocket fill, an admission, and a medicine by mouth."""
    facts = {"by": here.nadia, "now": NOW}
    there = {"place": "St Mary's", "phone": "020 7946 0999"}
    for kind, more in ((EventKind.ADMISSION, there), (EventKind.POCKET_FILL, {})):
        happened = EventFacts(kind=kind, started_at=NOW - DAY, **more)
        event = record_event(session, pump, happened, **facts)
    medicine = begin_medicine(
        session,
        pump.patient,
        MedicineFacts(
            kind=MedicineKind.BACLOFEN,
            name="Baclofen",
            dose_mcg=ml("10000"),
            times_a_day=ml("3"),
            since_on=NOW.date(),
        ),
        **facts,
    )
    return event.id, medicine.id


def _propose(session, here):
    """A shorter buffer, which waits, and a few closed days."""
    day = (NOW + 20 * DAY).date()
    close_span(session, here.clinic, day, day + 2 * DAY, name="Repairs", by=here.ito, now=NOW)
    after = replace(rules_of(here.clinic), buffer_days=3).as_json()
    why = "We book a day ahead now."
    return change(session, here.clinic, RULES, after, reason=why, by=here.ito, now=NOW)


def _open_elsewhere(session, here):
    """A patient of the neighbour, opened by Nadia; and one of ours, opened by Sam."""
    facts = {"clinic": here.neighbour, "nadia": here.sam}
    theirs = pump_of(session, replace(here, **facts)).patient
    ours = pump_of(session, here).patient
    why, now = "Here in our emergency room; nobody answers there.", NOW
    accesses.open_record(session, here.neighbour, ours, reason=why, by=here.sam, now=now)
    return accesses.open_record(
        session, here.clinic, theirs, reason=why, by=here.nadia, now=now
    )


def _hand_over(session, here):
    """A patient whom the neighbour offers to us, and one whom we offer to the neighbour."""
    theirs = pump_of(session, replace(here, clinic=here.neighbour, nadia=here.sam))
    refilled(session, theirs, replace(here, clinic=here.neighbour, nadia=here.sam))
    number = NewContact(Relation.PATIENT, "Ida", Channel.SMS, "+447700900777", "on paper")
    add_contact(session, theirs.patient, number, by=here.sam, now=NOW)
    ours, why = pump_of(session, here).patient, "Has moved to their daughter's."
    propose(session, ours, here.neighbour, reason=why, by=here.nadia, now=NOW)
    return propose(session, theirs.patient, here.clinic, reason=why, by=here.sam, now=NOW)


def _sound(session, here) -> list[int]:
    """A pump that is empty and low, one that somebody heard, and one whose alarm is over."""
    here.clinic.emergency_plan_critical = "Ring the physician on call.\nTake the pump card."
    here.clinic.red_flags = "Itching without a rash, stiffness, fever"
    here.clinic.emergency_numbers = "On call: 020 7946 0333"
    pump, other = pump_of(session, here), pump_of(session, here)
    hour_ago = NOW - DAY / 24
    told = {"alarmed_at": hour_ago, "reported_at": hour_ago, "doing": "Comes at 14:00."}
    made = []
    for one, code, tone in (
        (pump, "low_reservoir", None),
        (pump, "empty_reservoir", None),
        (other, HEARD[Tone.NOT_SURE], Tone.NOT_SURE),
        (other, "memory_error_noncritical", None),
    ):
        facts = AlarmFacts(code=code, tone=tone, reporter=Reporter.CLINIC, **told)
        made.append(record_alarm(session, one, facts, by=here.nadia, now=NOW))
    read = ReadingFacts(read_at=NOW, note="log read")
    reading = record_interrogation(session, other, read, by=here.nadia, now=NOW)
    close_with_reading(session, made[3], reading, by=here.nadia, now=NOW)
    return [one.id for one in made]


def _put_back(session, here) -> int:
    """Records that came out of a backup, and were compared: no banner stands on the pages."""
    compared = {"confirmed_at": NOW, "confirmed_by": here.nadia, "compared_with": "the list"}
    moments = {"taken_at": NOW - DAY, "restored_at": NOW - DAY, "digest": "0" * 64}
    row = Restoration(clinic=here.clinic, **moments, **compared)
    session.add(row)
    session.flush()
    return row.id


def _call_elsewhere(session, here):
    """A webhook that has failed, one that is revoked, and a calendar."""
    facts = {"address": "https://hooks.example.org/pumps", "by": here.nadia, "now": NOW}
    gone = an_agreed_webhook(session, here.clinic, name="Old board", **facts)
    webhooks.revoke_webhook(session, gone, by=here.nadia, now=NOW)
    found = an_agreed_webhook(session, here.clinic, name="Board of the ward", **facts)
    call = webhook_calls.claim(session, found.id, now=NOW)
    why = "the name leads inside the hospital's network, where nothing is sent"
    webhook_calls.settle(session, call, webhook_calls.Answer(problem=why), now=NOW)
    calendar = {"scope": Scope.READ_CALENDAR, "ends_at": NOW + 90 * DAY}
    make_token(session, here.clinic, name="Outlook", **calendar, by=here.nadia, now=NOW)
    return found


def _order(session, here, pump):
    """A clinic that watches every order: one has come and can't be used, the rest are open."""
    put(session, here.clinic, OrderRules(OrderTracking.ALL, True).as_json(), now=NOW)
    order = an_order(session, pump, state=OrderState.ORDERED)
    arrival = ArrivalFacts(
        arrived_on=NOW.date(), label=order.strengths, lot="L1", volume_ml=ml("40"),
        beyond_use_on=NOW.date(), unchecked_because="alone today",
    )  # fmt: skip
    record_arrival(session, order, arrival, by=here.nadia, now=NOW)
    visit = booked_for(session, pump.id)
    needed = ArrangementFacts(transport=Transport.NEEDED, interpreter="Polish")
    arrange(session, visit, needed, by=here.nadia, now=NOW)
    return order


def _stop(session, pump, here) -> None:
    facts = ProgrammeFacts(effective_at=NOW - 2 * DAY, mode=Mode.STOPPED)
    change_dose(session, pump, facts, reason="infection", by=here.nadia, now=NOW - 2 * DAY)


def _answer(session, here, pump) -> list[int]:
    """What a patient and somebody unknown have answered; both wait to be read."""
    number = NewContact(Relation.PATIENT, "Ada", Channel.SMS, "+447700900123", "on paper")
    add_contact(session, pump.patient, number, by=here.nadia, now=NOW)
    long = "I can't come on Monday, and I have felt stiff since the weekend. " * 4
    for place, sender in enumerate(("+447700900123", "+447700900999")):
        said = Answered("gateway", f"answer {place}", sender, "", long)
        receive(session, said, now=NOW)
    return list(session.scalars(sa.select(Reply.id).order_by(Reply.id)))


def _take_in_hand(session, here, pump) -> None:
    asked = sa.select(Watch).where(Watch.open_key == f"{pump.id}:refill")
    watch, note = session.scalars(asked).one(), "I ring today, and offer Monday or Tuesday"
    until = NOW + min(DAY, (watch.danger_at - NOW) / 2)
    acknowledge(session, watch, note=note, until=until, by=here.nadia, now=NOW)
    duty = {"starts_at": NOW, "ends_at": NOW + DAY, "by": here.nadia, "now": NOW}
    put_on_duty(session, here.clinic, here.nadia, **duty)
    away = {"starts_at": NOW + 2 * DAY, "ends_at": NOW + 3 * DAY, "by": here.nadia, "now": NOW}
    record_absence(session, here.clinic, here.nadia, note="annual leave", **away)


def _say(session, here, pump) -> None:
    watch = session.scalars(sa.select(Watch).where(Watch.open_key == f"{pump.id}:refill")).one()
    for number, state in enumerate(
        ("planned", "held", "sent", "delivered", "failed", "unknown")
    ):
        session.add(
            Message(
                key=f"browser:{number}",
                clinic_id=here.clinic.id,
                watch=watch,
                step=1,
                round=1,
                level="urgent",
                template="refill_late",
                staff_id=here.nadia.id,
                channel="email",
                state=state,
                sent_at=NOW if state in ("sent", "delivered") else None,
                due_at=NOW,
                planned_at=NOW,
                subject="A refill is late",
                body="Hello Nadia",
            )
        )
    session.flush()
