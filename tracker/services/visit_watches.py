"""The watch of a booked visit: opened with it, and ended by what became of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Appointment, Pump, Watch
from tracker.services.lifespans import born, close, follow_policy, keep
from tracker.services.visit_checks import NotBooked
from tracker.services.watches import OpenWatches, open_key
from tracker.services.watches import open_of as open_of
from tracker.services.watches import open_watches as open_watches


def open_visit(
    session: Session,
    pump: Pump,
    appointment: Appointment,
    watches: OpenWatches,
    *,
    now: datetime,
) -> None:
    """Open the watch of a visit that is booked; `watches` are those of the pump so far."""
    # a visit that was kept without a refill is asked about until the next one is booked
    because = Evidence(EvidenceKind.APPOINTMENT, appointment.id)
    _close(session, watches.get(WatchKind.VISIT), because, now=now)
    refill = watches.get(WatchKind.REFILL)
    if refill is None:
        raise NotBooked("This pump is watched no more: no visit can be booked for it.")
    watch = Watch(
        **born(
            WatchKind.VISIT,
            open_key(pump, WatchKind.VISIT),
            clinic_id=pump.clinic_id,
            pump_id=pump.id,
            owner_id=pump.owner_id,
            now=now,
        )
    )
    watch.danger_at, watch.explanation = appointment.scheduled_at, {}
    watch.drugs = refill.drugs
    follow_policy(session, watch, refill.risk_class, now=now)
    keep(session, watch, is_new=True, now=now)


def close_visit(session: Session, appointment: Appointment, *, now: datetime) -> None:
    close_watch(
        session, appointment.pump, Evidence(EvidenceKind.APPOINTMENT, appointment.id), now=now
    )


def close_watch(session: Session, pump: Pump, evidence: Evidence, *, now: datetime) -> None:
    _close(session, open_of(session, pump, WatchKind.VISIT), evidence, now=now)


def _close(session: Session, watch: Watch | None, evidence: Evidence, *, now: datetime) -> None:
    if watch is not None:
        close(session, watch, evidence, now=now)
        session.flush()  # the key is free before the next watch takes it
