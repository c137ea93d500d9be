"""A month of a clinic through its own pages: each night the timer, each morning the board.

Colin, Nadia and Dr Ito do what the pages offer; who comes and who doesn't is drawn from one
seed, and each happening of a month takes place once at least. What the board must say follows
from the ledger alone.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.outlets import Listed, into
from tests.stories.browser import Browser
from tests.stories.month_acts import Acts, Clock
from tests.stories.month_board import compared
from tests.stories.month_scene import BEGIN, Ward
from tests.stories.month_truth import DAY, STRENGTH, ZONE, Course, Ledger, local
from tracker.jobs import deliver, tick

HOUR = timedelta(hours=1)
MORNING, NIGHT = timedelta(hours=1.5), timedelta(hours=17)
HOLIDAY = date(2026, 5, 25)  # the spring bank holiday of England
BOOKED_A_DAY, CONFIRMED_A_DAY = 1, 1
COMES, COMES_FOR_NOTHING = 0.8, 0.1  # the others don't come
FIRST = ("", "came")  # what becomes of the first visits
EACH_ONCE = {
    "call and record", "call without answer", "book", "booked after refill-by",
    "booked in the calendar", "accepted from the plan", "confirm", "move", "move refused",
    "what became of a visit", "came", "did not come", "refill", "refill without a visit",
    "away", "closure", "alarm on the telephone", "order",
}  # fmt: skip


@dataclass
class Month:
    """The clinic of the story, and what was wrong on its mornings."""

    sessions: sessionmaker[Session]
    clock: Clock
    dice: random.Random
    ledger: Ledger
    acts: Acts
    outlet: Listed = field(default_factory=Listed)
    wrong: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=lambda: list(FIRST))
    forgotten: list[str] = field(default_factory=list)  # whose promised call comes a day late
    fates: dict[tuple[str, datetime | None], str] = field(default_factory=dict)

    def live(self, days: int) -> None:
        self._timer(BEGIN - DAY + NIGHT)
        for number in range(days):
            self._timer(BEGIN + number * DAY + MORNING - HOUR / 12)
            self.clock.now = BEGIN + number * DAY + MORNING
            self._look()
            if self.wrong:
                break
            if self.ledger.is_open(self.today):
                self._morning(number)
                self._visits()
            self._timer(BEGIN + number * DAY + NIGHT)

    @property
    def today(self) -> date:
        return local(self.clock.now).date()

    @property
    def courses(self) -> list[Course]:
        return list(self.ledger.courses.values())

    def _timer(self, at: datetime) -> None:
        faults = tick(self.sessions, now=at, host="story").faults
        faults += deliver(self.sessions, into(self.outlet), host="story", now=at).faults
        self.wrong += [f"{at}: {fault}" for fault in faults]

    def _look(self) -> None:
        colin = self.acts.people["Colin"]
        colin.arrive()
        wrong = compared(colin, self.ledger, self.clock.now)
        self.wrong += [f"{self.today}: {one}" for one in wrong]

    def _morning(self, number: int) -> None:
        for one in self.courses:
            if one.visit_at and one.visit_at <= self.clock.now:
                self.acts.became(one, self._fate(one))
        for one in self.courses:
            # one promise is kept on its day; one is forgotten, and stands on the board
            kept_on = one.call_on and one.call_on + DAY * (one.name in self.forgotten)
            if kept_on and kept_on <= self.today:
                self.acts.call(one, "Reached")
        self._supply()
        self._happen(number)
        for one in self._without_visit()[:BOOKED_A_DAY]:
            self.acts.book(one, self._some_time(one))
        soon = [one for one in self.courses if self._may_confirm(one)]
        for one in soon[:CONFIRMED_A_DAY]:
            self.acts.confirm(one)

    def _supply(self) -> None:
        """A drug that is made to order is ordered a day late, and comes a day late."""
        for one in self.courses:
            is_tracked = one.strength != STRENGTH and one.order != "arrived"
            if is_tracked and self.ledger.order_on(one) < self.today:
                act = self.acts.order_came if one.order else self.acts.order
                act(one)

    def _happen(self, number: int) -> None:
        """What each month has, on its days."""
        acts, free = self.acts, self._without_visit()
        if number == 0:
            late = [one for one in self.courses if self.ledger.refill_by(one) <= self.clock.now]
            acts.book_late(late[0], self._at(self._open_day(1), 10))
            acts.call(free[0], "No answer", self._open_day(2))
        if number == 1:
            acts.alarm(free[-1])
            ahead = next(one for one in free if self._is_due_in(one, 8, 11))
            over = self._open_day(1, after=local(self.ledger.refill_by(ahead)).date())
            acts.book_late(ahead, self._at(over, 11))
            first = self._without_visit()[0]
            acts.book_in_calendar(first, self._some_time(first))
        if number == 2:
            self._book_in_vain()
            acts.accept_plan(self._without_visit()[0])
            acts.away(free[-2], self.today + DAY, self.today + 5 * DAY)
        if number == 3:
            over = next(one for one in free if self.ledger.refill_by(one).date() > HOLIDAY)
            acts.book(over, self._at(HOLIDAY, 11))
        if number == 4:
            one = max(self._booked(), key=lambda one: one.visit_at)
            over = self._open_day(1, after=local(self.ledger.refill_by(one)).date())
            acts.move(one, self._at(over, 10), refused=True)
            acts.close_holiday(HOLIDAY)
        if number == 8 and len(free) > 2:
            one = free[-2]
            self.forgotten.append(one.name)
            acts.call(one, "No answer", self._open_day(1))
        if number == 7:
            one = next(one for one in self._booked() if local(one.visit_at).date() == HOLIDAY)
            acts.move(one, self._at(self._open_day(3), 12))

    def _book_in_vain(self) -> None:
        """A visit between two days on which staff are asked, to which nobody will come."""
        one = next(one for one in self._without_visit() if self._is_due_in(one, 11, 13))
        at = self._at(self._open_day(2), 9)
        self.acts.book(one, at)
        self.fates[one.name, at] = "did not come"

    def _visits(self) -> None:
        """The day's visits at their hours; who is late and has none is fetched at noon."""
        coming = [one for one in self._booked() if local(one.visit_at).date() == self.today]
        for one in sorted(coming, key=lambda one: one.visit_at):
            self.clock.now = max(self.clock.now, one.visit_at)
            fate = self._fate(one)
            if fate == "":
                self.acts.refill(one)
            elif self.dice.random() < 0.5:  # else asked the next morning
                self.acts.became(one, fate)
        for one in self.courses:
            is_late = self.ledger.refill_by(one) <= self.clock.now
            if is_late and one.visit_at is None and one.call_on is None:
                self.acts.refill(one, booked=False)

    def _fate(self, one: Course) -> str:
        """What becomes of a visit: refilled, or in the page's words; each once at first."""
        visit = (one.name, one.visit_at)
        if visit not in self.fates:
            self.fates[visit] = self.first.pop(0) if self.first else self._drawn()
        return self.fates[visit]

    def _drawn(self) -> str:
        chance = self.dice.random()
        if chance < COMES:
            return ""
        return "came" if chance < COMES + COMES_FOR_NOTHING else "did not come"

    def _is_due_in(self, one: Course, least: int, most: int) -> bool:
        return least * DAY <= self.ledger.refill_by(one) - self.clock.now <= most * DAY

    def _booked(self) -> list[Course]:
        return [one for one in self.courses if one.visit_at is not None]

    def _without_visit(self) -> list[Course]:
        """Who needs a visit and can have one in time, the first due first."""
        found = [
            one
            for one in self.courses
            if one.visit_at is None
            and one.call_on is None
            and (one.strength == STRENGTH or one.order == "arrived")
            and self.ledger.refill_by(one) >= self._at(self._open_day(1), 17)
        ]
        return sorted(found, key=self.ledger.refill_by)

    def _may_confirm(self, one: Course) -> bool:
        at, by = one.visit_at, self.ledger.refill_by(one)
        is_ahead = (
            at is not None and self.clock.now < at <= by and local(at).date() > self.today
        )
        return is_ahead and not one.confirmed and one.call_on is None

    def _some_time(self, one: Course) -> datetime:
        """On an open day from tomorrow on, within ten days and before refill-by."""
        last = local(self.ledger.refill_by(one)).date()
        days = [self.today + n * DAY for n in range(1, 11)]
        open_days = [day for day in days if self.ledger.is_open(day) and day < last]
        return self._at(
            self.dice.choice(open_days or [self._open_day(1)]), self.dice.randrange(9, 17)
        )

    def _open_day(self, ahead: int, after: date | None = None) -> date:
        """The open day so many open days ahead."""
        day = after or self.today
        while ahead:
            day += DAY
            ahead -= self.ledger.is_open(day)
        return day

    @staticmethod
    def _at(day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), tzinfo=ZONE)


def begin(
    app: Flask, sessions: sessionmaker[Session], ward: Ward, clock: Clock, *, seed: int
) -> Month:
    """The month before its first morning."""
    ledger = Ledger({one.name: one for one in ward.courses})
    people = {name: Browser(app.test_client(), email) for name, email in ward.emails.items()}
    acts = Acts(clock, ledger, people)
    return Month(sessions, clock, random.Random(seed), ledger, acts)
