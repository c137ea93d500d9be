"""What a timer does: tick, deliver, and the timer itself."""

from tracker.jobs.account_notices import NoticeReport, tell_of_accounts
from tracker.jobs.lists import Made, make_list, make_lists
from tracker.jobs.outlets import Outlets, channels
from tracker.jobs.ping import ping
from tracker.jobs.run import DeliverReport
from tracker.jobs.sender import deliver
from tracker.jobs.ticker import TickReport, tick
from tracker.jobs.timer import run_timer
from tracker.jobs.webhooks import CallReport, call_webhooks

__all__ = [
    "CallReport",
    "DeliverReport",
    "Made",
    "NoticeReport",
    "Outlets",
    "TickReport",
    "call_webhooks",
    "channels",
    "deliver",
    "make_list",
    "make_lists",
    "ping",
    "run_timer",
    "tell_of_accounts",
    "tick",
]
