"""Each figure of a quality meeting: what it means, what it comes to, and the list behind it."""

from collections.abc import Callable
from datetime import date, timedelta

from flask import g

from tracker.domain import figures
from tracker.domain.early_refills import EarlyRefill, waste
from tracker.domain.residual import Grade
from tracker.domain.units import format_number
from tracker.domain.waits import waits
from tracker.domain.workload import WEEKS, workload
from tracker.services import figure_lists
from tracker.services import figures as lists
from tracker.services.figures import Period
from tracker.services.places import days_between
from tracker.web.columns_picture import Column, draw_columns
from tracker.web.figure_table import WHO, Row, Table, named, said_waits
from tracker.web.figure_times import alarms, sendings
from tracker.web.filters import ml, plain_day, plain_moment, took
from tracker.web.months_picture import by_month
from tracker.web.words import words_for


def refills(period: Period) -> Table:
    """Refills in time, and the days they left."""
    done = lists.refills_done(g.session, g.clinic, period)
    share, zone = figures.on_time(done), g.clinic.zone
    left = [days for one in done if (days := one.days_left(zone)) is not None]
    spread = figures.by_days_left(done, zone)
    return Table(
        (*WHO, "Refilled", "Refill-by", "In time", "Days left"),
        [
            Row(
                (
                    *(one.patient, one.serial, plain_day(one.filled_at)),
                    plain_day(one.refill_by_at),
                    {True: "yes", False: "late", None: "no date"}[one.is_on_time],
                    one.days_left(zone),
                ),
                one.pump_id,
            )
            for one in done
        ],
        [
            ("In time", _share(share)),
            ("Near misses", str(len(figures.near_misses(done, zone)))),
            ("Days left, the middle", _or_none(figures.middle(left))),
        ],
        draw_columns([Column(_short(name), count) for name, count in spread]),
        "Refills by the days that were left.",
    )


def late(period: Period) -> Table:
    """What became late, and when somebody was reached."""
    found = figure_lists.late_in(g.session, g.clinic, period)
    return Table(
        (*WHO, "Refill-by", "Reached after", "Refilled"),
        [
            Row(
                (
                    *(one.patient, one.serial, plain_moment(one.refill_by_at)),
                    took(one.reached_after) if one.reached_after is not None else "not reached",
                    plain_day(one.closed_at) if one.closed_at else "still late",
                ),
                one.pump_id,
            )
            for one in found
        ],
        [
            ("Became late", str(len(found))),
            *said_waits("Reached", waits(one.reached_after for one in found)),
        ],
        by_month(
            period,
            ((one.refill_by_at, one.reached_after is not None, 1) for one in found),
            g.clinic.zone,
        ),
        "Became late, by month. Filled: somebody was reached. Hatched: nobody was.",
    )


def discrepancies(period: Period) -> Table:
    """Residuals outside the usual limits."""
    done = lists.refills_done(g.session, g.clinic, period)
    graded = [(one, one.grade) for one in done if one.grade is not None]
    off = [(one, grade) for one, grade in graded if grade is not Grade.WITHIN]
    return Table(
        (*WHO, "Refilled", "Expected, mL", "Measured, mL", "Grade"),
        [
            Row(
                (
                    *(one.patient, one.serial, plain_day(one.filled_at)),
                    *(one.expected_ml, one.measured_ml, words_for(grade)),
                ),
                one.pump_id,
            )
            for one, grade in off
        ],
        [("Outside the limits", f"{len(off)} of {len(graded)}")] if graded else [],
        by_month(
            period,
            ((one.filled_at, grade is not Grade.WITHIN, 1) for one, grade in graded),
            g.clinic.zone,
        ),
        "Residuals that can be compared, by month. Filled: outside the usual limits.",
    )


