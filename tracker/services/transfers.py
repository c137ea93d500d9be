"""Handing a patient to another clinic: watched by both until the receiver has decided.

Until then the patient is the old clinic's, and nothing is quietened. See
docs/decisions/0022-a-patient-goes-to-another-clinic.md.
"""

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.danger import WatchKind
from tracker.domain.errors import ChangedMeanwhile, TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import (
    Clinic,
    Patient,
    Pump,
    Role,
    Staff,
    Transfer,
    TransferOutcome,
    Watch,
)
from tracker.services.faults import Cause, raise_fault
from tracker.services.handovers import hand_patient_over, refuse_clash
from tracker.services.lifespans import close_keys
from tracker.services.owners import check_owner, first_in_role, possible_owners


class NotTransferred(TrackerError):
    """A handover that can't be proposed, or can't be decided so."""

    code = "not_transferred"


def propose(
    session: Session, patient: Patient, to: Clinic, *, reason: str, by: Staff, now: datetime
) -> Transfer:
    """Offer a patient to another clinic, and let both be asked until it has decided."""
    if to.id == patient.clinic_id:
        raise NotTransferred("Choose another clinic: they are a patient here.", field="to_id")
    if is_blank(reason):
        raise NotTransferred("Say why the patient goes there.", field="reason")
    session.refresh(patient, with_for_update=True)
    if open_transfer(session, patient.id) is not None:
        raise NotTransferred("This patient is offered to a clinic already.")
    transfer = Transfer(
        patient=patient,
        from_clinic_id=patient.clinic_id,
        to_clinic_id=to.id,
        reason=reason.strip(),
        proposed_by=by,
        proposed_at=now,
    )
    session.add(transfer)
    try:
        session.flush()
    except IntegrityError as twice:
        raise NotTransferred("This patient is offered to a clinic already.") from twice
    _watch(session, transfer, now=now)
    return transfer


def _watch(session: Session, transfer: Transfer, *, now: datetime) -> None:
    """Open one watch in each of the two clinics; neither says who the patient is."""
    giving = {one.id for one in possible_owners(session, transfer.from_clinic_id)}
    proposer = transfer.proposed_by_id
    told = (
        (
            transfer.from_clinic_id,
            f"{transfer.to_clinic.name} has not decided yet on a patient whom we offered.",
            proposer if proposer in giving else None,
        ),
        (
            transfer.to_clinic_id,
            f"{transfer.from_clinic.name} offers us a patient: accept or refuse.",
            first_in_role(session, transfer.to_clinic_id, Role.COORDINATOR),
        ),
    )
    for clinic_id, sentence, owner_id in told:
        cause = Cause(
            _key(transfer, clinic_id),
            clinic_id,
            sentence,
            facts=(("transfer_id", transfer.id),),
            owner_id=owner_id,
        )
        raise_fault(session, WatchKind.TRANSFER, cause, now=now)


def _key(transfer: Transfer, clinic_id: int) -> str:
    return f"transfer:{transfer.id}:{clinic_id}"


def open_transfer(session: Session, patient_id: int) -> Transfer | None:
    """The undecided handover of a patient."""
    return session.scalar(
        sa.select(Transfer).where(Transfer.patient_id == patient_id, Transfer.outcome.is_(None))
    )


def refused_offer(session: Session, patient: Patient) -> Transfer | None:
    """The newest handover by the present clinic, if it was refused: whoever offered is to know.

    A later offer, however it ends, takes its place.
    """
    asked = (
        sa.select(Transfer)
        .where(Transfer.patient_id == patient.id, Transfer.from_clinic_id == patient.clinic_id)
        .order_by(Transfer.id.desc())
        .limit(1)
        .options(joinedload(Transfer.to_clinic), joinedload(Transfer.decided_by))
    )
    newest = session.scalar(asked)
    return newest if newest and newest.outcome is TransferOutcome.REFUSED else None


def transfers(session: Session, clinic_id: int, *, limit: int) -> list[Transfer]:
    """Handovers from and to this clinic: the undecided first, then the newest."""
    asked = (
        sa.select(Transfer)
        .where(sa.or_(*(one == clinic_id for one in _sides())))
        .order_by(Transfer.outcome.is_not(None), Transfer.id.desc())
        .limit(limit)
        .options(
            joinedload(Transfer.patient),
            joinedload(Transfer.from_clinic),
            joinedload(Transfer.to_clinic),
            joinedload(Transfer.proposed_by),
            joinedload(Transfer.decided_by),
            joinedload(Transfer.owner),
        )
    )
    return list(session.scalars(asked))


