"""What comes next for a row of the worklist, as one button: by the kind of watch and its state.

`NEXT` is the one table. Of a kind's actions the first stands that fits the row and that the
reader may open; whoever adds a kind adds its row here. Who may only read is shown the watch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, url_for

from tracker.domain.danger import WatchKind
from tracker.models import Role
from tracker.services.boards import BoardRow
from tracker.web.rights import RECORDERS, may_open

# DOMAIN 6.2, step 3: from a week before refill-by on, somebody telephones.
CALLS_FROM = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Moment:
    """This instant, where the clinic is."""

    now: datetime
    zone: ZoneInfo

    def days_to(self, at: datetime) -> int:
        """Whole days of the clinic from today to that instant."""
        return (at.astimezone(self.zone).date() - self.now.astimezone(self.zone).date()).days


Fits = Callable[[BoardRow, Moment], bool]


def _always(row: BoardRow, at: Moment) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class NextAction:
    """What the button says, the page that it opens, by which number of the row, and when."""

    words: str
    endpoint: str
    by: str = "pump_id"
    fits: Fits = _always


def _is_near(row: BoardRow, at: Moment) -> bool:
    return row.danger_at is not None and row.danger_at - at.now <= CALLS_FROM


def _has_visit(row: BoardRow, at: Moment) -> bool:
    return row.visit_at is not None and not row.is_visit_late


def _is_visit_over(row: BoardRow, at: Moment) -> bool:
    return row.visit_at is not None and row.visit_at <= at.now


def _is_visit_today(row: BoardRow, at: Moment) -> bool:
    """Also once its hour has come: who is in the chair is refilled, not asked about."""
    return row.visit_at is not None and at.days_to(row.visit_at) == 0


def _has_surgery(row: BoardRow, at: Moment) -> bool:
    return row.surgery_at is not None


def _is_call_due(row: BoardRow, at: Moment) -> bool:
    day = row.next_call_on
    return day is not None and day <= at.now.astimezone(at.zone).date()


def _is_unconfirmed(row: BoardRow, at: Moment) -> bool:
    return _has_visit(row, at) and row.confirmed_at is None


def _is_ahead(row: BoardRow, at: Moment) -> bool:
    """Also where it comes after refill-by: it is booked, and has not been yet."""
    return row.visit_at is not None and row.visit_at > at.now


def _is_ahead_unconfirmed(row: BoardRow, at: Moment) -> bool:
    return _is_ahead(row, at) and row.confirmed_at is None


def _must_call(row: BoardRow, at: Moment) -> bool:
    return _is_near(row, at) and not _has_visit(row, at)


CALL = NextAction("Call", "calls.new", "watch_id")
CALL_AGAIN = NextAction("Call again", "calls.new", "watch_id", _is_call_due)
SETTLE = NextAction("What became of it?", "appointments.show", fits=_is_visit_over)
INTERROGATE = NextAction("Interrogate", "readings.new")
ANSWER = NextAction("Answer the alarm", "alarms.show", "alarm_id")
REPORT = NextAction("See the report", "day_reports.show", "")
OPEN = NextAction("Open", "watches.show", "watch_id")
NEXT: dict[WatchKind, tuple[NextAction, ...]] = {
    WatchKind.REFILL: (
        NextAction("Refill", "refills.new", fits=_is_visit_today),
        SETTLE,
        CALL_AGAIN,
        NextAction("Call", "calls.new", "watch_id", _must_call),
        NextAction("Confirm", "appointments.show", fits=_is_unconfirmed),
        NextAction("See the visit", "appointments.show", fits=_has_visit),
        NextAction("Book", "appointments.show"),
    ),
    WatchKind.BATTERY: (
        CALL_AGAIN,
        NextAction("See the surgery", "replacements.show", fits=_has_surgery),
        NextAction("Order the pump", "replacements.show"),
    ),
    WatchKind.NO_DATA: (NextAction("Complete", "pumps.show"),),
    WatchKind.MISMATCH: (INTERROGATE,),
    WatchKind.STOPPED: (CALL_AGAIN, INTERROGATE),
    WatchKind.DISCREPANCY: (NextAction("Assess", "assessments.new"),),
    WatchKind.DISPUTE: (NextAction("Settle it", "watches.show", "watch_id"),),
    WatchKind.ENDING: (NextAction("Confirm the end", "watches.show", "watch_id"),),
    WatchKind.UNDELIVERABLE: (CALL_AGAIN, CALL),
    WatchKind.VISIT: (
        CALL_AGAIN,
        NextAction("Confirm", "appointments.show", fits=_is_ahead_unconfirmed),
        NextAction("See the visit", "appointments.show", fits=_is_ahead),
        NextAction("What became of it?", "appointments.show"),
    ),
    WatchKind.REPLY: (NextAction("Read it", "watches.show", "watch_id"),),
    WatchKind.CALL: (NextAction("Call again", "calls.new", "watch_id"),),
    WatchKind.LIST: (NextAction("See the list", "morning_lists.index", ""),),
    WatchKind.DAY_REPORT: (REPORT,),
    WatchKind.WEEK_REPORT: (REPORT,),
    WatchKind.ACCESS: (NextAction("Look at it", "accesses.index", ""),),
    WatchKind.TRANSFER: (NextAction("See the handover", "transfers.index", ""),),
    WatchKind.INTERROGATION: (CALL_AGAIN, INTERROGATE),
    WatchKind.ASSESSMENT: (NextAction("Assess", "pumps.show"),),
    WatchKind.RAISED_FLOW: (CALL_AGAIN, NextAction("Ask", "calls.new", "watch_id")),
    WatchKind.REVIEW: (NextAction("Review", "reviews.new"),),
    WatchKind.RECALL: (NextAction("See the notice", "watches.show", "watch_id"),),
    WatchKind.ORDER: (NextAction("Order", "orders.new"),),
    WatchKind.AUTHORISATION: (NextAction("Ask the payer", "authorisations.show"),),
    WatchKind.ALARM: (ANSWER,),
    WatchKind.MINOR_ALARM: (CALL_AGAIN, ANSWER),
    WatchKind.SYSTEM: (NextAction("See to it", "watches.show", "watch_id"),),
}
# What to say on the telephone; DOMAIN 6.3: no drug, no diagnosis, and nobody is reassured.
HOW = "Have they heard an alarm? How are they?"
HEARD = "What did they hear, and since when? How are they?"
ASK = {
    WatchKind.REFILL: f"When can they come, before refill-by? {HOW}",
    WatchKind.BATTERY: f"Which days suit for the surgery? {HOW}",
    WatchKind.STOPPED: "How are they? Tell a clinician of anything new at once.",
    WatchKind.UNDELIVERABLE: "Which number or address reaches them? May texts be sent there?",
    WatchKind.VISIT: (
        "Before the visit: will they come? Afterwards: why was it not kept, and on which next"
        f" day can they come? {HOW}"
    ),
    WatchKind.RAISED_FLOW: f"Is the fever over, or the flight? {HOW}",
    WatchKind.ALARM: f"{HEARD} Have the emergency plan ready.",
    WatchKind.MINOR_ALARM: f"{HEARD} When can they come?",
}
ASK_ALL = f"{HOW} When can they come?"


def what_to_ask(kind: WatchKind) -> str:
    """What the caller asks about."""
    return ASK.get(kind, ASK_ALL)


@dataclass(frozen=True, slots=True)
class Button:
    """A next action of one row: its words and its address; a call leads back to the list."""

    words: str
    address: str
    is_call: bool


def next_action(row: BoardRow, role: Role, at: Moment) -> NextAction:
    """The first action of the table that fits the row and that this role may open."""
    if role not in RECORDERS:
        return OPEN
    for action in (*NEXT.get(row.kind, ()), OPEN):
        has_number = not action.by or getattr(row, action.by) is not None
        if has_number and may_open(action.endpoint, role) and action.fits(row, at):
            return action
    return OPEN


def next_button(row: BoardRow, *, back: str) -> Button:
    """The one button of a row: what this reader can do next about it."""
    action = next_action(row, g.role, Moment(g.now, g.clinic.zone))
    return _button(action, getattr(row, action.by) if action.by else None, back)


def _button(action: NextAction, number: int | None, back: str) -> Button:
    if action.endpoint == CALL.endpoint:
        return Button(action.words, call_address(number, back), True)
    numbers: dict[str, Any] = {action.by: number} if action.by else {}
    return Button(action.words, url_for(action.endpoint, **numbers), False)


def call_address(watch_id: int | None, back: str) -> str:
    """Where a call is written down; from there it goes back to the list one came from."""
    return url_for("calls.new", watch_id=watch_id, back=back or None)