def missed(period: Period) -> Table:
    """Visits that nobody came to."""
    found = figure_lists.missed_visits(g.session, g.clinic, period)
    return Table(
        (*WHO, "Booked for", "Why, as recorded"),
        [
            Row(
                (*named(one.pump), plain_moment(one.scheduled_at), one.ended_reason),
                one.pump_id,
            )
            for one in found
        ],
        [("Missed", str(len(found)))],
        by_month(period, ((one.scheduled_at, True, 1) for one in found), g.clinic.zone),
        "Missed visits by month.",
    )


def early(period: Period) -> Table:
    """What refills before their time threw away."""
    found = figure_lists.early_refills(g.session, g.clinic, period)
    zone = g.clinic.zone
    by_stability = waste((one for one in found if one.is_by_stability), zone)
    everything = waste(found, zone)
    return Table(
        (
            *WHO,
            "Refilled",
            "Low-reservoir date",
            "Days early",
            "Thrown away, mL",
            "Refill-by set by",
        ),
        [
            Row(
                (
                    *(one.patient, one.serial, plain_day(one.filled_at)),
                    *(plain_day(one.low_at), one.days_early(zone), _volume(one)),
                    words_for(one.rule),
                ),
                one.pump_id,
            )
            for one in found
        ],
        [
            ("In all", f"{ml(everything.ml)}, {_days(everything.days)}"),
            ("Of these by stability", f"{ml(by_stability.ml)}, {_days(by_stability.days)}"),
            ("Measured", f"{everything.measured} of {everything.refills} refills"),
        ]
        if found
        else [],
        by_month(
            period,
            ((one.filled_at, one.is_by_stability, one.wasted_ml or 0) for one in found),
            zone,
        ),
        "mL thrown away, by month. Filled: by stability. Hatched: for other reasons.",
    )


def work(_period: Period) -> Table:
    """The coming weeks: booked, not booked, and how much they hold."""
    until = g.today + timedelta(weeks=WEEKS + 1)
    booked, unbooked = figure_lists.coming_work(g.session, g.clinic, today=g.today, until=until)
    weeks = workload(booked, unbooked, places=_places(until).get, today=g.today)
    columns = [
        Column(f"{one.monday.day} {one.monday:%b}", one.booked, one.unbooked, one.places)
        for one in weeks
    ]
    full = sum(one.too_many > 0 for one in weeks)
    return Table(
        ("Week of", "Booked", "Not booked yet", "Together", "Places", "Too many"),
        [
            Row(
                (
                    *(plain_day(one.monday), one.booked, one.unbooked, one.work),
                    *("no limit set" if one.places is None else one.places, one.too_many),
                )
            )
            for one in weeks
        ]
        if booked or unbooked
        else [],
        [("Weeks with more work than places", str(full))]
        if all(one.places is not None for one in weeks)
        else [("Places", "no limit of visits is set")],
        draw_columns(columns),
        "Filled: booked. Hatched: not booked yet. The line: how many visits the week holds.",
    )


def _places(until: date) -> dict[date, int | None]:
    """How many visits each day holds, None where no limit is set; a closed day holds none.

    What the way to booked visits takes is left out.
    """
    days = days_between(g.session, g.clinic, g.today, until)
    return {
        one.on: one.places and max(0, one.places - one.travel_places) if one.is_open else 0
        for one in days
    }


TABLES: dict[str, Callable[[Period], Table]] = {
    "refills": refills,
    "late": late,
    "alarms": alarms,
    "discrepancies": discrepancies,
    "sendings": sendings,
    "missed": missed,
    "waste": early,
    "work": work,
}


def _short(stretch: str) -> str:
    return stretch.replace(" to ", "\N{EN DASH}").replace(" or more", "+")


def _share(share: figures.Share) -> str:
    if share.percent is None:
        return "none to count"
    return f"{share.percent} % ({share.part} of {share.whole})"


def _or_none(number: int | None) -> str:
    return "none to count" if number is None else str(number)


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'} early"


def _volume(one: EarlyRefill) -> object:
    wasted = one.wasted_ml
    return "not measured" if wasted is None else format_number(wasted)