def _sides() -> tuple[sa.ColumnElement[int], ...]:
    return (Transfer.from_clinic_id.expression, Transfer.to_clinic_id.expression)


def withdraw(
    session: Session, transfer: Transfer, *, note: str, by: Staff, now: datetime
) -> None:
    """The old clinic keeps the patient after all."""
    _end(session, transfer, TransferOutcome.WITHDRAWN, note, by=by, now=now)


def refuse(
    session: Session, transfer: Transfer, *, note: str, by: Staff, now: datetime
) -> None:
    """The receiver can't take the patient, and says why; all stays as it was."""
    _end(session, transfer, TransferOutcome.REFUSED, note, by=by, now=now)


def _end(
    session: Session,
    transfer: Transfer,
    outcome: TransferOutcome,
    note: str,
    *,
    by: Staff,
    now: datetime,
) -> None:
    if is_blank(note):
        raise NotTransferred("Say why.", field="note")
    _decide(session, transfer, outcome, by=by, now=now, note=note.strip())
    _close(session, transfer, EvidenceKind.TRANSFER_DECLINED, now=now)


def accept(
    session: Session,
    transfer: Transfer,
    *,
    owner: Staff,
    dates: Mapping[int, date | None],
    seen_versions: Mapping[int, int],
    mrn: str,
    by: Staff,
    now: datetime,
) -> None:
    """The receiver takes the patient: owner, dates and number, all at once or not at all.

    `dates` are the refill-by days as the receiver has read and typed them, by pump, None where
    there is none; `seen_versions` says in which state each pump was read.
    """
    if by.id == transfer.proposed_by_id:
        raise NotTransferred("Somebody else accepts it, not who proposed it.")
    check_owner(session, transfer.to_clinic_id, owner)
    _decide(session, transfer, TransferOutcome.ACCEPTED, by=by, now=now, owner_id=owner.id)
    session.refresh(transfer.patient, with_for_update=True)
    asked = sa.select(Pump).where(Pump.patient_id == transfer.patient_id).order_by(Pump.id)
    pumps = list(session.scalars(asked.with_for_update()))
    refuse_clash(session, transfer, pumps, mrn.strip())
    active = [one for one in pumps if one.ended_at is None]
    for pump in active:
        _check_read(session, transfer, pump, dates, seen_versions)
    hand_patient_over(session, transfer, pumps, owner, mrn.strip(), by=by, now=now)
    _close(session, transfer, EvidenceKind.TRANSFER, now=now)


def _check_read(
    session: Session,
    transfer: Transfer,
    pump: Pump,
    dates: Mapping[int, date | None],
    seen_versions: Mapping[int, int],
) -> None:
    """Refuse what was read before the last record, and a date that isn't the one on record."""
    if seen_versions.get(pump.id) != pump.version:
        raise ChangedMeanwhile(
            "The other clinic has recorded something since you opened this page."
            " Read the packet again, then type the date that it shows now."
        )
    field = f"date_{pump.id}"
    shown = refill_by(session, transfer, pump)
    if pump.id not in dates or (shown is not None and dates[pump.id] is None):
        raise NotTransferred("Type the refill-by that the packet shows.", field=field)
    if dates[pump.id] != shown:
        raise NotTransferred(
            "This is not the refill-by that the packet shows: read it again."
            if shown is not None
            else "The packet shows no refill-by: leave it empty.",
            field=field,
        )


def refill_by(session: Session, transfer: Transfer, pump: Pump) -> date | None:
    """The pump's refill-by as a day of the old clinic, as it stands on its watch."""
    at = session.scalar(
        sa.select(Watch.danger_at).where(Watch.open_key == pump.refill_watch_key)
    )
    return None if at is None else at.astimezone(transfer.from_clinic.zone).date()


def _decide(
    session: Session,
    transfer: Transfer,
    outcome: TransferOutcome,
    *,
    by: Staff,
    now: datetime,
    note: str = "",
    owner_id: int | None = None,
) -> None:
    """Write the end down, once: of two who decide at the same time one is told so."""
    decided = session.execute(
        sa.update(Transfer)
        .where(Transfer.id == transfer.id, Transfer.outcome.is_(None))
        .values(
            outcome=outcome, decided_by_id=by.id, decided_at=now, note=note, owner_id=owner_id
        )
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        raise NotTransferred("Somebody has decided on this handover already.")
    session.refresh(transfer)


def _close(
    session: Session, transfer: Transfer, decided: EvidenceKind, *, now: datetime
) -> None:
    keys = [_key(transfer, one) for one in (transfer.from_clinic_id, transfer.to_clinic_id)]
    close_keys(session, keys, Evidence(decided, transfer.id), now=now)
