"""Clinics, the people who work there, and the people they care for."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from tracker.db import Base, Scaled, UTCDateTime
from tracker.domain.day_report import Wish
from tracker.domain.message import Channel
from tracker.domain.orders import OrderRules, rules_from
from tracker.domain.risk import RiskClass
from tracker.models.columns import words
from tracker.models.sealed import Sealed, ring_of


class Role(StrEnum):
    NURSE = "nurse"
    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    ADMINISTRATOR = "administrator"
    VIEWER = "viewer"


class AddressState(StrEnum):
    """What is known of a number or an address."""

    UNVERIFIED = "unverified"
    OK = "ok"
    FAILING = "failing"
    STOPPED = "stopped"
    INVALID = "invalid"


class Relation(StrEnum):
    """Whose address a contact is, seen from the patient."""

    PATIENT = "patient"
    CARER = "carer"
    FACILITY = "facility"
    PHYSICIAN = "physician"


class Staff(Base):
    """A person who signs in. Rights are per clinic, in `Membership`."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    phone: Mapped[str | None] = mapped_column(sa.String(40))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    session_token: Mapped[str] = mapped_column(sa.String(64))
    email_state: Mapped[AddressState] = mapped_column(
        words(AddressState), default=AddressState.UNVERIFIED
    )
    phone_state: Mapped[AddressState] = mapped_column(
        words(AddressState, "phone_state"), default=AddressState.UNVERIFIED
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="staff", foreign_keys="Membership.staff_id"
    )


class Clinic(Base):
    """A clinic: its calendar, its margins, and who is told when nobody else can be."""

    __tablename__ = "clinic"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    timezone: Mapped[str] = mapped_column(sa.String(64))
    phone: Mapped[str] = mapped_column(sa.String(40))
    night_phone: Mapped[str] = mapped_column(sa.String(40), default="")  # day and night
    open_weekdays: Mapped[str] = mapped_column(sa.String(7), default="01234")  # 0 is Monday
    buffer_days: Mapped[int] = mapped_column(default=7)
    flow_margin_percent: Mapped[Decimal] = mapped_column(Scaled(), default=Decimal(5))
    longest_interval_days: Mapped[int | None]
    last_resort_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    quiet_from: Mapped[time] = mapped_column(default=time(21))  # local; S77: 08:00 to 21:00
    quiet_until: Mapped[time] = mapped_column(default=time(8))
    language: Mapped[str] = mapped_column(sa.String(8), default="en")
    sms_sender: Mapped[str | None] = mapped_column(sa.String(40))  # its number for texts
    review_interval_days: Mapped[int] = mapped_column(default=365)  # S:89: once a year
    order_rules: Mapped[dict[str, Any] | None] = mapped_column(  # None: orders aren't watched
        sa.JSON(none_as_null=True)
    )
    list_at: Mapped[time] = mapped_column(default=time(6))  # when the emergency list is made
    report_at: Mapped[time] = mapped_column(default=time(7, 30))  # when reports are sent
    week_report_on: Mapped[int] = mapped_column(default=0)  # its weekday, 0 is Monday
    # who gets a report without having asked for it; None: nobody
    day_report_to: Mapped[Role | None] = mapped_column(
        words(Role, "day_report_to"), default=Role.COORDINATOR
    )
    week_report_to: Mapped[Role | None] = mapped_column(
        words(Role, "week_report_to"), default=Role.ADMINISTRATOR
    )
    day_reported_on: Mapped[date | None]  # the newest day that is done with
    week_reported_on: Mapped[date | None]
    emergency_plan: Mapped[str] = mapped_column(sa.Text, default="")
    emergency_plan_critical: Mapped[str] = mapped_column(sa.Text, default="")
    emergency_plan_high: Mapped[str] = mapped_column(sa.Text, default="")
    emergency_plan_low: Mapped[str] = mapped_column(sa.Text, default="")
    emergency_numbers: Mapped[str] = mapped_column(sa.Text, default="")  # round the clock
    red_flags: Mapped[str] = mapped_column(sa.Text, default="")  # what a caller is asked for
    home_weekdays: Mapped[str] = mapped_column(
        sa.String(7), default=""
    )  # empty: every open day
    holiday_country: Mapped[str] = mapped_column(sa.String(8), default="")
    holiday_subdivision: Mapped[str] = mapped_column(sa.String(16), default="")

    # read with the clinic, so that sending asks for words only where there are any
    has_own_words: Mapped[bool] = column_property(
        sa.exists().where(sa.table("wording", sa.column("clinic_id")).c.clinic_id == id)
    )

    closures: Mapped[list["Closure"]] = relationship(back_populates="clinic")
    own_values: Mapped[list[Any]] = relationship(
        "OwnValue", viewonly=True, order_by="OwnValue.id"
    )
    last_resort: Mapped[Staff] = relationship()

    __table_args__ = (
        sa.CheckConstraint("buffer_days >= 3", name="buffer_is_at_least_three_days"),
        sa.CheckConstraint("flow_margin_percent >= 0", name="flow_margin_is_not_negative"),
        sa.CheckConstraint("open_weekdays <> ''", name="is_open_on_some_weekday"),
        sa.CheckConstraint("longest_interval_days > 0", name="longest_interval_is_positive"),
        sa.CheckConstraint("review_interval_days > 0", name="review_interval_is_positive"),
        sa.CheckConstraint("week_report_on BETWEEN 0 AND 6", name="week_report_on_a_weekday"),
        sa.Index("uq_clinic_sms_sender", "sms_sender", unique=True),
    )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def orders(self) -> OrderRules:
        """For which drugs its orders are watched, and how long before."""
        return rules_from(self.order_rules) if self.order_rules else OrderRules()

    def plan_for(self, risk: RiskClass) -> str:
        """The clinic's own emergency plan for this class, else its general one."""
        own: str = getattr(self, f"emergency_plan_{risk}")
        return own or self.emergency_plan


