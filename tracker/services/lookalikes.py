"""Patients of a clinic who may be the one that is about to be registered."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.likeness import Named, is_alike, plain_number
from tracker.models import Clinic, Patient

MOST = 10  # ours: what somebody looks through


def lookalikes(session: Session, clinic: Clinic, wanted: Named) -> list[Patient]:
    """At most ten of them; the rule is `is_alike`, the database only narrows it down.

    Only those who are alike are read as patients: the trail says who was seen.
    """
    names = {wanted.family_name.lower(), wanted.given_name.lower()}
    number = plain_number(wanted.mrn)
    same_end = Patient.mrn.like(f"%{number[-1]}") if number else sa.false()
    columns = (Patient.mrn, Patient.family_name, Patient.given_name, Patient.birth_on)
    asked = sa.select(Patient.id, *columns).where(
        Patient.clinic_id == clinic.id,
        Patient.mrn != wanted.mrn,  # that one is refused for good
        sa.or_(
            Patient.birth_on == wanted.birth_on,
            sa.func.lower(Patient.family_name).in_(names),
            same_end,
        ),
    )
    rows = session.execute(asked.order_by(Patient.id))
    alike = [row.id for row in rows if is_alike(wanted, Named(*row[1:]))]
    found = sa.select(Patient).where(Patient.id.in_(alike[:MOST])).order_by(Patient.id)
    return list(session.scalars(found))
