"""What payers are asked and say; the watch on it follows in the same transaction."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from tracker.domain.blank import is_blank
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.orders import FURTHEST, NotOrdered, PayerStep
from tracker.models import Authorisation, Pump, Staff
from tracker.services.order_watches import keep_orders
from tracker.services.versions import stay_here


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerFacts:
    """What was asked or answered, as entered."""

    step: PayerStep
    happened_on: date
    payer: str
    number: str = ""
    valid_from_on: date | None = None
    valid_until_on: date | None = None
    refills: int | None = None
    note: str = ""


def record_authorisation(
    session: Session,
    pump: Pump,
    facts: PayerFacts,
    *,
    replaces: Authorisation | None = None,
    by: Staff,
    now: datetime,
) -> Authorisation:
    """Write it down; with `replaces` it corrects an earlier row, which stays."""
    stay_here(session, pump)
    if pump.ended_at is not None:
        raise NotOrdered("This pump has ended: nothing is asked for it any more.")
    _check(facts, now.astimezone(pump.clinic.zone).date())
    if replaces is not None:
        _check_newest(session, replaces)
    else:
        _check_new(session, pump, facts)
    granted = facts.step is PayerStep.GRANTED
    row = Authorisation(
        pump=pump,
        step=facts.step,
        happened_on=facts.happened_on,
        payer=facts.payer.strip(),
        number=facts.number.strip(),
        valid_from_on=facts.valid_from_on if granted else None,
        valid_until_on=facts.valid_until_on if granted else None,
        refills=facts.refills if granted else None,
        note=facts.note.strip(),
        replaces_id=replaces.id if replaces else None,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(row)
    session.flush()
    keep_orders(session, pump, because=Evidence(EvidenceKind.AUTHORISATION, row.id), now=now)
    return row


def _check(facts: PayerFacts, today: date) -> None:
    if is_blank(facts.payer):
        raise NotOrdered("Name the payer.", field="payer")
    if facts.happened_on > today:
        raise NotOrdered("That day lies in the future.", field="happened_on")
    if facts.step is not PayerStep.GRANTED:
        return
    if facts.valid_until_on is None:
        raise NotOrdered("Say until when it is valid.", field="valid_until_on")
    if facts.valid_until_on > today + FURTHEST:
        raise NotOrdered(
            "That is more than two years ahead: look at the year.", field="valid_until_on"
        )
    if facts.valid_from_on is not None and facts.valid_from_on > facts.valid_until_on:
        raise NotOrdered("It can't end before it begins.", field="valid_until_on")
    if facts.refills is not None and facts.refills < 1:
        raise NotOrdered("Give the number of refills, or leave it empty.", field="refills")


def _check_new(session: Session, pump: Pump, facts: PayerFacts) -> None:
    """Refuse the same form sent twice: nobody means two answers that differ in nothing."""
    newer = aliased(Authorisation)
    asked = sa.select(Authorisation).where(
        Authorisation.pump_id == pump.id,
        Authorisation.step == facts.step,
        Authorisation.happened_on == facts.happened_on,
        ~sa.exists().where(newer.replaces_id == Authorisation.id),
    )
    said = (facts.payer.strip(), facts.number.strip(), facts.note.strip())
    for one in session.scalars(asked):
        is_for = one.step is not PayerStep.GRANTED or (one.valid_until_on, one.refills) == (
            facts.valid_until_on,
            facts.refills,
        )
        if is_for and (one.payer, one.number, one.note) == said:
            raise NotOrdered("This is written down already.", field="step")


def _check_newest(session: Session, row: Authorisation) -> None:
    newer = sa.select(Authorisation.id).where(Authorisation.replaces_id == row.id)
    if session.scalar(newer) is not None:
        raise NotOrdered("This record has been corrected already.")
