"""The only ways to a row by its number. A row of another clinic is not there (404)."""

from collections.abc import Iterable
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import abort, g
from sqlalchemy.orm import joinedload
from werkzeug.routing import IntegerConverter, Map

from tracker.models import (
    ApiToken,
    Away,
    Bolus,
    Contact,
    DeviceAlarm,
    DrugOrder,
    EmergencyAccess,
    Ending,
    Event,
    EventEnd,
    Membership,
    OralMedicine,
    Patient,
    Programme,
    Pump,
    Reading,
    RecallPump,
    Refill,
    Review,
    Role,
    SavedView,
    Transfer,
    Watch,
    Webhook,
)
from tracker.web.rights import LEADERS

Row = TypeVar("Row")
RECORDS: dict[str, Any] = {
    "bolus": Bolus,
    "event": Event,
    "event_end": EventEnd,
    "review": Review,
    "refill": Refill,
    "programme": Programme,
    "reading": Reading,
}


class RowNumber(IntegerConverter):
    """A row's number in an address; what no row can have leads to no page (404)."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def visible(table: type[Row], row_id: int, *options: Any) -> Row:
    """The row of this number in a table that names the clinic, if of this clinic; else 404."""
    named: Any = table
    query = sa.select(table).where(named.id == row_id, named.clinic_id == g.clinic.id)
    found: Row | None = g.session.scalar(query.options(*options))
    return found or abort(404)


def visible_patient(patient_id: int) -> Patient:
    return visible(Patient, patient_id)


def visible_pump(pump_id: int) -> Pump:
    """The pump with its patient, model and owner."""
    return visible(Pump, pump_id, *map(joinedload, (Pump.patient, Pump.model, Pump.owner)))


def visible_watch(watch_id: int) -> Watch:
    """The watch with its owner, pump and policy; not one of a pump that has gone elsewhere."""
    beside = (Watch.owner, Watch.pump, Watch.policy)
    watch = visible(Watch, watch_id, *map(joinedload, beside))
    has_gone = watch.pump is not None and watch.pump.clinic_id != g.clinic.id
    return abort(404) if has_gone else watch


def visible_watches(numbers: Iterable[int]) -> list[Watch]:
    """All of these watches, open or ended, in this order; 404 where one isn't ours."""
    wanted = list(numbers)
    query = (
        sa.select(Watch)
        .outerjoin(Pump, Pump.id == Watch.pump_id)
        .where(
            Watch.id.in_(wanted),
            Watch.clinic_id == g.clinic.id,
            sa.or_(Watch.pump_id.is_(None), Pump.clinic_id == g.clinic.id),
        )
        .options(joinedload(Watch.pump).joinedload(Pump.patient))
    )
    found = {one.id: one for one in g.session.scalars(query)}
    return [found.get(one) or abort(404) for one in wanted]


def visible_view(view_id: int) -> SavedView:
    """A saved view of one's own; for a leader also one that is shared."""
    found: SavedView = visible(SavedView, view_id)
    may = found.staff_id == g.staff.id or (found.is_shared and g.role in LEADERS)
    return found if may else abort(404)


def visible_alarm(alarm_id: int) -> DeviceAlarm:
    """The alarm, by the number of its first report."""
    alarm = visible_report(alarm_id)
    return alarm if alarm.repeats_id is None else abort(404)


def visible_report(alarm_id: int) -> DeviceAlarm:
    """One report of an alarm, with its pump, patient and model."""
    pump = joinedload(DeviceAlarm.pump)
    query = (
        sa.select(DeviceAlarm)
        .join(Pump, Pump.id == DeviceAlarm.pump_id)
        .where(DeviceAlarm.id == alarm_id, Pump.clinic_id == g.clinic.id)
        .options(pump.joinedload(Pump.patient), pump.joinedload(Pump.model))
    )
    found: DeviceAlarm | None = g.session.scalar(query)
    return found or abort(404)


def visible_member(membership_id: int) -> Membership:
    """Somebody who works here still, by their membership."""
    found = visible(Membership, membership_id, joinedload(Membership.staff))
    return found if found.staff.left_at is None else abort(404)


def visible_contact(contact_id: int) -> Contact:
    query = (
        sa.select(Contact)
        .join(Patient, Patient.id == Contact.patient_id)
        .where(Contact.id == contact_id, Patient.clinic_id == g.clinic.id)
    )
    found: Contact | None = g.session.scalar(query)
    return found or abort(404)


