"""What people do in the month, each act through the pages and into the ledger."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from tests.stories.browser import Browser
from tests.stories.month_board import row_of, turned
from tests.stories.month_truth import DAY, ZONE, Course, Ledger, local, runs_low_at, written
from tests.stories.pages import Node

MINUTE = timedelta(minutes=1)
DAY_OF, HOUR_OF = "{}: Day", "{}: Time, 24 hours"


@dataclass
class Clock:
    """What time it is, for everybody."""

    now: datetime

    def goes_on(self) -> None:
        self.now += MINUTE


@dataclass
class Acts:
    """One clinic's people before their browsers; each act says in the ledger what was done."""

    clock: Clock
    ledger: Ledger
    people: dict[str, Browser]
    clicks: dict[str, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def call(self, one: Course, result: str, call_on: date | None = None) -> None:
        colin = self._at_row("Colin", one)
        colin.follow(
            "Call again" if self._says(colin, one, "Call again") else "Call", self._row
        )
        again = {"Call again on": call_on.isoformat()} if call_on else {}
        colin.press("Record the call", {"Result": result, **again})
        one.call_on = call_on
        self._was(colin, "call and record" if not call_on else "call without answer")

    def book(self, one: Course, at: datetime) -> None:
        colin = self._at_row("Colin", one)
        if self._says(colin, one, "Book"):
            colin.follow("Book", self._row)
        else:
            colin.follow("Call", self._row)
            colin.follow("Book a visit")
        colin.press("Book the visit", _moment("Time of the visit", at))
        self._booked(one, at)
        self._was(colin, "book")

    def book_late(self, one: Course, at: datetime) -> None:
        """After refill-by: refused to the coordinator, signed by the clinician."""
        fields = _moment("Time of the visit", at)
        for who in ("Colin", "Ito"):
            browser = self._at_row(who, one)
            browser.follow("Call", self._row)
            browser.follow("Book a visit")
            if who == "Colin":
                browser.press("Book the visit", fields, refused=True)
                assert "That is after refill-by" in browser.said
        browser.press(
            "Book the visit", {**fields, "Why it may be after refill-by": "no earlier day"}
        )
        self._booked(one, at)
        self._was(browser, "booked after refill-by")

    def book_in_calendar(self, one: Course, at: datetime) -> None:
        colin = self._at("Colin")
        colin.follow("Clinic")
        colin.follow("Calendar")
        colin.follow(f"Choose a day for {one.name}, Ida")
        day = local(at)
        colin.press(
            f"Book here: {day:%A} {written(day.date())}",
            {"Time, 24 hours": f"{day:%H:%M}"},
        )
        self._booked(one, at)
        self._was(colin, "booked in the calendar")

    def accept_plan(self, one: Course) -> None:
        """Book what the plan offers; the day and the hour are those that the page names."""
        colin = self._at("Colin")
        colin.follow("Clinic")
        colin.follow("Plan of 12 weeks")
        named = f"Book {one.name}, Ida on "
        button = next(b for b in colin.page.every("button") if b.name.startswith(named))
        day = datetime.strptime(button.name.removeprefix(named), "%d %b %Y")  # noqa: DTZ007
        item = button.up_to("li")
        assert item is not None
        hour = re.search(r"\d\d:\d\d", item.text)
        assert hour is not None
        colin.press(button.name)
        at = datetime.combine(day.date(), time.fromisoformat(hour[0]), tzinfo=ZONE)
        assert at <= self.ledger.refill_by(one), "the plan offers a day after refill-by"
        self._booked(one, at)
        self._was(colin, "accepted from the plan")

    def confirm(self, one: Course) -> None:
        colin = self._at_row("Colin", one)
        colin.follow("Confirm", self._row)
        colin.press("The patient will come", {"How was it confirmed": "by telephone"})
        one.confirmed = True
        self._was(colin, "confirm")

    def move(self, one: Course, at: datetime, *, refused: bool = False) -> None:
        colin = self._at_row("Colin", one)
        colin.follow("See the visit" if one.confirmed else "Confirm", self._row)
        colin.press("Move the visit", _moment("New time", at), refused=refused)
        if refused:
            assert "That is after refill-by" in colin.said
        else:
            self._booked(one, at)
        self._was(colin, "move refused" if refused else "move")

    def became(self, one: Course, what: str) -> None:
        """What became of a visit: "came", though nothing was filled, or "did not come"."""
        colin = self._at_row("Colin", one, "visit")
        colin.follow("What became of it?", self._row)
        colin.press("Save", {"The patient": what})
        if what == "came":
            one.is_asked_of = one.visit_at
        else:
            one.missed_at = one.visit_at
        one.visit_at, one.confirmed = None, False
        self._was(colin, "what became of a visit")
        self.done.append(what)

    def refill(self, one: Course, *, booked: bool = True) -> None:
        nadia = self._at_row("Nadia", one)
        if booked:
            nadia.follow("Refill", self._row)
        else:
            nadia.follow(f"{one.name}, Ida", self._row)
            nadia.follow("Record a refill")
        at = self.clock.now
        printed = local(runs_low_at(one, at)).date()
        filled = {
            "Volume put in": "20",
            "Concentration": str(one.strength),
            "Unit: Concentration": "mcg/mL",
            "Was the programme changed today?": "No, it runs on unchanged",
            "Low-reservoir alarm date, printed": printed.isoformat(),
            "Drug, concentration, volume and programme checked by": "Ito Doctor",
        }
        nadia.press("Save the refill", {**filled, **_moment("Refilled at", at)}, refused=None)
        if "Give the reason" in nadia.said:
            nadia.press("Save the refill", {"Reason": "as Dr Ito ordered"})
        one.order = ""
        one.filled_at, one.filled_ml = at, 20
        one.visit_at = one.is_asked_of = one.call_on = one.missed_at = None
        one.confirmed = False
        self._was(nadia, "refill" if booked else "refill without a visit")

    def away(self, one: Course, first: date, last: date) -> None:
        colin = self._at_row("Colin", one)
        colin.follow(f"{one.name}, Ida", self._row)
        colin.follow(f"{one.name}, Ida", last=True)
        colin.follow("Days away and travel")
        days = {"First day away": first.isoformat(), "Last day away": last.isoformat()}
        form = next(one for one in colin.page.every("form") if "First day away" in one.text)
        colin.press("Write it down", days, within=form)
        one.away = (first, last)
        self._was(colin, "away")

    def close_holiday(self, day: date) -> None:
        """The clinic's holidays are chosen, and one of them is closed."""
        colin = self._at("Colin")
        colin.follow("Clinic")
        colin.follow("Holidays")
        for field_, country in (
            ("Country", "United Kingdom (GB)"),
            ("Part of the country", "ENG"),
        ):
            colin.press("Save", {field_: country})
        named = f"Close on {written(day)}"
        colin.press(
            next(b.name for b in colin.page.every("button") if b.name.startswith(named))
        )
        self.ledger.closed.add(day)
        colin.follow("Clinic")
        colin.follow("Visits")
        shown = {a.text.split(",")[0] for a in _closed_visits(colin.page)}
        booked = {
            c.name
            for c in self.ledger.courses.values()
            if c.visit_at and local(c.visit_at).date() == day
        }
        assert shown == booked, f"on the closed day {booked} are booked, and {shown} are shown"
        self._was(colin, "closure")

    def reassign(self, one: Course) -> None:
        """The watch goes to somebody else, with the reason."""
        colin = self._at_row("Colin", one)
        action = list(self._row.every("td"))[5]
        watch = next(a for small in action.every("small") for a in small.every("a"))
        colin.follow(watch.name, self._row)
        colin.press(
            "Give it", {"Owner of this watch": "Ito Doctor", "Why it changes hands": "leave"}
        )
        self._was(colin, "reassign")

    def order(self, one: Course) -> None:
        """Colin has ordered it at the pharmacy, and writes it down."""
        colin = self._at_row("Colin", one, "order")
        colin.follow("Order", self._row)
        drug = {"Concentration": str(one.strength), "Unit: Concentration": "mcg/mL"}
        colin.press("Record the order", {**drug, "Volume": "20", "Pharmacy": "High Street"})
        one.order = "ordered"
        self._was(colin, "order")

    def order_came(self, one: Course) -> None:
        """It comes, later than it had to be here."""
        colin = self._at_row("Colin", one, "order")
        colin.follow("Order", self._row)
        colin.follow("Record its arrival")
        label = {
            "Drug": "Baclofen",
            "Concentration": str(one.strength),
            "Unit: Concentration": "mcg/mL",
            "Volume": "20",
            "Lot": "4711",
            "Beyond-use date": (local(self.clock.now).date() + 90 * DAY).isoformat(),
            "Label read too by": "Nadia Nurse",
        }
        colin.press("Record its arrival", label)
        one.order = "arrived"
        self._was(colin, "order came late")

    def alarm(self, one: Course) -> None:
        nadia = self._at_row("Nadia", one)
        nadia.follow(f"{one.name}, Ida", self._row)
        nadia.follow("Somebody heard a beep")
        told = {
            "What was heard?": "Two tones, for about 3 seconds: the critical family",
            "Who reports it?": "the patient",
            "Has the patient symptoms?": "No",
            "What is done now": "comes today to be interrogated",
        }
        nadia.press("Record the alarm", told)
        one.alarm_at = self.clock.now
        self._was(nadia, "alarm on the telephone")

    def _booked(self, one: Course, at: datetime) -> None:
        one.visit_at, one.booked_at, one.confirmed = at, self.clock.now, False
        one.missed_at = one.is_asked_of = None

    def _at(self, who: str) -> Browser:
        self.clock.goes_on()
        browser = self.people[who]
        browser.arrive()
        return browser

    def _at_row(self, who: str, one: Course, kind: str = "refill") -> Browser:
        """Before the board, on the page of it that has this row."""
        browser = self._at(who)
        while (row := row_of(browser.page, one.name, kind)) is None:
            assert turned(browser), f"no {kind} of {one.name} stands on the board"
        self._row: Node = row
        browser.clicks = 0
        return browser

    def _says(self, browser: Browser, one: Course, words: str) -> bool:
        return words in {a.text for a in self._row.every("a")}

    def _was(self, browser: Browser, what: str) -> None:
        self.clicks[what] = max(browser.clicks, self.clicks.get(what, 0))
        self.done.append(what)


def _moment(label: str, at: datetime) -> dict[str, str]:
    there = local(at)
    return {
        DAY_OF.format(label): there.date().isoformat(),
        HOUR_OF.format(label): f"{there:%H:%M}",
    }


def _closed_visits(page: Node) -> list[Node]:
    items = (one for one in page.every("li") if "the clinic is closed" in one.text)
    return [next(one.every("a")) for one in items]
