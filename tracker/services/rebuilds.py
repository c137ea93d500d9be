"""Working every watch of a clinic out anew, when what changed is a rule and not a record."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Clinic, Pump, Watch
from tracker.services.closed_visits import flag_closed
from tracker.services.watches import reproject

# what ends a watch when the clinic's rules or the catalogue changed
RULES = Evidence(EvidenceKind.RULES)
Dates = dict[int, tuple[object, ...]]
SAID = (
    Watch.kind,
    Watch.danger_at,
    Watch.earliest_at,
    Watch.likely_at,
    Watch.latest_at,
    Watch.dry_at,
    Watch.counts_from_at,
    Watch.binding_rule,
    Watch.risk_class,
    Watch.next_action_at,
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many active pumps were looked at, and how many watches opened, moved or closed."""

    pumps: int = 0
    changed: int = 0

    def __add__(self, other: "Rebuilt") -> "Rebuilt":
        return Rebuilt(self.pumps + other.pumps, self.changed + other.changed)


def reproject_clinic(session: Session, clinic: Clinic, *, now: datetime) -> Rebuilt:
    """Let every watch of the clinic's active pumps say what the records and rules say now.

    No record is the evidence here, so no refill or battery watch ends.
    """
    session.flush()
    session.expire(clinic, ["closures"])
    before = _dates(session, clinic)
    pumps = session.scalars(
        sa.select(Pump)
        .where(Pump.clinic_id == clinic.id, Pump.ended_at.is_(None))
        .order_by(Pump.id)
        .options(joinedload(Pump.patient), joinedload(Pump.model), joinedload(Pump.owner))
    ).all()
    for pump in pumps:
        reproject(session, pump, because=RULES, now=now)
    flag_closed(session, clinic, now=now)
    after = _dates(session, clinic)
    changed = sum(before.get(one) != after.get(one) for one in before.keys() | after.keys())
    return Rebuilt(len(pumps), changed)


def reproject_all(session: Session, *, now: datetime) -> Rebuilt:
    """The same for every clinic."""
    clinics = session.scalars(sa.select(Clinic).order_by(Clinic.id)).all()
    return sum((reproject_clinic(session, one, now=now) for one in clinics), Rebuilt())


def _dates(session: Session, clinic: Clinic) -> Dates:
    found = sa.select(Watch.id, *SAID).where(
        Watch.clinic_id == clinic.id, Watch.closed_at.is_(None), Watch.pump_id.is_not(None)
    )
    return {row[0]: tuple(row[1:]) for row in session.execute(found)}