def visible_away(away_id: int) -> Away:
    """Days on which a patient of this clinic is away."""
    query = (
        sa.select(Away)
        .join(Patient, Patient.id == Away.patient_id)
        .where(Away.id == away_id, Patient.clinic_id == g.clinic.id)
    )
    found: Away | None = g.session.scalar(query)
    return found or abort(404)


def visible_access(access_id: int) -> EmergencyAccess:
    """What was opened in an emergency, from this clinic or of a patient of this clinic."""
    clinics = (EmergencyAccess.from_clinic_id, EmergencyAccess.clinic_id)
    query = sa.select(EmergencyAccess).where(
        EmergencyAccess.id == access_id, sa.or_(*(one == g.clinic.id for one in clinics))
    )
    found: EmergencyAccess | None = g.session.scalar(query)
    return found or abort(404)


def offered_to_us(transfer_id: int) -> Transfer:
    """A handover that this clinic has still to decide on; no other opens its patient."""
    return _undecided(transfer_id, Transfer.to_clinic_id == g.clinic.id)


def offered_by_us(transfer_id: int) -> Transfer:
    """A handover of our patient that the other clinic has still to decide on."""
    return _undecided(transfer_id, Transfer.from_clinic_id == g.clinic.id)


def visible_recall_pump(recall_pump_id: int) -> RecallPump:
    """What a notice means for a pump of ours, whichever clinic entered the notice."""
    query = (
        sa.select(RecallPump)
        .join(Pump, Pump.id == RecallPump.pump_id)
        .where(RecallPump.id == recall_pump_id, Pump.clinic_id == g.clinic.id)
    )
    found: RecallPump | None = g.session.scalar(query)
    return found or abort(404)


def visible_order(order_id: int) -> DrugOrder:
    """An order of this clinic; its drug lies here also when the patient has gone elsewhere."""
    return visible(DrugOrder, order_id)


def decided_meanwhile(transfer_id: int) -> Transfer | None:
    """An offer from here or to here that somebody has decided; None while it is open."""
    ours = sa.or_(Transfer.from_clinic_id == g.clinic.id, Transfer.to_clinic_id == g.clinic.id)
    found: Transfer | None = g.session.scalar(
        sa.select(Transfer).where(
            Transfer.id == transfer_id, Transfer.outcome.is_not(None), ours
        )
    )
    return found


def _undecided(transfer_id: int, side: sa.ColumnElement[bool]) -> Transfer:
    query = sa.select(Transfer).where(
        Transfer.id == transfer_id, Transfer.outcome.is_(None), side
    )
    found: Transfer | None = g.session.scalar(query)
    return found or abort(404)


def visible_record(kind: str, record_id: int) -> Any:
    """The refill, programme, reading or bolus, by its pump."""
    table = RECORDS.get(kind) or abort(404)
    query = (
        sa.select(table)
        .join(Pump, Pump.id == table.pump_id)
        .where(table.id == record_id, Pump.clinic_id == g.clinic.id)
    )
    return g.session.scalar(query) or abort(404)


def visible_ending(ending_id: int) -> Ending:
    """What was recorded of the end of a pump of this clinic."""
    query = (
        sa.select(Ending)
        .join(Pump, Pump.id == Ending.pump_id)
        .where(Ending.id == ending_id, Pump.clinic_id == g.clinic.id)
    )
    found: Ending | None = g.session.scalar(query)
    return found or abort(404)


def visible_medicine(medicine_id: int) -> OralMedicine:
    """What a patient of this clinic takes or took by mouth."""
    query = (
        sa.select(OralMedicine)
        .join(Patient, Patient.id == OralMedicine.patient_id)
        .where(OralMedicine.id == medicine_id, Patient.clinic_id == g.clinic.id)
    )
    found: OralMedicine | None = g.session.scalar(query)
    return found or abort(404)


def visible_webhook(webhook_id: int) -> Webhook:
    return visible(Webhook, webhook_id)


def our_tokens() -> sa.Select[ApiToken]:
    """The tokens of whoever asks; for an administrator all of the clinic."""
    found = sa.select(ApiToken).where(ApiToken.clinic_id == g.clinic.id)
    if g.role is not Role.ADMINISTRATOR:
        found = found.where(ApiToken.staff_id == g.staff.id)
    return found.options(joinedload(ApiToken.staff))


def visible_token(token_id: int) -> ApiToken:
    """One of these tokens."""
    found: ApiToken | None = g.session.scalar(our_tokens().where(ApiToken.id == token_id))
    return found or abort(404)
