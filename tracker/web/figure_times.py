"""The figures that are times: how soon alarms were answered, messages sent and delivered."""

from collections import Counter, defaultdict
from datetime import timedelta

from flask import g

from tracker.domain.waits import waits
from tracker.services import figure_lists
from tracker.services.alarm_lists import AlarmLine
from tracker.services.figures import Period
from tracker.web.figure_table import WHO, Row, Table, named, said_waits
from tracker.web.filters import plain_moment, took
from tracker.web.message_words import message_words
from tracker.web.months_picture import by_month
from tracker.web.words import alarm_words, words_for


def alarms(period: Period) -> Table:
    """Alarms by kind, with the time until somebody answered."""
    found = figure_lists.alarms_of(g.session, g.clinic, period)
    kinds = Counter(alarm_words(one.alarm.code) for one in found)
    return Table(
        (*WHO, "Alarm", "Reported", "Answered after", "Closed after"),
        [
            Row(
                (
                    *named(one.alarm.pump),
                    alarm_words(one.alarm.code),
                    plain_moment(one.alarm.reported_at),
                    took(span)
                    if (span := _answered_after(one)) is not None
                    else "not answered",
                    took(one.closed_after) if one.closing else "open",
                ),
                one.alarm.pump_id,
            )
            for one in found
        ],
        [
            *((name, str(count)) for name, count in kinds.most_common()),
            *said_waits("Answered", waits(map(_answered_after, found))),
            *said_waits("Closed", waits(one.closed_after for one in found)),
        ]
        if found
        else [],
        by_month(
            period,
            ((one.alarm.reported_at, _answered_after(one) is not None, 1) for one in found),
            g.clinic.zone,
        ),
        "Alarms by month. Filled: answered. Hatched: not answered.",
    )


def sendings(period: Period) -> Table:
    """How long messages took, by the way and by whose reports came."""
    found = figure_lists.sendings_of(g.session, g.clinic, period)
    ways: dict[str, list[figure_lists.Sending]] = defaultdict(list)
    for one in found:
        by = f"reports of {one.provider}" if one.provider else "no report has come"
        ways[f"{words_for(one.channel)}, {by}"].append(one)
    facts: list[tuple[str, str]] = []
    for way, sent in sorted(ways.items()):
        facts.append((way, str(len(sent))))
        facts += said_waits("Due to sent", waits(one.sent_after for one in sent))
        facts += said_waits("Sent to delivered", waits(one.delivered_after for one in sent))
    return Table(
        (
            "Message",
            "About",
            "By",
            "Reports of",
            "Due",
            "Sent after",
            "Delivered after",
            "State",
        ),
        [
            Row(
                (
                    *(one.message_id, message_words(one.template), words_for(one.channel)),
                    *(one.provider or "nobody", plain_moment(one.planned_at)),
                    took(one.sent_after),
                    took(one.delivered_after) if one.delivered_at else "no report",
                    words_for(one.state),
                )
            )
            for one in found
        ],
        facts,
        by_month(
            period,
            ((one.sent_at, one.delivered_at is not None, 1) for one in found),
            g.clinic.zone,
        ),
        "Messages by month. Filled: reported as delivered. Hatched: no report.",
    )


def _answered_after(one: AlarmLine) -> timedelta | None:
    """Until the clinic did something: what closes an alarm is an answer as well."""
    known = [span for span in (one.answered_after, one.closed_after) if span is not None]
    return min(known, default=None)
