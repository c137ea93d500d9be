"""What a patient takes by mouth against spasticity or pain. Rows are added, not changed."""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, Scaled
from tracker.domain.medicines import MedicineKind, Taken
from tracker.models.columns import RecordColumns, not_negative, replaces_another, words
from tracker.models.people import Patient


class OralMedicine(RecordColumns, Base):
    """One medicine as it is taken; of the kind `none`, that the patient was asked: nothing.

    A changed dose ends one row and begins another; an end is a row that replaces the first.
    """

    __tablename__ = "oral_medicine"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    kind: Mapped[MedicineKind] = mapped_column(words(MedicineKind))
    name: Mapped[str] = mapped_column(sa.String(120), default="")
    dose_mcg: Mapped[Decimal | None] = mapped_column(Scaled())  # at one time
    times_a_day: Mapped[Decimal | None] = mapped_column(Scaled())  # None: as needed
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(sa.Text, default="")

    patient: Mapped[Patient] = relationship()

    __table_args__ = (
        sa.CheckConstraint("(kind = 'none') = (name = '')", name="a_medicine_has_a_name"),
        sa.CheckConstraint("until_on >= since_on", name="ends_after_it_begins"),
        *not_negative("dose_mcg", "times_a_day"),
        *replaces_another(),
    )

    def as_taken(self) -> Taken:
        return Taken(self.kind, self.since_on, self.until_on)
