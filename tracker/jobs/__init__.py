"""What a timer does: tick, deliver, and the timer itself."""

from tracker.jobs.lists import Made, make_list, make_lists
from tracker.jobs.outlets import Outlets, channels
from tracker.jobs.ping import ping
from tracker.jobs.sender import DeliverReport, deliver
from tracker.jobs.ticker import TickReport, tick
from tracker.jobs.timer import run_timer

__all__ = [
    "DeliverReport",
    "Made",
    "Outlets",
    "TickReport",
    "channels",
    "deliver",
    "make_list",
    "make_lists",
    "ping",
    "run_timer",
    "tick",
]
