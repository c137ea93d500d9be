"""The plan of the next twelve weeks, from what is on record. An offer: it books nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.domain.plan_words import placed_words, unplaced_words
from tracker.domain.planning import DAY, HORIZON, Due, PlanDay
from tracker.domain.seating import make_plan
from tracker.models import Away, Clinic, Pump, Staff
from tracker.services.appointments import book
from tracker.services.aways import aways_of, missed_by
from tracker.services.places import days_between
from tracker.services.supplies import drugs_to_come
from tracker.services.versions import hold
from tracker.services.wanted_visits import (
    Wanted,
    due_later,
    due_of,
    is_answered,
    outside,
    together,
    usual_hour,
    wanted_pumps,
)
from tracker.solver.assigning import Assigner

MOST_PLANNED = 1000  # ours: more than any clinic refills in twelve weeks
BESIDE = "with the visit that is booked already for another pump"


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One visit for a pump or several of one patient: its time, or none, and why."""

    pumps: tuple[Wanted, ...]
    at: datetime | None
    why: str
    away: tuple[Away, ...] = ()
    missed: tuple[datetime, ...] = ()

    @property
    def who(self) -> Wanted:
        return self.pumps[0]


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """What is offered for each day, and who has no place in it."""

    days: list[PlanDay]
    placed: list[PlannedVisit]
    unplaced: list[PlannedVisit]
    booked: int = 0
    later: int = 0
    is_cut: bool = False  # more pumps are due than are planned at once
    on_day: dict[date, list[PlannedVisit]] = field(default_factory=dict)
    filled: Mapping[date, PlanDay] = field(default_factory=dict)  # as they will be with it


def plan_visits(
    session: Session,
    clinic: Clinic,
    *,
    now: datetime,
) -> VisitPlan:
    """A day before refill-by for each pump without a visit, or the reason why there is none.

    No visit is offered before the day on which a drug that was ordered is to come.
    """
    today = now.astimezone(clinic.zone).date()
    days = days_between(session, clinic, today + DAY, today + HORIZON)
    last = today + HORIZON
    inside = wanted_pumps(session, clinic, until=last, most=MOST_PLANNED)
    open_ones = [one for one in inside if not is_answered(one, clinic, today)]
    patients = {one.patient_id for one in open_ones}
    aways = aways_of(session, patients, since=today)
    missed = missed_by(session, patients, now=now)
    comes: dict[int, list[Wanted]] = {}
    for one in inside:
        if one.visit_at is not None:
            comes.setdefault(one.patient_id, []).append(one)
    found = _Making(clinic, days, aways, missed, comes, drugs_to_come(session, clinic))
    for group in together(open_ones):
        found.take(group, today)
    placed, unplaced = found.done()
    on_day: dict[date, list[PlannedVisit]] = {}
    for visit in placed:
        assert visit.at is not None  # placed
        on_day.setdefault(visit.at.astimezone(clinic.zone).date(), []).append(visit)
    return VisitPlan(
        days=days,
        placed=placed,
        unplaced=unplaced,
        booked=len(inside) - len(open_ones),
        later=due_later(session, clinic, after=last),
        is_cut=len(inside) == MOST_PLANNED,
        on_day=on_day,
        filled=found.filled,
    )


class _Making:
    """A plan while it is made: what asks for a day, and what is settled already."""

    def __init__(
        self,
        clinic: Clinic,
        days: Sequence[PlanDay],
        aways: Mapping[int, list[Away]],
        missed: Mapping[int, list[datetime]],
        comes: Mapping[int, list[Wanted]],
        drug_from: Mapping[int, date],
    ) -> None:
        self.clinic, self.days, self.drug_from = clinic, days, drug_from
        self.aways, self.missed, self.comes = aways, missed, comes
        self.groups: dict[int, tuple[Wanted, ...]] = {}
        self.dues: list[Due] = []
        self.placed: list[PlannedVisit] = []
        self.unplaced: list[PlannedVisit] = []
        self.filled: Mapping[date, PlanDay] = {}

    def take(self, group: tuple[Wanted, ...], today: date) -> None:
        """Ask for a day, or say at once why there can be none."""
        first = group[0]
        said = outside(first, self.clinic, today)
        if said:
            self.unplaced.append(self._visit(group, None, said))
            return
        drugs = (self.drug_from.get(one.pump_id, date.min) for one in group)
        due = due_of(
            group,
            self.clinic,
            away=self.aways.get(first.patient_id, ()),
            drug_from=max(drugs),  # date.min: nothing is waited for
            today=today,
        )
        beside = self._beside(group, due)
        if beside is not None:
            self.placed.append(self._visit(group, beside, BESIDE))
            return
        self.groups[first.pump_id] = group
        self.dues.append(due)

    def _beside(self, group: tuple[Wanted, ...], due: Due) -> datetime | None:
        """A visit of the same patient at which this refill can be done too.

        Only one that stays as it is: at home, where the patient is seen, nobody goes for this
        refill alone.
        """
        days = {day.on: day for day in self.days}
        for one in self.comes.get(group[0].patient_id, ()):
            assert one.visit_at is not None  # else it isn't among them
            on = one.visit_at.astimezone(self.clinic.zone).date()
            day, last = days.get(on), min(pump.refill_by_at or one.visit_at for pump in group)
            if day is None or not day.is_open or one.visit_at > last:
                continue
            is_there = not due.is_home or (one.is_visit_home and day.is_for_home)
            if is_there and due.earliest_on <= on and (due.drug_from or on) <= on:
                return one.visit_at
        return None

    def done(self) -> tuple[list[PlannedVisit], list[PlannedVisit]]:
        """The visits with their days, in order, and those without."""
        plan = make_plan(self.dues, self.days, solver=Assigner())
        self.filled = plan.days
        for due in self.dues:
            group = self.groups[due.key]
            if due.key in plan.placed:
                at = datetime.combine(
                    plan.placed[due.key], usual_hour(group[0], self.clinic), self.clinic.zone
                )
                why = placed_words(due, plan, self.days)
                self.placed.append(self._visit(group, at, why))
            else:
                why = unplaced_words(due, plan, self.days)
                self.unplaced.append(self._visit(group, None, why))
        self.placed.sort(key=lambda one: (one.at, one.who.pump_id))
        return self.placed, self.unplaced

    def _visit(self, group: tuple[Wanted, ...], at: datetime | None, why: str) -> PlannedVisit:
        patient = group[0].patient_id
        away, missed = self.aways.get(patient, ()), self.missed.get(patient, ())
        return PlannedVisit(group, at, why, tuple(away), tuple(missed))


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A visit of the plan that could not be booked any more, and why."""

    pump: Pump
    why: str


def accept(
    session: Session,
    chosen: Iterable[tuple[Pump, datetime]],
    *,
    by: Staff,
    now: datetime,
) -> tuple[int, list[NotTaken]]:
    """Book what was chosen of a plan, each looked at again; how many, and what was refused.

    A refill-by that has moved meanwhile, a closed day, a place that is gone: each is refused as
    it would be on the page of the visit, and the others are booked.
    """
    booked, refused, chosen = 0, list[NotTaken](), list(chosen)
    hold(session, (pump for pump, _ in chosen))  # all before the places of the first day
    for pump, at in chosen:
        try:
            with session.begin_nested():
                book(session, pump, scheduled_at=at, by=by, now=now)
        except TrackerError as error:
            refused.append(NotTaken(pump, error.message))
        else:
            booked += 1
    return booked, refused
