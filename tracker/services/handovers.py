"""What goes with a patient to another clinic, in the one transaction of the acceptance.

Each open watch ends in the old clinic, with the acceptance as its evidence, and opens in the
new one: so what was said stays where it was said, and the new owner is told from the start.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.message import UNSENT, MessageState
from tracker.models import Message, Patient, Pump, Reply, Staff, Transfer, Watch
from tracker.services import replacements
from tracker.services.appointments import end_with_pump
from tracker.services.lifespans import born, close, opened, settle
from tracker.services.policies import newest_policy
from tracker.services.pump_checks import with_serial
from tracker.services.recalls import look_at_pump
from tracker.services.versions import take_version
from tracker.services.watches import reproject

GONE = "the patient was handed over to another clinic"
AS_IT_WAS = (
    *("danger_at", "earliest_at", "likely_at", "latest_at", "dry_at", "counts_from_at"),
    *("binding_rule", "explanation", "drugs", "levels", "risk_class", "stopped_since"),
    *("alarm_id", "inhibited_by", "rank"),
)


# A visit is the old clinic's; what is to be ordered or asked for, the new one's rules say.
OF_A_CLINIC = (
    WatchKind.VISIT,
    WatchKind.CALL,
    WatchKind.ORDER,
    WatchKind.AUTHORISATION,
)


class Clashes(TrackerError):
    """A number that the receiving clinic has given to somebody else."""

    code = "clashes"


def refuse_clash(session: Session, transfer: Transfer, pumps: Sequence[Pump], mrn: str) -> None:
    """Refuse what would be twice in the new clinic: a patient's number, a serial number."""
    there = transfer.to_clinic_id
    if not mrn:
        raise Clashes("Give the number that the patient has with you.", field="mrn")
    same = sa.select(Patient.id).where(Patient.clinic_id == there, Patient.mrn == mrn)
    if session.scalar(same) is not None:
        raise Clashes("Another of your patients has this number: give a new one.", field="mrn")
    for pump in pumps:
        if with_serial(session, there, pump.model, pump.serial) is not None:
            raise Clashes(
                f"Serial number {pump.serial} is recorded in your clinic already: one of"
                " the two is wrong. Correct yours, or ask the other clinic to correct theirs."
            )


def hand_patient_over(
    session: Session,
    transfer: Transfer,
    pumps: Sequence[Pump],
    owner: Staff,
    mrn: str,
    *,
    by: Staff,
    now: datetime,
) -> None:
    """Move the patient, their pumps and all that is open; what has ended stays as it is."""
    evidence, patient = Evidence(EvidenceKind.TRANSFER, transfer.id), transfer.patient
    for pump in pumps:
        end_with_pump(session, pump, reason=GONE, by=by, now=now)
        replacements.end_with_clinic(session, pump, why=GONE, by=by, now=now)
    old = _end_watches(session, pumps, evidence, now=now)
    patient.clinic, patient.mrn = transfer.to_clinic, mrn
    for pump in pumps:
        pump.clinic = transfer.to_clinic
        if pump.ended_at is None:
            pump.owner = owner
            take_version(session, pump, None)  # a page that is open over there saves no more
    session.flush()
    for watch, key in old:
        if watch.kind not in OF_A_CLINIC:
            _open_again(session, watch, key, transfer, owner, now=now)
    # what the acceptance has ended is open again here, and is not to end by it once more
    taken = Evidence(EvidenceKind.TAKEN_OVER, transfer.id)
    for pump in pumps:
        if pump.ended_at is None:
            reproject(session, pump, because=taken, now=now)
            look_at_pump(session, pump, by=by, now=now)


def _end_watches(
    session: Session, pumps: Sequence[Pump], evidence: Evidence, *, now: datetime
) -> list[tuple[Watch, str]]:
    """End what is open of these pumps, and take back what waits to be said of it.

    With each comes the key that it had, for the one that opens in the new clinic.
    """
    asked = sa.select(Watch).where(
        Watch.pump_id.in_([one.id for one in pumps]), Watch.closed_at.is_(None)
    )
    held = asked.order_by(Watch.id).with_for_update()
    # as they are now: what was asked of one a moment ago goes along
    found = session.scalars(held.execution_options(populate_existing=True))
    old = [(watch, watch.open_key) for watch in found if watch.open_key is not None]
    for watch, _key in old:
        close(session, watch, evidence, now=now)
    session.execute(
        sa.update(Message)
        .where(
            Message.watch_id.in_([watch.id for watch, _key in old]), Message.state.in_(UNSENT)
        )
        .values(state=MessageState.SUPERSEDED, state_reason=GONE)
        .execution_options(synchronize_session=False)
    )
    session.flush()  # the keys are free before the next watches take them
    return old


def _open_again(
    session: Session,
    old: Watch,
    key: str,
    transfer: Transfer,
    owner: Staff,
    *,
    now: datetime,
) -> None:
    """The same danger in the new clinic, on its own ladder and from its first step.

    It keeps the hour of its opening: what has waited for days isn't news again.
    """
    clinic_id = transfer.to_clinic_id
    watch = Watch(
        **born(
            old.kind,
            key,
            clinic_id=clinic_id,
            pump_id=old.pump_id,
            owner_id=owner.id,
            now=old.opened_at,
        )
    )
    for name in AS_IT_WAS:
        setattr(watch, name, getattr(old, name))
    watch.policy = newest_policy(session, clinic_id, old.kind, old.risk_class, now=now)
    settle(session, watch, now=now)
    opened(session, watch, now=now)
    # an answer that nobody has read yet is read where the patient is now
    session.execute(
        sa.update(Reply)
        .where(Reply.watch_id == old.id, Reply.handled_at.is_(None))
        .values(watch_id=watch.id, clinic_id=clinic_id)
        .execution_options(synchronize_session=False)
    )
