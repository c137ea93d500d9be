"""How each record is usually made, with any of its facts put otherwise."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from tests.recalled import FACTS as NOTICE
from tests.riverside import Bedside, programme_facts, refill_facts
from tests.services.test_orders import BACLOFEN, NOW, TODAY, ordered
from tracker.domain.alarm import Reporter
from tracker.domain.events import EventKind
from tracker.domain.infusion import Mode
from tracker.domain.medicines import MedicineKind
from tracker.domain.orders import PayerStep
from tracker.domain.recall import RecallFacts
from tracker.services.alarms import AlarmFacts, record_alarm
from tracker.services.arrivals import ArrivalFacts, record_arrival
from tracker.services.authorisations import PayerFacts, record_authorisation
from tracker.services.events import EndFacts, EventFacts, end_event, record_event
from tracker.services.medicines import MedicineFacts, begin_medicine
from tracker.services.orders import OrderFacts, place_order
from tracker.services.programmes import ProgrammeFacts, change_dose
from tracker.services.pump_checks import PumpDetails, details_of
from tracker.services.pumps import correct_pump
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.recalls import enter_recall
from tracker.services.refills import DrugFacts, RefillFacts, record_refill
from tracker.services.reviews import ReviewFacts, record_review

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


Act = Callable[[Session, Bedside, dict[str, Any]], object]


def refill(session: Session, at: Bedside, facts: dict[str, Any]) -> object:
    return record_refill(session, at.pump, refill_facts(**facts), **said(at))


def said(at: Bedside) -> dict[str, Any]:
    return {"reason": "as it was found", "by": at.here.nadia, "now": NOW}


def who(at: Bedside) -> dict[str, Any]:
    return {"by": at.here.nadia, "now": NOW}


def fill_of(session: Session, at: Bedside, facts: dict[str, Any]) -> object:
    one = DrugFacts(
        **{"drug_code": "baclofen", "concentration_mcg_per_ml": Decimal(2000)} | facts
    )
    return refill(session, at, {"filled_at": NOW - HOUR, "drugs": (one,)})


def details(session: Session, at: Bedside, facts: dict[str, Any]) -> object:
    known = {name: getattr(details_of(at.pump), name) for name in PumpDetails.__slots__}
    return correct_pump(
        session, at.pump, PumpDetails(**known | {"purpose": "other"} | facts), **said(at)
    )


def end_of(session: Session, at: Bedside, facts: dict[str, Any]) -> object:
    away = EventFacts(kind=EventKind.FEVER, started_at=NOW - 2 * DAY)
    event = record_event(session, at.pump, away, **said(at))
    return end_event(
        session,
        event,
        EndFacts(
            **{"ended_at": NOW - HOUR, "decided_by": "Dr Ito", "note": "no sooner"} | facts
        ),
        **who(at),
    )


def arrival(session: Session, at: Bedside, facts: dict[str, Any]) -> object:
    usual = {
        "arrived_on": TODAY, "label": BACLOFEN, "lot": "L1", "volume_ml": Decimal(40),
        "expires_on": date(2027, 1, 1), "checked_by_id": at.here.ito.id,
    }  # fmt: skip
    order = ordered(session, at)
    return record_arrival(session, order, ArrivalFacts(**usual | facts), **said(at))


def order(session: Session, at: Bedside, facts: dict[str, Any]) -> object:
    usual = {"drugs": BACLOFEN, "volume_ml": Decimal(40), "pharmacy": "Hill Pharmacy"}
    stated = OrderFacts(**usual | {"ordered_on": TODAY} | facts)
    return place_order(session, at.here.clinic, at.pump, stated, **said(at))


def made(facts_of: type, act: Callable[..., object], on: str = "pump", **usual: Any) -> Act:
    """An act that makes the facts and hands them to the service."""

    def does(session: Session, at: Bedside, facts: dict[str, Any]) -> object:
        of = {"pump": at.pump, "patient": at.pump.patient, "clinic": at.here.clinic}[on]
        return act(session, of, facts_of(**usual | facts), **who(at))

    return does


def unusual(act: Callable[..., object]) -> Callable[..., object]:
    """The same with a reason for whatever is unusual."""
    return lambda session, of, facts, **more: act(session, of, facts, reason="as found", **more)


BOLUSES = {
    "patient_bolus_mcg": Decimal(20),
    "patient_bolus_max_per_day": 4,
    "patient_bolus_average_per_day": Decimal(2),
    "patient_bolus_lockout_minutes": 240,
}
PERIODIC = {
    "mode": Mode.PERIODIC_BOLUS,
    "dose_mcg_per_day": Decimal(400),
    "periodic_bolus_mcg": Decimal(30),
    "periodic_interval_minutes": 240,
    "periodic_duration_minutes": 10,
}


def programme(**usual: Any) -> Act:
    def does(session: Session, at: Bedside, facts: dict[str, Any]) -> object:
        stated = programme_facts(**{"effective_at": NOW - HOUR} | usual | facts)
        return change_dose(session, at.pump, stated, **said(at))

    return does


# How each is made usually; where a fact counts only beside others, once more with them.
ACTS: dict[str, tuple[type, Act]] = {
    "refill": (
        RefillFacts, lambda s, at, facts: refill(s, at, {"filled_at": NOW - HOUR} | facts)
    ),
    "drug": (DrugFacts, fill_of),
    "programme": (ProgrammeFacts, programme()),
    "with boluses": (ProgrammeFacts, programme(**BOLUSES)),
    "periodic": (ProgrammeFacts, programme(**PERIODIC)),
    "reading": (
        ReadingFacts,
        made(ReadingFacts, unusual(record_interrogation), read_at=NOW - HOUR),
    ),
    "alarm": (
        AlarmFacts,
        made(
            AlarmFacts, record_alarm, code="empty_reservoir", alarmed_at=NOW - HOUR,
            reported_at=NOW - HOUR, reporter=Reporter.PATIENT, doing="comes in",
        ),
    ),
    "event": (
        EventFacts,
        made(
            EventFacts, unusual(record_event), kind=EventKind.FEVER, started_at=NOW - HOUR
        ),
    ),
    "end of an event": (EndFacts, end_of),
    "review": (
        ReviewFacts,
        made(
            ReviewFacts, unusual(record_review), reviewed_at=NOW - HOUR,
            reviewed_by="Dr Ito", has_dose=True,
        ),
    ),
    "medicine": (
        MedicineFacts,
        made(
            MedicineFacts, begin_medicine, "patient", kind=MedicineKind.BACLOFEN,
            name="Baclofen", dose_mcg=Decimal(10000), times_a_day=Decimal(3), since_on=TODAY,
        ),
    ),
    "order": (OrderFacts, order),
    "arrival": (ArrivalFacts, arrival),
    "payer": (
        PayerFacts,
        made(
            PayerFacts, record_authorisation, step=PayerStep.GRANTED, happened_on=TODAY,
            payer="Hill", valid_until_on=date(2027, 12, 1),
        ),
    ),
    "pump": (PumpDetails, details),
    "notice": (RecallFacts, made(RecallFacts, enter_recall, "clinic", **NOTICE)),
}  # fmt: skip
ONLY: dict[str, Any] = {"with boluses": BOLUSES, "periodic": PERIODIC}
RECKONED = {"BatteryFacts", "PumpFacts"}  # what the rules reckon from; nobody enters them
