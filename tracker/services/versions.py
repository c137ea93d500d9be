"""Two people at one pump: the second sees what changed before anything is written."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from tracker.domain.errors import ChangedMeanwhile, HandedOver
from tracker.models import Clinic, Patient, Pump, Staff

_GONE = "This patient has been handed over to another clinic meanwhile."
# of a pump what others may have written since it was read: it may have ended by now
_NEWEST = ("version", "ended_at", "ended_on", "end_kind")
# put together once: every record begins so
_MOVE_ON = (
    sa.update(Pump)
    .where(Pump.id == sa.bindparam("number"))
    .values(version=Pump.version + 1)
    .returning(Pump.clinic_id, *(getattr(Pump, name) for name in _NEWEST))
    .execution_options(synchronize_session=False)
)
_MOVE_ON_AS_SEEN = _MOVE_ON.where(Pump.version == sa.bindparam("seen"))
_WITH_ITS_OWN = (
    sa.select(Pump)
    .where(Pump.id == sa.bindparam("number"))
    .options(
        *(joinedload(one, innerjoin=True) for one in (Pump.clinic, Pump.patient, Pump.model))
    )
)


def take_version(session: Session, pump: Pump, seen_version: int | None) -> None:
    """Move the pump's version on; refused when somebody else did so since `seen_version`.

    Without one it is refused to who doesn't know yet that the pump went to another clinic.
    """
    move_on, facts = _MOVE_ON, {"number": pump.id}
    if seen_version is not None:
        move_on, facts = _MOVE_ON_AS_SEEN, {"number": pump.id, "seen": seen_version}
    taken = session.execute(move_on, facts).one_or_none()
    if taken is None:
        stay_here(session, pump)
        raise ChangedMeanwhile(
            "Somebody else recorded something on this pump since you opened this page."
            " See what changed, then save again; what you typed is kept."
        )
    if taken.clinic_id != pump.clinic_id:
        raise HandedOver(_GONE)
    for name in _NEWEST:
        set_committed_value(pump, name, getattr(taken, name))
    read_along(session, pump)


def read_along(session: Session, pump: Pump) -> None:
    """Have the pump's clinic, patient and model in one question instead of three.

    A page has read them with the pump.
    """
    if not sa.inspect(pump).unloaded.isdisjoint(("patient", "model")):
        session.scalars(_WITH_ITS_OWN, {"number": pump.id}).one()


def stay_here(session: Session, row: Patient | Pump) -> None:
    """Keep a patient or pump from going to another clinic meanwhile; refused if they have."""
    asked = sa.select(type(row).clinic_id).where(type(row).id == row.id)
    if session.scalar(asked.with_for_update()) != row.clinic_id:
        raise HandedOver(_GONE)


def hold(session: Session, pumps: Iterable[Pump]) -> None:
    """Take several pumps in one order, that of their numbers: so nobody waits in a ring."""
    numbers = {one.id for one in pumps}
    asked = sa.select(Pump.id).where(Pump.id.in_(numbers)).order_by(Pump.id)
    session.execute(asked.with_for_update()).all()


def hold_person(session: Session, staff: Staff) -> None:
    """Let what two forms write for one person come one after the other."""
    held = sa.select(Staff.id).where(Staff.id == staff.id)
    session.execute(held.with_for_update(key_share=True))


def hold_clinic(session: Session, clinic: Clinic) -> None:
    """Take a clinic with its pumps, the pumps first, as whoever writes for one pump does."""
    session.flush()
    asked = sa.select(Pump.id).where(Pump.clinic_id == clinic.id, Pump.ended_at.is_(None))
    session.execute(asked.order_by(Pump.id).with_for_update()).all()
    session.refresh(clinic, with_for_update=True)
