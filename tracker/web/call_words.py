"""When somebody is best called, told from the calls in which they were reached."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from tracker.domain.silence import CallResult
from tracker.models import ContactAttempt
from tracker.services.worklists import MOST_SPOKEN


def reached_at(calls: Iterable[ContactAttempt], zone: ZoneInfo) -> str:
    """The days and hours of the last calls that reached them; empty where none did."""
    hours = [
        f"{one.called_at.astimezone(zone):%a %H:%M}"
        for one in calls
        if one.result in (CallResult.REACHED, CallResult.WILL_COME)
    ]
    return ", ".join(hours[:MOST_SPOKEN])