class Closure(Base):
    """A day on which the clinic is closed though its weekday is open."""

    __tablename__ = "closure"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    closed_on: Mapped[date]
    name: Mapped[str] = mapped_column(sa.String(120))

    clinic: Mapped[Clinic] = relationship(back_populates="closures")

    __table_args__ = (sa.UniqueConstraint("clinic_id", "closed_on"),)


class Membership(Base):
    """What a staff member may do in one clinic."""

    __tablename__ = "membership"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    role: Mapped[Role] = mapped_column(words(Role))
    deputy_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    report: Mapped[Wish | None] = mapped_column(words(Wish))  # None: as the clinic has it

    clinic: Mapped[Clinic] = relationship()
    staff: Mapped[Staff] = relationship(back_populates="memberships", foreign_keys=[staff_id])
    deputy: Mapped[Staff | None] = relationship(foreign_keys=[deputy_id])

    __table_args__ = (
        sa.UniqueConstraint("staff_id", "clinic_id"),
        sa.CheckConstraint("deputy_id <> staff_id", name="deputy_is_somebody_else"),
    )


class Patient(Base):
    __tablename__ = "patient"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    mrn: Mapped[str] = mapped_column(sa.String(40))
    family_name: Mapped[str] = mapped_column(sa.String(120))
    given_name: Mapped[str] = mapped_column(sa.String(120))
    birth_on: Mapped[date]
    risk_raised_because: Mapped[str | None] = mapped_column(sa.String(200))
    note: Mapped[str] = mapped_column(sa.Text, default="")
    has_rescue_script: Mapped[bool | None]  # for an oral drug, on file; None: not recorded
    programmer_hospital: Mapped[str] = mapped_column(sa.String(200), default="")
    language: Mapped[str | None] = mapped_column(sa.String(8))  # None: the clinic's
    timezone: Mapped[str | None] = mapped_column(sa.String(64))  # None: the clinic's
    is_seen_at_home: Mapped[bool] = mapped_column(default=False)
    travel_minutes: Mapped[int | None]  # one way; None: not recorded
    best_weekdays: Mapped[str] = mapped_column(sa.String(7), default="")  # empty: any
    # in a hospital elsewhere since: follows from the events, see services/happenings
    admitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    registered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    registered_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    clinic: Mapped[Clinic] = relationship()
    contacts: Mapped[list["Contact"]] = relationship(back_populates="patient")
    pumps: Mapped[list[Any]] = relationship("Pump", viewonly=True, order_by="Pump.id")

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "mrn"),
        sa.CheckConstraint("travel_minutes >= 0", name="travel_not_negative"),
        sa.Index("ix_patient_clinic_name", "clinic_id", "family_name", "given_name", "id"),
    )


class Contact(Base):
    """One address or number of the patient or of somebody close, with what is known of it."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    relation: Mapped[Relation] = mapped_column(words(Relation))
    name: Mapped[str] = mapped_column(sa.String(120))
    channel: Mapped[Channel] = mapped_column(words(Channel))
    address: Mapped[str] = mapped_column(Sealed)
    address_mark: Mapped[str | None] = mapped_column(sa.String(40), index=True)
    state: Mapped[AddressState] = mapped_column(
        words(AddressState), default=AddressState.UNVERIFIED
    )
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    patient: Mapped[Patient] = relationship(back_populates="contacts")
    consents: Mapped[list["Consent"]] = relationship(
        back_populates="contact", order_by="Consent.id"
    )

    @property
    def standing_consent(self) -> "Consent | None":
        """The newest decision, which stands; None if none was ever asked for."""
        return self.consents[-1] if self.consents else None


@sa.event.listens_for(Contact, "before_insert")
@sa.event.listens_for(Contact, "before_update")
def _mark_address(_mapper: object, connection: sa.Connection, contact: Contact) -> None:
    ring = ring_of(connection.dialect)
    contact.address_mark = ring.mark(contact.address) if ring else None


class Consent(Base):
    """A decision about one contact: may messages be sent there? The newest row stands."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    is_given: Mapped[bool]
    how: Mapped[str] = mapped_column(sa.String(200))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int | None] = mapped_column(  # None: the reader's own word
        sa.ForeignKey("staff.id")
    )

    contact: Mapped[Contact] = relationship(back_populates="consents")
