"""What is ordered of a drug, what a payer has said, and what is arranged for a visit.

Rows are added, not changed; of an order only its state is written later, by its newest step.
"""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, Scaled, UTCDateTime
from tracker.domain.orders import OrderState, PayerStep, Strength, SupplyTask
from tracker.domain.payers import Payer
from tracker.domain.visit import Transport
from tracker.models.appointment import Appointment
from tracker.models.columns import words
from tracker.models.people import Staff
from tracker.models.pump import Drug, Pump


class DrugOrder(Base):
    """One order at a pharmacy, for one pump or for the clinic's stock."""

    __tablename__ = "drug_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    pump_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    pharmacy: Mapped[str] = mapped_column(sa.String(120))
    is_compounded: Mapped[bool]
    volume_ml: Mapped[Decimal] = mapped_column(Scaled())
    ordered_on: Mapped[date]
    expected_on: Mapped[date | None]
    other_because: Mapped[str] = mapped_column(  # why it isn't what is in the pump
        sa.String(300), default=""
    )
    note: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[OrderState] = mapped_column(words(OrderState))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    pump: Mapped[Pump | None] = relationship()
    recorded_by: Mapped[Staff] = relationship(foreign_keys=[recorded_by_id])
    drugs: Mapped[list["DrugOrderDrug"]] = relationship(
        back_populates="order", order_by="DrugOrderDrug.ordinal"
    )
    steps: Mapped[list["DrugOrderStep"]] = relationship(
        back_populates="order", order_by="DrugOrderStep.id"
    )

    __table_args__ = (
        sa.CheckConstraint("volume_ml > 0", name="volume_is_positive"),
        sa.CheckConstraint("pharmacy <> ''", name="names_a_pharmacy"),
        sa.Index("ix_drug_order_state", "clinic_id", "state"),
    )

    @property
    def arrival(self) -> "DrugOrderStep | None":
        """What is on record of its arrival: the newest that was written down."""
        found = [one for one in self.steps if one.state is OrderState.ARRIVED and one.lot]
        return found[-1] if found else None

    @property
    def strengths(self) -> tuple[Strength, ...]:
        return tuple((one.drug.code, one.concentration_mcg_per_ml) for one in self.drugs)


class DrugOrderDrug(Base):
    """One drug of an order."""

    __tablename__ = "drug_order_drug"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("drug_order.id"), index=True)
    ordinal: Mapped[int]
    drug_id: Mapped[int] = mapped_column(sa.ForeignKey("drug.id"))
    concentration_mcg_per_ml: Mapped[Decimal] = mapped_column(Scaled())

    order: Mapped[DrugOrder] = relationship(back_populates="drugs")
    drug: Mapped[Drug] = relationship(lazy="joined")

    __table_args__ = (
        sa.UniqueConstraint("order_id", "ordinal"),
        sa.CheckConstraint("concentration_mcg_per_ml > 0", name="concentration_is_positive"),
    )


class DrugOrderStep(Base):
    """What became of an order: the state that it came to, with what shows it.

    An arrival has the label as it was read; a second one corrects the first. One without a lot
    only brings the order back, when the refill that had used it was struck out.
    """

    __tablename__ = "drug_order_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("drug_order.id"), index=True)
    state: Mapped[OrderState] = mapped_column(words(OrderState))
    happened_on: Mapped[date]
    lot: Mapped[str] = mapped_column(sa.String(80), default="")
    expires_on: Mapped[date | None]
    beyond_use_on: Mapped[date | None]
    volume_ml: Mapped[Decimal | None] = mapped_column(Scaled())
    label: Mapped[list[list[str]]] = mapped_column(  # [code, mcg/mL] as it was read
        sa.JSON, default=list
    )
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    unchecked_because: Mapped[str] = mapped_column(sa.String(300), default="")
    refill_id: Mapped[int | None] = mapped_column(sa.ForeignKey("refill.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    order: Mapped[DrugOrder] = relationship(back_populates="steps")
    checker: Mapped[Staff | None] = relationship(foreign_keys=[checked_by_id])
    recorded_by: Mapped[Staff] = relationship(foreign_keys=[recorded_by_id])

    __table_args__ = (
        sa.CheckConstraint(
            "state NOT IN ('discarded', 'cancelled') OR reason <> ''",
            name="an_end_has_a_reason",
        ),
        sa.CheckConstraint(
            "(state = 'used') = (refill_id IS NOT NULL)", name="used_by_a_refill"
        ),
        sa.CheckConstraint(
            "checked_by_id IS NULL OR unchecked_because = ''", name="is_checked_or_says_why_not"
        ),
        sa.CheckConstraint("volume_ml > 0", name="volume_is_positive"),
    )

    @property
    def as_read(self) -> frozenset[Strength]:
        """Drugs and concentrations that stand on the label."""
        return frozenset((code, Decimal(amount)) for code, amount in self.label)


class Authorisation(Base):
    """What a payer was asked for a pump's refills, or has answered; a newer row counts."""

    __tablename__ = "authorisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    step: Mapped[PayerStep] = mapped_column(words(PayerStep))
    happened_on: Mapped[date]
    payer: Mapped[str] = mapped_column(sa.String(120))
    number: Mapped[str] = mapped_column(sa.String(80), default="")
    valid_from_on: Mapped[date | None]
    valid_until_on: Mapped[date | None]
    refills: Mapped[int | None]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    replaces_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("authorisation.id"), unique=True
    )
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    pump: Mapped[Pump] = relationship()
    recorded_by: Mapped[Staff] = relationship(foreign_keys=[recorded_by_id])

    __table_args__ = (
        sa.CheckConstraint("payer <> ''", name="names_a_payer"),
        sa.CheckConstraint("refills > 0", name="refills_are_positive"),
        sa.CheckConstraint("valid_until_on >= valid_from_on", name="ends_after_it_begins"),
        sa.CheckConstraint(
            "step <> 'granted' OR valid_until_on IS NOT NULL", name="a_grant_says_until_when"
        ),
    )

    def as_payer(self) -> Payer:
        return Payer(
            self.step, self.valid_from_on, self.valid_until_on, self.refills, self.happened_on
        )


class SupplyReason(Base):
    """Why no order, or no authorisation, is needed for the coming refill of a pump."""

    __tablename__ = "supply_reason"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    task: Mapped[SupplyTask] = mapped_column(words(SupplyTask))
    reason: Mapped[str] = mapped_column(sa.String(300))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    pump: Mapped[Pump] = relationship()
    recorded_by: Mapped[Staff] = relationship(foreign_keys=[recorded_by_id])

    __table_args__ = (sa.CheckConstraint("reason <> ''", name="has_a_reason"),)


class VisitArrangement(Base):
    """Transport and interpreter of one visit; the newest row counts."""

    __tablename__ = "visit_arrangement"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(sa.ForeignKey("appointment.id"), index=True)
    transport: Mapped[Transport] = mapped_column(words(Transport))
    transport_by: Mapped[str] = mapped_column(sa.String(120), default="")
    interpreter: Mapped[str] = mapped_column(sa.String(60), default="")  # the language
    is_interpreter_booked: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    appointment: Mapped[Appointment] = relationship()
    recorded_by: Mapped[Staff] = relationship(foreign_keys=[recorded_by_id])

    __table_args__ = (
        sa.CheckConstraint(
            "transport <> 'arranged' OR transport_by <> ''", name="arranged_by_somebody"
        ),
        sa.CheckConstraint(
            "NOT is_interpreter_booked OR interpreter <> ''",
            name="an_interpreter_has_a_language",
        ),
    )
