"""What the catalogue says of a pump model and of a drug, by name and type."""

from dataclasses import dataclass
from decimal import Decimal

from tracker.domain.risk import RiskClass
from tracker.domain.sourced import Entry


@dataclass(frozen=True, slots=True)
class PumpEntry(Entry):
    """A maker's pump model."""

    @property
    def maker(self) -> str:
        return self.text("maker") or ""

    @property
    def reservoir_capacity_ml(self) -> Decimal:
        return self.needed_number("reservoir_capacity_ml")

    @property
    def low_reservoir_alarm_ml(self) -> Decimal:
        """The volume to plan by; a pump without an alarm has one too, and then it is ours."""
        return self.needed_number("low_reservoir_alarm_ml")

    @property
    def min_flow_ml_per_day(self) -> Decimal | None:
        return self.number("min_flow_ml_per_day")

    @property
    def max_flow_ml_per_day(self) -> Decimal | None:
        return self.number("max_flow_ml_per_day")

    @property
    def minimum_rate_ml_per_day(self) -> Decimal | None:
        """The flow of the mode "minimum rate", below what a dose may be set to."""
        return self.number("minimum_rate_ml_per_day")

    @property
    def accuracy(self) -> Decimal | None:
        """The maker's flow accuracy as a part of one, to either side."""
        return self.number("accuracy")

    @property
    def unusable_residual_ml(self) -> Decimal:
        """What the pump can't deliver; 0 when unknown (DOMAIN 4.1).

        Taken off, it makes the empty date earlier. It is never a margin to go on by.
        """
        return self.number("unusable_residual_ml") or Decimal(0)

    @property
    def buffer_days(self) -> int | None:
        """The least buffer before the low volume that this model needs; None: the clinic's."""
        days = self.number("buffer_days")
        return None if days is None else int(days)

    @property
    def service_life_months(self) -> int | None:
        """After how many months the pump stops; part of a month is left away."""
        months = self.number("service_life_months")
        return None if months is None else int(months)

    @property
    def has_battery(self) -> bool:
        return self.needed_flag("has_battery")

    @property
    def has_alarm(self) -> bool:
        return self.needed_flag("has_alarm")

    @property
    def is_programmable(self) -> bool:
        return self.needed_flag("is_programmable")


@dataclass(frozen=True, slots=True)
class DrugEntry(Entry):
    """A drug, with the days it may stay in a pump and how bad its withdrawal is."""

    @property
    def risk_class(self) -> RiskClass | None:
        word = self.text("risk_class")
        return None if word is None else RiskClass(word)

    @property
    def is_limited_by_stability(self) -> bool:
        """False only where it is said that no limit is needed; unknown is not unlimited."""
        return self.needed_flag("is_limited_by_stability")

    @property
    def needs_pharmacist_in_mixture(self) -> bool:
        """Whether no data may stand in for the pharmacist once it is mixed."""
        fact = self.fact("needs_pharmacist_in_mixture")
        return fact is not None and fact.value is True

    @property
    def drug_limit_days(self) -> Decimal | None:
        return self.number("drug_limit_days")

    @property
    def diluted_limit_days(self) -> Decimal | None:
        return self.number("diluted_limit_days")

    @property
    def first_fill_limit_days(self) -> Decimal | None:
        return self.number("first_fill_limit_days")

    @property
    def usual_low_mcg_per_day(self) -> Decimal | None:
        return self.number("usual_low_mcg_per_day")

    @property
    def usual_high_mcg_per_day(self) -> Decimal | None:
        return self.number("usual_high_mcg_per_day")

    @property
    def display_unit(self) -> str:
        """The unit of mass a person reads and types: mcg or mg."""
        return self.text("display_unit") or "mcg"

    @property
    def product_strengths(self) -> tuple[Decimal, ...]:
        """The concentrations that makers sell it in, mcg/mL; none where none is known."""
        known = self.text("concentrations_mcg_per_ml") or ""
        return tuple(Decimal(one.strip()) for one in known.split(",") if one.strip())
