"""What each figure of a quality meeting is called and means, and what is said of none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """The words of one figure."""

    title: str
    means: str
    none: str


def _meaning(title: str, means: str, none: str) -> Meaning:
    return Meaning(title, " ".join(means.split()), none)


MEANINGS = {
    "refills": _meaning(
        "Refills in time, and days left",
        """Refills that ended a watch in the period, as they stand now. In time: done by the
        refill-by date that stood then; first fills have none. Days left: days of the clinic
        from the refill to that date.""",
        "No refill ended a watch in this period.",
    ),
    "late": _meaning(
        "From late to reached",
        """Refills whose date passed in the period before they were done. Reached: the first
        call after that date that reached somebody.""",
        "No refill became late in this period.",
    ),
    "alarms": _meaning(
        "Alarms of pumps, and how soon they were answered",
        """Alarms that the clinic first heard of in the period. Answered: the first call, the
        first taking in hand, or the closing. Closed: with an interrogation, or a clinician's
        reason. Both from the hour in which the clinic knew of it.""",
        "No alarm of a pump was reported in this period.",
    ),
    "discrepancies": _meaning(
        "Residuals outside the usual limits",
        """Refills of the period at which the measured residual was far from the expected one.
        One inside the limits doesn't show where the needle was.""",
        "No residual that can be compared was outside the usual limits in this period.",
    ),
    "sendings": _meaning(
        "From due to sent to delivered",
        """Messages that were handed over in the period. Due: when they were planned, so quiet
        hours and other holds count. Delivered: when the provider said so; most mail servers say
        nothing.""",
        "Nothing was handed over in this period.",
    ),
    "missed": _meaning(
        "Visits that nobody came to",
        """Visits of the period that were marked as missed, by the day for which they were
        booked.""",
        "No visit of this period was missed.",
    ),
    "waste": _meaning(
        "Drug thrown away by early refills",
        """Refills that ended a watch in the period. Thrown away: what was measured above the
        volume at which the pump alarms; without a measure it isn't counted. Days early: from
        the refill to the likely low-reservoir date. By stability: the limit of the drug, or the
        date on its label, had set the refill-by date.""",
        "No refill ended a watch in this period.",
    ),
    "work": _meaning(
        "Work of the coming weeks",
        """Each open refill once: where a visit before its refill-by date is booked, in the week
        of the visit, else in the week of that date; what is late already in the first. Places:
        how many visits the days of the week still to come hold, less what the way to booked
        visits at home takes. Whatever period is shown.""",
        "No refill is due in the coming weeks.",
    ),
}
TITLES = tuple((name, one.title) for name, one in MEANINGS.items())
